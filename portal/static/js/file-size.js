// Too large a file is called so before it is sent: what was typed beside it stays as it is.

/** What to say of a file that a field's limit (`data-most`, MB) refuses; '' where it fits. */
export function tooLarge(field, file, refused = false) {
  const most = Number(field.dataset.most);
  if (!most || (file.size <= most * 1e6 && !refused)) return '';
  return field.dataset.tooLarge.replace('NAME', file.name).replace('SIZE', (file.size / 1e6).toFixed(1));
}

/** A plain field of files: the form is not sent while it holds one that is too large. */
export function checkSizes(field) {
  field.addEventListener('change', () => {
    const said = [...field.files].map((file) => tooLarge(field, file)).find(Boolean) || '';
    field.setCustomValidity(said);
    if (said) field.reportValidity();
  });
}
