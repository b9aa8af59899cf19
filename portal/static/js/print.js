// The button that prints a page, or keeps it as PDF. On paper everything is open, light, and told
// when it was printed: by the server's clock, as it has gone on since the page was asked for.
document.querySelector('[data-print]')?.addEventListener('click', async () => {
  await Promise.allSettled(pictures().map((one) => one.decode()));
  window.print();
});

const page = document.documentElement;
const closed = [];
let theme = '';

// What nobody has scrolled to has not been loaded.
function pictures() {
  const all = [...document.images];
  for (const one of all) one.loading = 'eager';
  return all;
}

function stamp() {
  for (const place of document.querySelectorAll('[data-printed-at]')) {
    const at = new Date(Date.parse(place.dataset.printedAt) + performance.now());
    place.textContent = at.toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16);
  }
}

window.addEventListener('beforeprint', () => {
  stamp();
  pictures();
  closed.push(...document.querySelectorAll('main details:not([open])'));
  for (const one of closed) one.open = true;
  theme = page.getAttribute('data-bs-theme');
  page.setAttribute('data-bs-theme', 'light');
  document.dispatchEvent(new Event('ph-paper'));
});

window.addEventListener('afterprint', () => {
  for (const one of closed.splice(0)) one.open = false;
  page.setAttribute('data-bs-theme', theme);
  document.dispatchEvent(new Event('ph-screen'));
});
