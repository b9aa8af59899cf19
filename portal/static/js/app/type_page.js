// A code typed by hand: where a label is torn, or there is no camera.
import { codeOf } from './codes.js';
import { h } from './dom.js';
import { text } from './fields.js';
import { empty } from './parts.js';
import { goOn } from './router.js';
import * as store from './store.js';
import { t } from './words.js';

export async function typePage({ id }) {
  const task = await store.task(id);
  if (!task) return { title: t('my_tasks'), back: '/', body: [empty(t('task_over'), t('task_over_told'))] };
  const codes = (await store.expected(id)).map((one) => one.code);
  const field = text('code', '', { legend: t('code'), known: codes.slice(0, 500), changed: () => {}, maxlength: '64', autocapitalize: 'characters', enterkeyhint: 'go' });
  const form = h('form', { class: 'p-form', novalidate: true, id: 'typed' }, field.field);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const code = codeOf(field.value);
    if (code) goOn(`/count/${id}?code=${encodeURIComponent(code)}&by=hand`);
    else field.refuse(t('code_missing'));
  });
  return {
    title: t('type_in'), back: `/scan/${id}`, body: [form],
    foot: h('div', { class: 'p-go is-one' }, h('button', { class: 'btn btn-primary', form: 'typed' }, t('go_on'))),
    shown: () => field.field.querySelector('input').focus(),
  };
}
