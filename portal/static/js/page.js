// What every page does: theme, menu on a phone, search by '/', rows by J and K, filters that submit.

const root = document.documentElement;

function switchTheme() {
  const theme = root.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
  root.setAttribute('data-bs-theme', theme);
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  document.dispatchEvent(new Event('ph-theme'));
}

function openMenu(open) {
  const menu = document.getElementById('menu');
  const button = document.querySelector('[data-menu-open]');
  if (!menu || !button) return;
  menu.classList.toggle('is-open', open);
  document.querySelector('[data-menu-close]').hidden = !open;
  button.setAttribute('aria-expanded', String(open));
  (open ? menu.querySelector('a') : button).focus();
}

function moveRow(by) {
  const rows = [...document.querySelectorAll('[data-rows] a.p-row')];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.hasAttribute('aria-current'));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  if (next && next !== rows[at]) next.click();
}

const typing = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable;
const KEYS = {
  '/': () => document.querySelector('[data-search]')?.focus(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
};

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') openMenuIfOpen();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

function openMenuIfOpen() {
  if (document.getElementById('menu')?.classList.contains('is-open')) openMenu(false);
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-theme-switch]')) switchTheme();
  if (event.target.closest('[data-menu-open]')) openMenu(true);
  if (event.target.closest('[data-menu-close]')) openMenu(false);
});

// What a script switches off while a form is on its way is on again when its page is back; what
// the server has switched off stays so.
function switchOff(field) {
  if (field.disabled) return;
  field.disabled = true;
  field.dataset.switchedOff = '';
}
window.addEventListener('pageshow', () => {
  for (const field of document.querySelectorAll('[data-switched-off]')) {
    field.disabled = false;
    delete field.dataset.switchedOff;
  }
});

for (const form of document.querySelectorAll('[data-submit-on-change]')) {
  form.addEventListener('change', (event) => { if (event.target.tagName === 'SELECT') form.requestSubmit(); });
}
// An empty field is no filter: it stays out of the address.
for (const form of document.querySelectorAll('[data-submit-on-change], [data-filters]')) {
  form.addEventListener('submit', () => {
    for (const field of form.elements) if (field.name && field.value === '') switchOff(field);
  });
}

// A second click must not send a form twice.
for (const form of document.querySelectorAll('form[method=post]:not([data-keeps])')) {
  form.addEventListener('submit', () => {
    setTimeout(() => { for (const button of form.querySelectorAll('button')) switchOff(button); });
  });
}

// A message goes by itself; one that can be undone stands as long as that is offered.
const SHOWN_MS = 8000;
const UNDO_MS = 10000;
for (const toast of document.querySelectorAll('.ph-toast:not(.is-warning)')) {
  setTimeout(() => toast.remove(), toast.querySelector('[data-undo]') ? UNDO_MS : SHOWN_MS);
}

// On a phone tabs scroll: the one that is open is in sight.
for (const tab of document.querySelectorAll('.ph-tabs > [aria-current]')) {
  const strip = tab.parentElement;
  const beyond = tab.getBoundingClientRect().right - strip.getBoundingClientRect().right;
  if (beyond > 0) strip.scrollLeft = beyond + 24;
}

// Choosing rows of a list: all of the page, how many, and what they come to. The rows' ticks may
// belong to a form that stands beside the list.
for (const form of document.querySelectorAll('[data-bulk]')) {
  const ticks = [...form.elements].filter((one) => one.type === 'checkbox');
  const alls = ticks.filter((one) => 'all' in one.dataset);
  const boxes = ticks.filter((one) => one.name);
  const count = form.querySelector('[data-bulk-count]');
  const sum = form.querySelector('[data-bulk-sum]');
  if (!count || !alls.length) continue;
  const update = () => {
    const chosen = boxes.filter((box) => box.checked);
    const cents = chosen.reduce((total, box) => total + Math.round(Number(box.dataset.value) * 100), 0);
    count.textContent = count.dataset.one.replace('N', String(chosen.length));
    if (sum) sum.textContent = (cents / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
    for (const all of alls) {
      all.checked = chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
    for (const box of boxes) box.closest('tr').classList.toggle('is-chosen', box.checked);
  };
  document.addEventListener('change', (event) => {
    if (event.target.form !== form) return;
    if (alls.includes(event.target)) for (const box of boxes) box.checked = event.target.checked;
    update();
  });
  // Enter on a tick would press the form's first button.
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && ticks.includes(event.target)) event.preventDefault();
  });
  window.addEventListener('pageshow', update);
}

// Selects that each choose another: what one has taken, the others don't offer.
for (const form of document.querySelectorAll('[data-each-once]')) {
  const selects = [...form.querySelectorAll('select')];
  const update = () => {
    for (const select of selects) {
      const taken = new Set(selects.filter((one) => one !== select && one.value).map((one) => one.value));
      for (const option of select.options) option.disabled = taken.has(option.value);
    }
  };
  form.addEventListener('change', update);
  window.addEventListener('pageshow', update);
}

// A small menu closes when one clicks elsewhere or presses Escape.
document.addEventListener('click', (event) => {
  for (const open of document.querySelectorAll('details.p-more[open]')) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const open of document.querySelectorAll('details.p-more[open]')) {
    open.open = false;
    open.querySelector('summary').focus();
  }
});
