// What was counted on this phone: what wants a look, what waits, what the server has.
import { retry } from './count.js';
import { code, fact, h } from './dom.js';
import { banner, empty, link, toldCount } from './parts.js';
import { kindOf, needsLook, seen } from './said.js';
import { kick, state, takeBack } from './sender.js';
import * as store from './store.js';
import { moment, t, label } from './words.js';
import { tell } from './news.js';

const MOST_SENT = 50;

export async function recordsPage() {
  const all = (await store.counts()).reverse();
  const names = new Map((await store.tasks()).map((one) => [one.id, one]));
  const look = all.filter(needsLook);
  const waiting = all.filter((one) => (one.state === 'waiting' || one.state === 'undoing'));
  const sent = all.filter((one) => one.state === 'sent' && !look.includes(one)).slice(0, MOST_SENT);
  const rows = await Promise.all(look.map((one) => drawnFully(one, names)));
  return {
    title: t('records'),
    tab: 'records',
    banner: await banner(),
    body: [
      ...part('to_look_at', look, rows),
      ...part('waiting', waiting, waiting.map((one) => drawn(one, names, undo(one)))),
      waiting.length && state() !== 'sending' ? h('button', { class: 'btn', type: 'button', onclick: kick, 'data-send': true }, t('send_now')) : null,
      ...part('sent', sent, sent.map((one) => drawn(one, names, ['valid', 'agrees'].includes(one.answer.standing) ? undo(one) : null))),
      all.length ? null : empty(t('no_records'), t('no_records_told')),
    ],
  };
}

const part = (name, list, rows) =>
  (list.length ? [h('h2', { 'data-part': name }, h('span', {}, t(name)), h('span', {}, String(list.length))), h('ul', { class: 'p-records', 'data-list': name }, ...rows)] : []);

const undo = (one) => (one.undo ? null : h('button', { class: 'btn btn-sm', type: 'button', onclick: () => takeBack(one.client_id) }, t('undo')));

function drawn(one, names, ...acts) {
  const also = [moment(one.at), one.photos ? t('photos_num', { num: one.photos }) : '', one.doubtful ? t('doubtful') : ''].filter(Boolean).join(' · ');
  return h('li', { 'data-client': one.client_id, 'data-state': one.state },
    toldCount(one),
    h('p', { class: 'ph-small ph-3', 'data-fact': true }, [names.get(one.task)?.name ?? one.task_name, seen(one), also].filter(Boolean).join(' · ')),
    acts.some(Boolean) ? h('div', { class: 'p-acts' }, ...acts) : null);
}

async function drawnFully(one, names) {
  const done = h('button', { class: 'btn btn-sm', type: 'button', onclick: () => dismiss(one) }, t('seen'));
  const at = `/count/${one.task}?code=${encodeURIComponent(one.code)}&by=${one.method}`;
  const kind = kindOf(one);
  const here = names.has(one.task); // else its pages have nothing to show
  if (kind === 'refused') {
    return drawn(one, names,
      h('button', { class: 'btn btn-sm', type: 'button', onclick: () => retry(one.client_id) }, t('try_again')),
      here && (one.code || one.surplus) ? link(one.surplus ? `/surplus/${one.task}?again=${one.client_id}` : `${at}&again=${one.client_id}`, { class: 'btn btn-sm' }, t('mend')) : null,
      drop(one));
  }
  if (kind === 'conflict') {
    const row = drawn(one, names, h('a', { class: 'btn btn-sm', href: `/stocktakes/${one.task}` }, t('to_task')), done);
    row.querySelector('.p-told').after(await sides(one));
    return row;
  }
  if (kind === 'elsewhere' && one.answer.name && here) {
    return drawn(one, names, link(`${at}&here=${one.client_id}`, { class: 'btn btn-sm' }, t('count_here')), done);
  }
  return drawn(one, names, done);
}

// Asked twice before what was counted is thrown away.
function drop(one) {
  const button = h('button', { class: 'btn btn-sm btn-alarm', type: 'button' }, t('drop'));
  button.addEventListener('click', async () => {
    if (button.dataset.sure) {
      await store.withdraw(one.client_id);
      tell('counts');
    } else {
      button.dataset.sure = 'yes';
      button.textContent = t('drop_sure');
    }
  });
  return button;
}

async function dismiss(one) {
  await store.changeCount(one.client_id, () => ({ seen: true }));
  tell('counts');
}

// Both sides of a contradiction: which of them stands is decided in the task's page (H3).
async function sides(one) {
  const other = await store.card(one.task, one.code);
  const theirs = other && other.counted_by === one.answer.by
    ? [other.condition && label('condition', other.condition), other.status_seen && label('status', other.status_seen), other.place_seen, other.custodian_seen, other.note].filter(Boolean).join(' · ')
    : '';
  const side = (who, at, what) => h('div', {}, h('dt', {}, who), h('dd', { 'data-fact': true }, moment(at), h('br'), what || t('as_on_card')));
  return h('div', {},
    h('dl', { class: 'p-sides' }, side(t('myself'), one.at, seen(one)), side(fact(one.answer.by), one.answer.at, theirs)),
    h('p', { class: 'ph-small ph-3' }, t('decided_there'), ' ', code(one.code)));
}
