// My tasks: how far each is, and when it is due.
import { fact, h, icon, line } from './dom.js';
import { bar, banner, empty, link } from './parts.js';
import { refresh, state } from './sender.js';
import * as store from './store.js';
import { whole } from './tasks.js';
import { moment, t } from './words.js';

export async function tasksPage() {
  const at = await store.meta('downloaded_at');
  const tasks = await Promise.all((await store.tasks()).map((one) => whole(one.id)));
  tasks.sort((a, b) => (a.task.due_on < b.task.due_on ? -1 : 1));
  return {
    title: t('my_tasks'),
    tab: 'tasks',
    tools: [h('button', { type: 'button', 'aria-label': t('refresh'), onclick: refresh }, icon('refresh'))],
    banner: await banner(),
    body: [
      h('h2', {}, h('span', {}, t('running')), h('span', {}, String(tasks.length))),
      ...tasks.map(drawn),
      tasks.length ? null : none(at),
      at ? h('p', { class: 'ph-3 ph-small p-note' }, t('downloaded', { at: moment(at) })) : null,
    ],
  };
}

function none(at) {
  if (at) return empty(t('no_tasks'), t('no_tasks_told'));
  return state() === 'offline' ? empty(t('first_offline'), t('first_offline_told')) : empty(t('loading'));
}

const drawn = (found) => link(`/task/${found.task.id}`, { class: 'p-task' },
  fact(found.task.name, 'h3'),
  h('span', { class: 'ph-3', 'data-fact': true }, line(found.task.unit, t('from', { name: found.task.created_by }))),
  ...bar(found));
