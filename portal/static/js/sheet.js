// The picker of cards: what is searched is fetched, what is chosen moves above and stays there.

const box = document.querySelector('[data-picker]');
const chosen = box.querySelector('[data-chosen]');
const picks = box.querySelector('[data-picks]');
const find = box.querySelector('[data-find]');

const codes = () => new Set([...chosen.rows].map((row) => row.dataset.code));

/** How many are chosen, and what they come to, in cents: no float is trusted. Of a bare row that is unknown. */
function sum() {
  const rows = [...chosen.rows];
  const cents = rows.reduce((total, row) => total + Math.round(Number(row.dataset.value) * 100), 0);
  const said = box.querySelector('[data-said]');
  said.textContent = said.dataset.one.replace('N', String(rows.length));
  const money = Number.isNaN(cents) ? '?' : (cents / 100).toLocaleString('zh-CN', { minimumFractionDigits: 2 });
  box.querySelector('[data-sum]').textContent = money;
  box.querySelector('[data-none]').hidden = rows.length > 0;
}

let asked = 0;

async function search() {
  const mine = ++asked;
  const query = new URLSearchParams({ q: find.value, sheet: box.dataset.sheet });
  const answer = await fetch(`${box.dataset.picker}?${query}`).catch(() => null);
  if (!answer?.ok) return;
  const found = await answer.text();
  if (mine !== asked) return;
  picks.innerHTML = found;
  const taken = codes();
  for (const row of [...picks.rows]) if (taken.has(row.dataset.code)) row.remove();
}

const boxes = (body) => [...body.querySelectorAll('input[type=checkbox]')];

/** After a row has moved, the keyboard stands on the one that took its place. */
function stand(body, at) {
  const left = boxes(body);
  (left[Math.min(at, left.length - 1)] || find).focus();
}

box.addEventListener('change', (event) => {
  const tick = event.target.closest('input[name=cards]');
  if (!tick) return;
  const row = tick.closest('tr');
  const from = row.parentElement;
  const at = boxes(from).indexOf(tick);
  if (from === picks && tick.checked) chosen.append(row);
  else if (from === chosen && !tick.checked) {
    row.remove();
    search();
  }
  sum();
  stand(from, at);
});

let waiting;
find.addEventListener('input', (event) => {
  event.stopPropagation(); // looking for something is no change of the sheet
  clearTimeout(waiting);
  waiting = setTimeout(search, 180);
});

box.addEventListener('keydown', (event) => {
  if (event.target === find && event.key === 'Enter') {
    event.preventDefault();
    clearTimeout(waiting);
    search();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [find, ...boxes(picks)];
  const at = stops.indexOf(event.target);
  const next = stops[at + step];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
});

box.querySelector('.p-find button').addEventListener('click', (event) => {
  event.preventDefault();
  search();
});

/** The row of a card of which only the code is known: it is chosen, whatever becomes of its facts. */
function bareRow(code) {
  const row = box.querySelector('[data-bare]').content.firstElementChild.cloneNode(true);
  const tick = row.querySelector('input');
  row.dataset.code = code;
  tick.value = code;
  tick.setAttribute('aria-label', tick.getAttribute('aria-label').replace('CODE', code));
  row.querySelector('.ph-codeword').textContent = code;
  return row;
}

/** Put the rows of these cards, as the server draws them, in place of the bare ones that are still there. */
async function dress(bare) {
  const query = new URLSearchParams(bare.map((row) => ['card', row.dataset.code]));
  const answer = await fetch(`${box.dataset.picker}?${query}`).catch(() => null);
  if (!answer?.ok) return;
  const drawn = document.createElement('tbody');
  drawn.innerHTML = await answer.text();
  for (const row of bare) {
    const found = [...drawn.rows].find((one) => one.dataset.code === row.dataset.code);
    if (!found || !chosen.contains(row)) continue;
    const focused = row.contains(document.activeElement);
    row.replaceWith(found);
    if (focused) found.querySelector('input').focus();
  }
  sum();
}

/** After Back: what was chosen stands above, though it is offered no more; what was searched is found. */
box.closest('form').addEventListener('ph-restored', ({ detail }) => {
  for (const tick of box.querySelectorAll('input[name=cards]')) {
    const row = tick.closest('tr');
    if (tick.checked) chosen.append(row);
    else if (chosen.contains(row)) row.remove();
  }
  const bare = detail.missing.filter((one) => one.name === 'cards').map((one) => bareRow(one.value));
  chosen.append(...bare);
  sum();
  if (bare.length) dress(bare);
  search();
});
