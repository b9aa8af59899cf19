// Parts that several screens draw.
import { code, fact, h, icon, line, progress } from './dom.js';
import { install, installable, isInstalled } from './install.js';
import { isKept } from './keeping.js';
import { saidOf } from './said.js';
import { state } from './sender.js';
import * as store from './store.js';
import { isShort } from './tasks.js';
import { day, moment, t, urgency } from './words.js';

export const link = (to, facts, ...children) => h('a', { href: `#${to}`, ...facts }, ...children);

// Past the question for the password, where the portal's own session still goes on.
const SIGN_IN = `/login?next=${encodeURIComponent('/account/confirm?next=/app')}`;

const ON_ITS_WAY_MS = 10_000; // a count that goes out at once is not worth a word

// What stands between the phone and the server, and whether what waits may be lost; nothing where all is well.
export async function banner() {
  const [waiting, since] = await Promise.all([store.unsent(), store.unsentSince()]);
  return [roadBanner(waiting), since && await keepingBanner(waiting, since)];
}

// Said as long as something waits and the browser has not promised to keep it.
async function keepingBanner(waiting, since) {
  const isGoing = ['ready', 'sending'].includes(state()) && Date.now() - new Date(since) < ON_ITS_WAY_MS;
  if (isGoing || await isKept()) return null;
  const helps = isInstalled() ? null : t('not_kept_install');
  const act = installable() ? h('button', { class: 'btn btn-sm', type: 'button', onclick: install }, t('install')) : null;
  return h('div', { class: 'p-unkept', role: 'status' }, icon('alert'),
    h('span', {}, h('b', {}, t('not_kept')), h('br'), t('not_kept_told', { num: waiting, at: moment(since) }), helps && h('br'), helps), act);
}

function roadBanner(waiting) {
  const [name, head, text, act] = {
    offline: ['cloud', t('offline'), t('offline_waiting', { num: waiting }), waiting && link('/records', {}, t('look'))],
    busy: ['cloud', t('busy'), t('offline_waiting', { num: waiting }), waiting && link('/records', {}, t('look'))],
    signed_out: ['user', t('signed_out'), t('signed_out_waiting', { num: waiting }), h('a', { href: SIGN_IN }, t('sign_in'))],
    forbidden: ['alert', t('forbidden'), t('forbidden_told'), h('a', { href: '/account' }, t('who_helps'))],
  }[state()] ?? [];
  if (!name) return null;
  return h('div', { class: 'p-off', role: 'status', 'data-state': state() }, icon(name), h('span', {}, h('b', {}, head), h('br'), text), act || null);
}

export function due(task) {
  const how = urgency(task.due_on);
  const words = how ? t(`due_${how}`, { day: day(task.due_on) }) : t('due', { day: day(task.due_on) });
  return h('span', { class: how ? 'ph-warn-text' : 'ph-3' }, words);
}

// Of a very large task the phone has a part only.
export function short({ task }) {
  if (!isShort(task)) return null;
  return h('div', { class: 'p-off', role: 'status', 'data-short': true }, icon('cloud'),
    h('span', {}, h('b', {}, t('not_all_here', { here: task.cards, all: task.expected })), h('br'), t('not_all_here_told')));
}

// How far a task is: what the server has, and what waits on this phone.
export function bar({ task, of: all, away, sent: here, waiting }) {
  const sent = here + away;
  const key = [
    h('span', {}, h('i', { class: 'p-key is-sea', 'aria-hidden': 'true' }), t('sent_num', { num: sent })),
    waiting ? h('span', {}, h('i', { class: 'p-key is-here', 'aria-hidden': 'true' }), t('here_num', { num: waiting })) : null,
  ];
  return [
    h('div', { class: 'p-prog' }, h('b', {}, String(sent + waiting)), h('span', { class: 'ph-2' }, t('of_num', { num: all })), due(task)),
    progress(all, sent, waiting, t('progress', { done: sent + waiting, all })),
    h('span', { class: 'p-keys' }, ...key.filter(Boolean)),
  ];
}

// One line of an answer: mark, word, name; below it code and details.
export function told(said, ...acts) {
  return h('div', { class: `p-told is-${said.tone}`, 'data-kind': said.kind },
    icon(said.icon),
    h('div', {},
      h('b', {}, said.word), ' ', said.name ? fact(said.name) : null,
      h('span', { class: 'ph-small ph-3' }, said.code ? code(said.code) : null, said.code && said.detail ? ' · ' : null, said.detail ? fact(said.detail) : null)),
    ...acts);
}

export const toldCount = (one, ...acts) => told(saidOf(one), ...acts);

// A small photo of a card where the phone keeps one; else an outline.
export function plate(digest) {
  const frame = h('span', { class: 'p-pic' }, icon('box'));
  if (digest) {
    store.thumb(digest).then((kept) => {
      if (kept) frame.replaceChildren(picture(kept.blob));
    }).catch(() => {});
  }
  return frame;
}

export function picture(blob, alt = '') {
  const url = URL.createObjectURL(blob);
  const image = h('img', { src: url, alt });
  image.addEventListener('load', () => URL.revokeObjectURL(url), { once: true });
  return image;
}

export const where = (card) => line(card.section, card.custodian, card.place);

export const empty = (words, told = '', ...acts) =>
  h('div', { class: 'p-empty' }, h('b', {}, words), told ? h('p', {}, told) : null, ...acts);

// What went wrong here, on this phone: said where it happened.
export function trouble(error) {
  console.warn(error);
  if (error?.name === 'QuotaExceededError') return t('phone_full');
  return t('phone_failed');
}

