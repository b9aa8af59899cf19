// The form of a count by hand: each photo is sent as soon as it is taken, and the form keeps its digest.
const field = document.querySelector('[data-photos]');
const kept = document.querySelector('[data-kept]');
const refusal = document.querySelector('[data-refusal]');
const token = document.querySelector('[name=csrf_token]').value;

function show(digest) {
  const place = document.createElement('span');
  const plate = document.createElement('span');
  const image = document.createElement('img');
  const input = document.createElement('input');
  plate.className = 'ph-plate p-tiny';
  image.alt = '';
  image.src = `${field.dataset.shown.replace('DIGEST', digest)}?small`;
  Object.assign(input, { type: 'hidden', name: 'photos', value: digest });
  plate.append(image);
  place.append(plate, input);
  kept.append(place);
}

async function send(file) {
  const body = new FormData();
  body.append('file', file);
  const answer = await fetch(field.dataset.photos, { method: 'POST', body, headers: { 'X-CSRFToken': token } });
  const said = await answer.json();
  if (answer.ok) show(said.digest);
  else throw new Error(said.detail);
}

field.form.addEventListener('ph-restored', ({ detail }) => {
  for (const one of detail.missing) if (one.name === 'photos') show(one.value);
  for (const input of detail.gone) input.parentElement.remove();
});

field.addEventListener('change', async () => {
  refusal.hidden = true;
  for (const file of field.files) {
    try {
      await send(file);
    } catch (error) {
      refusal.textContent = error instanceof TypeError ? field.dataset.failed : error.message;
      refusal.hidden = false;
    }
  }
  field.value = '';
});
