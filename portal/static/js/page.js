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

for (const form of document.querySelectorAll('[data-submit-on-change]')) {
  form.addEventListener('change', (event) => { if (event.target.tagName === 'SELECT') form.requestSubmit(); });
  // An empty field is no filter: it stays out of the address.
  form.addEventListener('submit', () => {
    for (const field of form.elements) if (field.name && field.value === '') field.disabled = true;
  });
}

// A second click must not send a form twice.
for (const form of document.querySelectorAll('form[method=post]:not([data-keeps])')) {
  form.addEventListener('submit', () => {
    setTimeout(() => { for (const button of form.querySelectorAll('button')) button.disabled = true; });
  });
}
window.addEventListener('pageshow', () => {
  for (const disabled of document.querySelectorAll('form :disabled')) disabled.disabled = false;
});

for (const toast of document.querySelectorAll('.ph-toast:not(.is-warning)')) setTimeout(() => toast.remove(), 8000);

// On a phone tabs scroll: the one that is open is in sight.
for (const tab of document.querySelectorAll('.ph-tabs > [aria-current]')) {
  const strip = tab.parentElement;
  const beyond = tab.getBoundingClientRect().right - strip.getBoundingClientRect().right;
  if (beyond > 0) strip.scrollLeft = beyond + 24;
}

// Choosing rows of a list: all of the page, how many, and what they come to.
for (const form of document.querySelectorAll('[data-bulk]')) {
  const boxes = [...form.querySelectorAll('tbody input[type=checkbox]')];
  const all = form.querySelector('[data-all]');
  const bar = form.querySelector('[data-bulk-bar]');
  if (!bar || !all) continue;
  const update = () => {
    const chosen = boxes.filter((box) => box.checked);
    const cents = chosen.reduce((sum, box) => sum + Math.round(Number(box.dataset.value) * 100), 0);
    const said = bar.querySelector('[data-bulk-count]');
    said.textContent = said.dataset.one.replace("N", String(chosen.length));
    bar.querySelector('[data-bulk-sum]').textContent = (cents / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
    bar.hidden = chosen.length === 0;
    all.checked = chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    for (const box of boxes) box.closest('tr').classList.toggle('is-chosen', box.checked);
  };
  form.addEventListener('change', (event) => {
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    update();
  });
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
