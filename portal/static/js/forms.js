// Forms: files dropped, taken or chosen, none too large; sums of a split; completion of codes.

const token = () => document.querySelector('[name=csrf_token]').value;

/** What to say of a file that a field's limit (`data-most`, MB) refuses; '' where it fits. */
function tooLarge(field, file, refused = false) {
  const most = Number(field.dataset.most);
  if (!most || (file.size <= most * 1e6 && !refused)) return '';
  return field.dataset.tooLarge.replace('NAME', file.name).replace('SIZE', (file.size / 1e6).toFixed(1));
}

/** A plain field of files: the form is not sent while it holds one that is too large. */
function checkSizes(field) {
  field.addEventListener('change', () => {
    const said = [...field.files].map((file) => tooLarge(field, file)).find(Boolean) || '';
    field.setCustomValidity(said);
    if (said) field.reportValidity();
  });
}

/** One drop field: every file is sent at once, and the form keeps its digest. */
function dropField(box) {
  const kept = box.querySelector('[data-kept]');
  const chooser = box.querySelector('input[type=file]');
  const refusal = box.querySelector('[data-refusal]');
  const template = box.querySelector('template');

  const say = (text) => { refusal.textContent = text; refusal.hidden = !text; };

  function show(file) {
    if ([...kept.querySelectorAll('input')].some((one) => one.value === file.digest)) return;
    const item = template.content.cloneNode(true);
    const picture = item.querySelector('img');
    if (picture) picture.src = `${box.dataset.shown.replace('DIGEST', file.digest)}?small`;
    const name = item.querySelector('[data-fact]');
    if (name) name.textContent = file.name;
    const input = item.querySelector('input');
    input.value = file.digest;
    input.dataset.called = file.name || '';
    kept.append(item);
  }

  async function send(file) {
    const body = new FormData();
    body.append('file', file);
    try {
      const answer = await fetch(box.dataset.upload, {
        method: 'POST', body, headers: { 'X-CSRFToken': token() },
      });
      const said = answer.status === 200 || answer.status === 422 ? await answer.json() : {};
      if (answer.ok) show(said);
      else say(said.refusal || (answer.status === 413 && tooLarge(box, file, true)) || box.dataset.failed);
    } catch {
      say(box.dataset.failed);
    }
  }

  async function sendAll(files) {
    say('');
    box.setAttribute('aria-busy', 'true');
    const large = files.map((file) => tooLarge(box, file)).find(Boolean);
    for (const file of files) if (!tooLarge(box, file)) await send(file);
    if (large) say(large);
    box.removeAttribute('aria-busy');
    chooser.value = '';
    box.dispatchEvent(new Event('change', { bubbles: true }));
  }

  chooser.addEventListener('change', (event) => { event.stopPropagation(); sendAll([...chooser.files]); });
  box.addEventListener('dragover', (event) => { event.preventDefault(); box.classList.add('is-over'); });
  box.addEventListener('dragleave', () => box.classList.remove('is-over'));
  box.addEventListener('drop', (event) => {
    event.preventDefault();
    box.classList.remove('is-over');
    sendAll([...event.dataTransfer.files]);
  });
  box.closest('form').addEventListener('ph-restored', ({ detail }) => {
    for (const one of detail.missing) if (one.name === box.dataset.name) show({ digest: one.value, name: one.called });
    for (const field of detail.gone) if (kept.contains(field)) field.closest('li').remove();
  });
  box.addEventListener('click', (event) => {
    const button = event.target.closest('[data-remove]');
    if (!button) return;
    button.closest('li').remove();
    chooser.focus();
  });
}

/** Sums of a split's parts beside what they must come to, in cents: no float is trusted. */
function splitSums(box) {
  const cents = (text) => Math.round(Number(String(text).replace(/[,¥\s]/g, '') || 0) * 100);
  const money = (value) => (value / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
  const update = () => {
    for (const row of box.querySelectorAll('[data-sum]')) {
      const fields = box.querySelectorAll(`[name$="-${row.dataset.sum}"]`);
      const total = [...fields].reduce((sum, field) => sum + cents(field.value), 0);
      const off = total - cents(row.dataset.whole);
      const said = row.querySelector('[data-off]');
      row.querySelector('[data-total]').textContent = Number.isNaN(total) ? '?' : money(total);
      said.textContent = off === 0 ? said.dataset.right : `${said.dataset.wrong} ${money(off)}`;
      said.className = off === 0 ? 'ph-3' : 'ph-warn-text';
    }
  };
  box.addEventListener('input', update);
  window.addEventListener('pageshow', update);
  update();
}

/** Codes complete while one types: the list comes from the server. */
function complete(field) {
  const list = document.getElementById(field.getAttribute('list'));
  let waiting;
  let asked = 0;
  field.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++asked;
      const address = new URL(field.dataset.complete, location.href);
      address.searchParams.set('q', field.value);
      const answer = await fetch(address).catch(() => null);
      if (!answer?.ok) return;
      const { items } = await answer.json();
      if (mine !== asked) return; // an answer to shorter words came late
      list.replaceChildren(...items.map((item) => {
        const option = document.createElement('option');
        option.value = `${item.code} ${item.name}`;
        return option;
      }));
    }, 180);
  });
}

/** Beside a unit that is chosen: its sections, and no other's; after Back, what was said is kept. */
function sectionsOf(select) {
  const unit = select.form.elements.unit;
  let asked = 0;
  const offer = async (said = []) => { // options that stay
    const mine = ++asked;
    const query = new URLSearchParams({ unit: unit.value });
    const answer = await fetch(`${select.dataset.sections}?${query}`).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const { items } = await answer.json();
    const { value, options: [none] } = select;
    const others = said.filter((option) => !items.some((one) => String(one.id) === option.value));
    select.replaceChildren(none, ...items.map((one) => new Option(one.name, one.id)), ...others);
    for (const option of select.options) if (option !== none) option.dataset.fact = '';
    select.value = [...select.options].some((option) => option.value === value) ? value : '';
  };
  unit.addEventListener('change', () => offer());
  select.form.addEventListener('ph-restored', ({ detail }) => {
    if (unit.value === unit.defaultValue) return; // the page was drawn with its sections
    for (const one of detail.missing) {
      if (one.name === select.name) select.append(new Option(one.called, one.value, false, true));
    }
    offer([...select.selectedOptions]);
  });
}

/** What was typed is not lost by leaving. */
function guard(form) {
  let dirty = false;
  form.addEventListener('input', () => { dirty = true; });
  form.addEventListener('change', () => { dirty = true; });
  form.addEventListener('submit', () => { dirty = false; });
  window.addEventListener('beforeunload', (event) => { if (dirty) event.preventDefault(); });
}

document.querySelectorAll('[data-upload]').forEach(dropField);
document.querySelectorAll('input[type=file][data-most]').forEach(checkSizes);
document.querySelectorAll('[data-parts]').forEach(splitSums);
document.querySelectorAll('[data-complete]').forEach(complete);
document.querySelectorAll('[data-sections]').forEach(sectionsOf);
document.querySelectorAll('[data-guard]').forEach(guard);
document.querySelector('.p-wrong[role=alert]')?.focus();
