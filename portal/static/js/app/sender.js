// Sends what waits on the phone, in batches, whenever there is a network. A count leaves the queue
// only after its own answer has come; whatever is sent twice is counted once (H3).
import * as api from './api.js';
import { ago } from './clock.js';
import { tell } from './news.js';
import * as store from './store.js';
import { download } from './tasks.js';

const BATCH = 40;
const FIRST_WAIT_MS = 4_000;
const LONGEST_WAIT_MS = 300_000;
const LOCK = 'panhuo-app-sender';
const FRESH_MS = 60_000;

// 'ready', 'sending', 'offline', 'busy', 'signed_out', 'forbidden'.
let phase = 'ready';
let wait = FIRST_WAIT_MS;
let timer = 0;
let going = null;
let asked = false;
let refreshed = -Infinity; // by the clock that nobody sets

export const state = () => phase;

export function enter(next) {
  if (phase === next) return;
  phase = next;
  tell('state');
}

// Send now, whatever the back-off says.
export function kick() {
  wait = FIRST_WAIT_MS;
  return go();
}

// Send, and ask for the tasks anew.
export function refresh() {
  refreshed = -Infinity;
  return kick();
}

function go() {
  clearTimeout(timer);
  if (going) {
    asked = true;
    return going;
  }
  going = run().finally(() => {
    going = null;
    if (asked) {
      asked = false;
      go();
    }
  });
  return going;
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(go, wait + Math.random() * 1_000);
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

// Of several tabs only one sends: whoever holds the lock.
async function run() {
  if (store.whose() === null) return;
  if (!navigator.locks) {
    await attempt();
    return;
  }
  await navigator.locks.request(`${LOCK}-${store.whose()}`, { ifAvailable: true }, async (lock) => {
    if (lock) await attempt();
    else later();
  });
}

async function attempt() {
  try {
    await api.me(); // before photos go up: may I still?
    await sendAll();
    const undone = await undoAll();
    if (undone || performance.now() - refreshed > FRESH_MS) {
      await download();
      refreshed = performance.now();
    }
    enter('ready');
    wait = FIRST_WAIT_MS;
    if (await store.unsent() > (await store.inState('refused')).length) later();
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  const forbidden = error instanceof api.Refusal && error.status === 403;
  if (error instanceof api.SignedOut) enter('signed_out');
  else if (forbidden) enter('forbidden');
  else if (error instanceof api.Offline) enter('offline');
  else enter('busy');
  if (!(forbidden || error instanceof api.Offline || error instanceof api.Busy || error instanceof api.SignedOut)) {
    console.warn('sending will be tried again', error);
  }
  later();
}

// Each that waits is tried once; what is counted meanwhile goes along.
async function sendAll() {
  const tried = new Set();
  for (;;) {
    const batch = (await store.inState('waiting')).filter((one) => !tried.has(one.client_id)).slice(0, BATCH);
    if (!batch.length) return;
    enter('sending');
    const ready = [];
    for (const one of batch) {
      tried.add(one.client_id);
      const digests = await uploaded(one);
      if (digests) ready.push({ one, digests });
    }
    if (ready.length) await sendBatch(ready);
  }
}

// The digests of a count's photos, each uploaded once; null where one is refused.
async function uploaded({ client_id: client }) {
  const digests = [];
  for (const photo of await store.photosOf(client)) {
    try {
      const digest = photo.digest || await api.photo(photo.blob);
      if (!photo.digest) await store.setDigest(photo.id, digest);
      digests.push(digest);
    } catch (error) {
      if (!(error instanceof api.Refusal)) throw error;
      await refuse(client, error.message, 'photos');
      return null;
    }
  }
  return digests;
}

async function refuse(client, words, field = '') {
  await store.changeCount(client, () => ({ state: 'refused', refusal: words, field }));
  tell('counts');
}

const WIRE = ['client_id', 'code', 'raw', 'method', 'at', 'condition', 'status', 'place', 'custodian', 'note', 'surplus', 'doubtful', 'here'];

function wire({ one, digests }) {
  const made = { stocktake: one.task, photos: [...new Set(digests)] };
  for (const name of WIRE) if (one[name] !== undefined && one[name] !== null) made[name] = one[name];
  const passed = ago(one);
  return passed === null ? made : { ...made, ago_s: passed };
}

async function sendBatch(ready) {
  // Noted before it goes: a count that was on its way can't just be taken back any more.
  for (const { one } of ready) {
    await store.changeCount(one.client_id, (now) => ({ attempts: now.attempts + 1 }));
  }
  let answers;
  try {
    answers = await api.scans(ready.map(wire));
  } catch (error) {
    if (!(error instanceof api.Refusal) || error.status === 403) throw error;
    await apart(ready, error);
    return;
  }
  const known = new Set(ready.map(({ one }) => one.client_id));
  for (const answer of answers) if (known.has(answer.client_id)) await settle(answer);
  tell('counts');
}

// A batch that is refused as a whole: each by itself, so that one can't hold up the others.
async function apart(ready, error) {
  if (ready.length === 1) await refuse(ready[0].one.client_id, error.message);
  else for (const each of ready) await sendBatch([each]);
}

function settle(answer) {
  const { client_id: client, refusal, ...told } = answer;
  if (refusal) {
    return store.changeCount(client, () => ({ state: 'refused', refusal: refusal.detail || '', field: refusal.field || '' }));
  }
  // The server may know a card of whose code the phone only had the label's whole text.
  const code = told.code ? { code: told.code } : {};
  const answered = { ...code, answer: told, answered_at: new Date().toISOString(), refusal: '' };
  return store.changeCount(client, (now) => ({ ...answered, state: now.undo ? 'undoing' : 'sent' }));
}

async function undoAll() {
  let undone = 0;
  for (const one of await store.inState('undoing')) {
    try {
      await api.undo(one.client_id);
    } catch (error) {
      // What isn't there any more is undone.
      if (!(error instanceof api.Refusal) || error.status === 403) throw error;
      if (error.status !== 404) {
        await store.changeCount(one.client_id, () => ({ state: 'sent', undo: false, refusal: error.message }));
        continue;
      }
    }
    await store.changeCount(one.client_id, () => ({ state: 'undone' }));
    undone += 1;
  }
  if (undone) tell('counts');
  return undone;
}

// Take a count back: at once where it never went out, else after its answer (so in order).
export async function takeBack(client) {
  if (!(await store.withdraw(client))) {
    await store.changeCount(client, (now) => ({ undo: true, state: now.state === 'waiting' ? 'waiting' : 'undoing' }));
  }
  tell('counts');
  kick();
}

export function watch() {
  addEventListener('online', refresh);
  addEventListener('offline', () => enter('offline'));
  addEventListener('pageshow', refresh);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') kick(); });
  setInterval(() => { if (document.visibilityState === 'visible' && phase === 'ready') go(); }, FRESH_MS * 2);
}
