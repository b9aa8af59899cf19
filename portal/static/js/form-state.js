// What a form says after Back. Browsers restore fields by their place in the page (which is why
// portal/forms.py tells them not to): where rows have moved meanwhile, that ticks another asset.
// Here each field gets back what was said there, by its form, name and value; where a field has
// gone, nothing else is ticked for it. A filter says what its address says. Reloading begins anew.

const PREFIX = 'panhuo-form:';
const MOST = 40; // pages of a tab that are remembered
// What the server gives out anew with each page, and says nothing of which form it is.
const GIVEN = new Set(['csrf_token', 'submission', 'seen', 'client', 'newest']);
// By these a form that was sent is known again, though nothing was typed in it.
const ONCE = new Set(['submission', 'client']);
const NEVER = new Set(['file', 'password', 'submit', 'button', 'reset', 'image']);
const frame = document.querySelector('[data-user]');

const posted = () => (frame ? [...frame.querySelectorAll('form[method=post]')] : []);
const tickable = (field) => field.type === 'checkbox' || field.type === 'radio';

/** The fields of a form whose words are remembered. */
function fields(form) {
  return [...form.elements].filter((one) => one.name && one.name !== 'csrf_token' && !NEVER.has(one.type)
    && one.tagName !== 'FIELDSET' && one.autocomplete !== 'one-time-code' && !('secret' in one.dataset));
}

/** Which form it is: where it leads and what it is about. */
function identity(form) {
  const about = [...form.querySelectorAll('input[type=hidden]')]
    .filter((one) => !GIVEN.has(one.name) && !one.closest('[data-kept]'))
    .map((one) => `${one.name}=${one.defaultValue}`);
  return [form.getAttribute('action') || '', ...about].join('|');
}

/** The forms of this page by identity; of two that are alike nobody knows which is meant. */
function known() {
  const found = new Map();
  for (const form of posted()) {
    const name = identity(form);
    found.set(name, found.has(name) ? null : form);
  }
  for (const [name, form] of found) if (!form) found.delete(name);
  return found;
}

/** What one field says. */
function said(field) {
  const one = { name: field.name };
  if (tickable(field)) return { ...one, value: field.value, ticked: field.checked };
  if (field.multiple) return { ...one, chosen: [...field.selectedOptions].map((option) => option.value) };
  if (field.closest('[data-kept]')) return { ...one, value: field.value, kept: true, called: field.dataset.called };
  if (field.tagName === 'SELECT') return { ...one, value: field.value, called: field.selectedOptions[0]?.text };
  return { ...one, value: field.value };
}

const snapshot = (form) => fields(form).map(said);

/** Say in a form what was said there. What has no field or option any more is handed to whoever draws it. */
function restore(form, entries) {
  const left = entries.slice();
  const ticks = left.some((one) => 'ticked' in one);
  const take = (fits) => {
    const at = left.findIndex(fits);
    return at < 0 ? null : left.splice(at, 1)[0];
  };
  const gone = [];
  const notOffered = [];
  for (const field of fields(form)) {
    if (tickable(field)) {
      const entry = take((one) => one.name === field.name && 'ticked' in one && one.value === field.value);
      if (entry) field.checked = entry.ticked;
      else if (ticks && field.type === 'checkbox') field.checked = false; // it was not there then
    } else if (field.closest('[data-kept]')) {
      if (!take((one) => one.kept && one.name === field.name && one.value === field.value)) gone.push(field);
    } else if (field.multiple) {
      const entry = take((one) => one.name === field.name && 'chosen' in one);
      if (entry) for (const option of field.options) option.selected = entry.chosen.includes(option.value);
    } else {
      const entry = take((one) => one.name === field.name && 'value' in one && !('ticked' in one) && !one.kept);
      if (!entry) continue;
      const offered = field.tagName !== 'SELECT' || [...field.options].some((one) => one.value === entry.value);
      if (offered) field.value = entry.value;
      else notOffered.push(entry);
    }
  }
  const missing = [...left.filter((one) => one.ticked || one.kept), ...notOffered];
  form.dispatchEvent(new CustomEvent('ph-restored', { detail: { missing, gone }, bubbles: true }));
  form.dispatchEvent(new Event('input', { bubbles: true })); // it is unsaved again
}

const key = () => PREFIX + history.state?.page;
const sent = new Set();
let signedOut = false;

function remember(atFirst) {
  if (signedOut) return;
  const changed = [];
  for (const [name, form] of known()) {
    const now = snapshot(form);
    if (JSON.stringify(now) !== atFirst.get(form)) changed.push([name, now]);
    else if (sent.has(form)) changed.push([name, now.filter((one) => ONCE.has(one.name))]);
  }
  sessionStorage.removeItem(key());
  if (!changed.length) return;
  const pages = Object.keys(sessionStorage).filter((one) => one.startsWith(PREFIX)).sort();
  for (const old of pages.slice(0, Math.max(0, pages.length - MOST + 1))) sessionStorage.removeItem(old);
  try {
    sessionStorage.setItem(key(), JSON.stringify({ user: frame.dataset.user, changed }));
  } catch {
    // No room: the form comes back as the server draws it.
  }
}

/** What this page of the tab's history said when it was left, by the same person. */
function remembered() {
  const came = performance.getEntriesByType('navigation')[0]?.type;
  if (came !== 'back_forward' || !history.state?.page) return [];
  const found = JSON.parse(sessionStorage.getItem(key()) || 'null');
  return found && found.user === frame.dataset.user ? found.changed : [];
}

function forget() {
  for (const one of Object.keys(sessionStorage)) if (one.startsWith(PREFIX)) sessionStorage.removeItem(one);
}

if (frame) {
  document.addEventListener('DOMContentLoaded', () => {
    const atFirst = new Map(posted().map((form) => [form, JSON.stringify(snapshot(form))]));
    const entries = remembered();
    if (!history.state?.page) {
      const page = `${String(Date.now()).padStart(15, '0')}-${Math.random().toString(36).slice(2)}`;
      // A page that answers a form and that no address opens stands for the one that had the form.
      history.replaceState({ ...history.state, page }, '', frame.dataset.openedAt);
    }
    const forms = known();
    for (const [name, words] of entries) if (forms.has(name)) restore(forms.get(name), words);
    document.addEventListener('submit', (event) => sent.add(event.target));
    window.addEventListener('pagehide', () => remember(atFirst));
  });
  for (const form of frame.querySelectorAll('[data-sign-out]')) {
    form.addEventListener('submit', () => {
      signedOut = true;
      forget();
    });
  }
}

window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[method=get], form[role=search]')) form.reset();
});
