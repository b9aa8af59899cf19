// Beside a demand that is being written: what the squares already have for it.

const panel = document.querySelector('[data-wish]');
const form = panel.closest('form');
const NAMES = ['wanted', 'category', 'quantity', 'division', 'wanted_by', 'scope'];

let asked = 0;
let waiting;

async function look() {
  const mine = ++asked;
  const query = new URLSearchParams(NAMES.map((name) => [name, new FormData(form).get(name) || '']));
  const answer = await fetch(`${panel.dataset.wish}?${query}`).catch(() => null);
  if (!answer?.ok) return;
  const found = await answer.text();
  if (mine === asked) panel.innerHTML = found;
}

form.addEventListener('ph-restored', look);
form.addEventListener('input', (event) => {
  if (!NAMES.includes(event.target.name)) return;
  clearTimeout(waiting);
  waiting = setTimeout(look, 300);
});
