// Another sheet is drawn as soon as it is chosen; without script there is a button.
for (const form of document.querySelectorAll('[data-labels]')) {
  form.querySelector('[data-update]').hidden = true;
  form.elements.format.addEventListener('change', () => form.requestSubmit());
}
