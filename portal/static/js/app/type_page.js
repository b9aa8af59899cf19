// A code or a name typed by hand: where a label is torn, or there is no camera.
import { codesOf, isCode } from './codes.js';
import { h } from './dom.js';
import { text } from './fields.js';
import { empty } from './parts.js';
import { goOn } from './router.js';
import * as store from './store.js';
import { cardRow } from './task_page.js';
import { holding, whole } from './tasks.js';
import { facts, t } from './words.js';

const MOST_OFFERED = 8;

export async function typePage({ id }) {
  const found = await whole(id);
  if (!found) return { title: t('my_tasks'), back: '/', body: [empty(t('task_over'), t('task_over_told'))] };
  const known = found.rows.map((one) => one.code).slice(0, 500);
  const list = h('ul', { class: 'p-cards', 'aria-live': 'polite' });
  const clear = () => { list.replaceChildren(); field.clear(); };
  const field = text('code', '', { legend: t('code_or_name'), known, changed: clear, enterkeyhint: 'go' });
  const form = h('form', { class: 'p-form', novalidate: true, id: 'typed' }, field.field);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { code, rows, refusal } = await meant(found, field.value);
    if (code) goOn(`/count/${id}?code=${encodeURIComponent(code)}&by=hand`);
    else field.refuse(refusal);
    list.replaceChildren(...rows.map((row) => h('li', {}, cardRow(found.task, row))));
  });
  return {
    title: t('type_in'), back: `/scan/${id}`, body: [form, list],
    foot: h('div', { class: 'p-go is-one' }, h('button', { class: 'btn btn-primary', form: 'typed' }, t('go_on'))),
    shown: () => field.field.querySelector('input').focus(),
  };
}

// The code that was typed, or that of the one card whose words these are; several, to choose from.
// A code that nobody knows is kept all the same (H2); words that nothing has are no code.
async function meant({ rows: all }, typed) {
  const [code] = await codesOf(typed, store.isOnList, facts.shapes);
  if (!code) return { rows: [], refusal: t('code_missing') };
  if (await store.isOnList(code)) return { code, rows: [] };
  const rows = all.filter(holding(typed));
  if (rows.length === 1) return { code: rows[0].code, rows: [] };
  if (rows.length) return { rows: rows.slice(0, MOST_OFFERED), refusal: t('several_named', { num: rows.length }) };
  return isCode(code) ? { code, rows } : { rows, refusal: t('none_named') };
}
