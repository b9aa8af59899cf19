// A task's cards: searched, and those that are left before those that are counted.
import { code, fact, h, icon } from './dom.js';
import { bar, banner, empty, link, plate, short, where } from './parts.js';
import { saidOf } from './said.js';
import { holding, isShort, whole } from './tasks.js';
import { t } from './words.js';

const AT_ONCE = 60;
const chosen = { task: 0, filter: 'left', words: '' };

export async function taskPage({ id }) {
  const found = await whole(id);
  if (!found) return { title: t('my_tasks'), back: '/', body: [empty(t('task_over'), t('task_over_told'))] };
  if (chosen.task !== id) Object.assign(chosen, { task: id, filter: 'left', words: '' });
  const list = h('ul', { class: 'p-cards' });
  const more = h('button', { class: 'btn', type: 'button' }, t('more'));
  let shown = AT_ONCE;
  const draw = () => {
    const rows = matching(found.rows);
    list.replaceChildren(...rows.slice(0, shown).map((row) => h('li', {}, cardRow(found.task, row))));
    if (!rows.length) list.replaceChildren(h('li', {}, nothing(found)));
    more.hidden = rows.length <= shown;
  };
  more.addEventListener('click', () => { shown += AT_ONCE; draw(); });
  const filters = chips(found, () => { shown = AT_ONCE; draw(); });
  draw();
  return {
    title: found.task.name,
    isFact: true,
    back: '/',
    banner: await banner(),
    body: [short(found), h('section', { class: 'p-task' }, ...bar(found)), search(draw), filters, list, more],
    foot: foot(found.task),
  };
}

function search(draw) {
  const field = h('input', { class: 'form-control', type: 'search', id: 'find', value: chosen.words, 'aria-label': t('find'), placeholder: t('find'), autocomplete: 'off', enterkeyhint: 'search' });
  field.addEventListener('input', () => { chosen.words = field.value; draw(); });
  return field;
}

function chips(found, changed) {
  const numbers = { left: found.rows.length - found.done, done: found.done, all: found.rows.length };
  const group = h('div', { class: 'p-opts is-3', role: 'group', 'aria-label': t('show') });
  const buttons = Object.entries(numbers).map(([name, number]) =>
    h('button', { type: 'button', 'data-filter': name, onclick: () => { chosen.filter = name; mark(); changed(); } }, `${t(`filter_${name}`)} ${number}`));
  const mark = () => { for (const one of buttons) one.setAttribute('aria-pressed', String(one.dataset.filter === chosen.filter)); };
  mark();
  group.append(...buttons);
  return group;
}

function matching(rows) {
  const holds = holding(chosen.words);
  return rows.filter((row) => {
    if (chosen.filter === 'left' && row.done) return false;
    if (chosen.filter === 'done' && !row.done) return false;
    return holds(row);
  });
}

function nothing(found) {
  if (chosen.words) return empty(t('nothing_found'), t('nothing_found_told'));
  if (chosen.filter === 'left' && found.rows.length && !isShort(found.task)) return empty(t('all_counted'), t('all_counted_told'));
  return empty(t('nothing_here'));
}

export function cardRow(task, row) {
  const by = task.methods.includes('hand') ? 'hand' : 'app';
  return link(`/count/${task.id}?code=${encodeURIComponent(row.code)}&by=${by}`, { class: 'p-it', 'data-code': row.code },
    plate(row.photo),
    h('span', {}, fact(row.name, 'b'), h('span', { class: 'ph-small ph-3' }, code(row.code)), h('span', { class: 'ph-small ph-3', 'data-fact': true }, where(row))),
    mark(row));
}

function mark(row) {
  if (!row.done) return null;
  const said = row.here ? saidOf(row.here) : { word: t('said_found'), tone: 'ok', icon: 'check' };
  return h('span', { class: `p-mark is-${said.tone}` }, icon(said.icon, false), said.word);
}

const foot = (task) => h('div', { class: 'p-go is-two' },
  task.methods.includes('hand') || task.methods.includes('app') ? link(`/surplus/${task.id}`, { class: 'btn' }, icon('plus', false), t('surplus')) : null,
  task.methods.includes('app') ? link(`/scan/${task.id}`, { class: 'btn btn-primary' }, icon('scan', false), t('scan')) : null);
