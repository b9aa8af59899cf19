// Tasks and their cards as they were last downloaded, with what was counted on this phone since.
import * as api from './api.js';
import { tell } from './news.js';
import * as store from './store.js';

const MOST_THUMBS = 400;
const CATEGORIES_MS = 7 * 24 * 3600e3;

// Ask the server, and keep what it tells; what it doesn't tell any more is over.
export async function download() {
  const told = await api.mine(await store.meta('tag'));
  await store.setMeta('downloaded_at', new Date().toISOString());
  if (told) await keep(told);
  tell('tasks');
}

async function keep({ user, stocktakes, tag }) {
  if (user.id !== store.whose()) return; // somebody else has just taken the phone
  await store.keepTasks(stocktakes, tag);
  await store.tidy(new Set(stocktakes.map((one) => one.id)));
  keepThumbs(stocktakes).catch(() => {});
  keepCategories().catch(() => {});
}

// The list of categories goes along, for things without a card.
async function keepCategories() {
  const kept = await store.meta('categories');
  if (kept && Date.now() - kept.at < CATEGORIES_MS) return;
  await store.setMeta('categories', { at: Date.now(), list: await api.categories() });
}

// Small photos go along, so that a thing is recognised without network too.
async function keepThumbs(list) {
  if (navigator.connection?.saveData) return;
  const kept = new Set(await store.thumbKeys());
  const wanted = new Set(list.flatMap((one) => one.cards).map((card) => card.photo).filter(Boolean));
  await store.dropThumbs([...kept].filter((digest) => !wanted.has(digest)));
  const missing = [...wanted].filter((digest) => !kept.has(digest)).slice(0, Math.max(0, MOST_THUMBS - kept.size));
  for (const digest of missing) await store.keepThumb(digest, await api.thumb(digest));
}

const COUNTS = new Set(['waiting', 'sent']);
// What the server answered to a count that is worth a card.
const WORTH = new Set(['found', 'again']);

// Whether a count says that its card was seen: an unanswered one does, as long as nothing else is known.
export const counts = (one) => COUNTS.has(one.state) && !one.undo && (one.state === 'waiting' || WORTH.has(one.answer.outcome));

// A task as the screens show it: each card with `here` (this phone's latest count of it) and `done`.
export async function whole(id) {
  const [task, cards, all] = await Promise.all([store.task(id), store.expected(id), store.countsOf(id)]);
  if (!task) return null;
  return { task, ...joined(cards, all), ...beyond(task, cards), all };
}

// Of a very large task not all goes along: how many there are (`of`), and how many of those that are not
// here were counted when it was downloaded (`away`).
function beyond(task, cards) {
  if (!isShort(task)) return { of: cards.length, away: 0 };
  return { of: task.expected, away: Math.max(0, task.counted - cards.filter((card) => card.counted_at).length) };
}

export const isShort = (task) => task.expected > task.cards;

function joined(cards, all) {
  const byCode = new Map();
  for (const one of all) if (one.code) byCode.set(one.code, [...(byCode.get(one.code) ?? []), one]);
  const rows = cards.map((card) => joinedOne(card, byCode.get(card.code) ?? []));
  const waiting = rows.filter((row) => row.here?.state === 'waiting' && !row.counted_at).length;
  const done = rows.filter((row) => row.done).length;
  return { rows, done, waiting, sent: done - waiting };
}

function joinedOne(card, all) {
  const here = all.findLast(counts) ?? null;
  const undone = all.some((one) => one.state === 'undoing' || one.undo);
  return { ...card, here, done: Boolean(here) || (Boolean(card.counted_at) && !undone) };
}

// Whether a card has all these words: in any case, wide or narrow.
export function holding(typed) {
  const narrow = (text) => text.normalize('NFKC').toUpperCase();
  const words = narrow(typed).split(/\s+/).filter(Boolean);
  return ({ code, name, section, custodian, place }) => {
    const text = narrow([code, name, section, custodian, place].join(' '));
    return words.every((word) => text.includes(word));
  };
}

// What this phone makes of a code (H2): the server has the last word when it is asked.
export async function judge(id, code) {
  const [card, all] = await Promise.all([store.card(id, code), store.countsOfCode(id, code)]);
  if (card) {
    const row = joinedOne(card, all);
    return { outcome: row.done ? 'again' : 'found', row };
  }
  for (const other of await store.tasks()) {
    const there = other.id === id ? null : await store.card(other.id, code);
    if (there) return { outcome: 'elsewhere', row: null, other, card: there };
  }
  const before = all.findLast((one) => one.state !== 'undone') ?? null;
  if (before) return { outcome: 'again', row: null, before };
  return { outcome: isShort(await store.task(id)) ? 'not_here' : 'unknown', row: null, before };
}
