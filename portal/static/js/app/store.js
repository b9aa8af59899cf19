// What a person's phone keeps: one database for each, so that signing out wipes it whole.
// A write is done when its transaction is: only then may the screen say so.
const VERSION = 1;
const nameOf = (user) => `panhuo-app-${user}`;
let opened = null;
let owner = null;

function create({ target: { result: base } }) {
  base.createObjectStore('meta');
  base.createObjectStore('tasks', { keyPath: 'id' });
  const expected = base.createObjectStore('expected', { keyPath: ['task', 'code'] });
  expected.createIndex('task', 'task');
  // `seq` keeps the order in which things were counted, whatever the clock says.
  const counts = base.createObjectStore('counts', { keyPath: 'seq', autoIncrement: true });
  counts.createIndex('client_id', 'client_id', { unique: true });
  counts.createIndex('state', 'state');
  counts.createIndex('task', 'task');
  counts.createIndex('task_code', ['task', 'code']);
  const photos = base.createObjectStore('photos', { keyPath: 'id' });
  photos.createIndex('count', 'count');
  base.createObjectStore('thumbs', { keyPath: 'digest' });
}

const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function connect() {
  const request = indexedDB.open(nameOf(owner), VERSION);
  request.onupgradeneeded = create;
  const base = await ask(request);
  base.onversionchange = () => { base.close(); opened = null; };
  base.onclose = () => { opened = null; };
  return base;
}

export async function open(user) {
  if (owner !== user) close();
  owner = user;
  await base();
}

export const whose = () => owner;

async function base() {
  if (owner === null) throw new Error('nobody is signed in');
  opened ??= connect();
  return opened;
}

export function close() {
  if (opened) opened.then((kept) => kept.close(), () => {});
  opened = null;
  owner = null;
}

// `work(store)` asks for stores of one transaction; the promise holds when it is on disk.
async function run(names, mode, work) {
  const made = (await base()).transaction(names, mode, { durability: 'strict' });
  const ended = new Promise((resolve, reject) => {
    made.oncomplete = resolve;
    made.onabort = () => reject(made.error ?? new Error('aborted'));
  });
  let result;
  try {
    result = await work((name) => made.objectStore(name));
  } catch (error) {
    ended.catch(() => {});
    try { made.abort(); } catch { /* it has ended by itself */ }
    throw error;
  }
  await ended;
  return result;
}

const read = (names, work) => run(names, 'readonly', work);
const write = (names, work) => run(names, 'readwrite', work);

export const meta = (name) => read(['meta'], (store) => ask(store('meta').get(name)));
export const setMeta = (name, value) => write(['meta'], (store) => ask(store('meta').put(value, name)));
export const dropMeta = (name) => write(['meta'], (store) => ask(store('meta').delete(name)));

export const tasks = () => read(['tasks'], (store) => ask(store('tasks').getAll()));
export const task = (id) => read(['tasks'], (store) => ask(store('tasks').get(id)));
export const expected = (id) => read(['expected'], (store) => ask(store('expected').index('task').getAll(id)));
export const card = (id, code) => read(['expected'], (store) => ask(store('expected').get([id, code])));

// Whether any task that is here has a card of this code.
export async function isOnList(code) {
  for (const { id } of await tasks()) if (await card(id, code)) return true;
  return false;
}

// The tasks as the server has them now replace those that were here; counts stay.
export function keepTasks(list, tag) {
  return write(['tasks', 'expected', 'meta'], async (store) => {
    store('tasks').clear();
    store('expected').clear();
    for (const { cards, ...one } of list) {
      store('tasks').put({ ...one, cards: cards.length });
      for (const each of cards) store('expected').put({ ...each, task: one.id });
    }
    await ask(store('meta').put(tag, 'tag'));
  });
}

// A count and its photos are written together, or not at all; it keeps the name of its task, which
// may be gone from the phone before it.
export function addCount(count, photos = [], drafted = null) {
  return write(['counts', 'photos', 'meta', 'tasks'], async (store) => {
    const task = await ask(store('tasks').get(count.task));
    for (const id of photos) {
      const photo = await ask(store('photos').get(id));
      if (photo) store('photos').put({ ...photo, count: count.client_id });
    }
    if (drafted) store('meta').delete(drafted);
    return ask(store('counts').add({ state: 'waiting', attempts: 0, photos: photos.length, task_name: task?.name ?? '', ...count }));
  });
}

export const counts = () => read(['counts'], (store) => ask(store('counts').getAll()));
export const countsOf = (id) => read(['counts'], (store) => ask(store('counts').index('task').getAll(id)));
export const countsOfCode = (id, code) =>
  read(['counts'], (store) => ask(store('counts').index('task_code').getAll([id, code])));
export const inState = (state) => read(['counts'], (store) => ask(store('counts').index('state').getAll(state)));
export const count = (client) => read(['counts'], (store) => ask(store('counts').index('client_id').get(client)));

// Changes one count by `change(count)`: an object is laid over it, null leaves it as it is.
export function changeCount(client, change) {
  return write(['counts', 'photos'], async (store) => {
    const found = await ask(store('counts').index('client_id').get(client));
    const laid = found && change(found);
    if (!laid) return null;
    const next = { ...found, ...laid };
    await ask(store('counts').put(next));
    if (next.state === 'sent' || next.state === 'undone') await dropPhotos(store('photos'), client);
    return next;
  });
}

async function dropPhotos(photos, client) {
  for (const key of await ask(photos.index('count').getAllKeys(client))) photos.delete(key);
}

// Takes a count out of the queue, where it was never on its way: true if it could.
export function withdraw(client) {
  return write(['counts', 'photos'], async (store) => {
    const found = await ask(store('counts').index('client_id').get(client));
    if (!found || (found.attempts > 0 && found.state !== 'refused')) return false;
    store('counts').delete(found.seq);
    await dropPhotos(store('photos'), client);
    return true;
  });
}

export const addPhoto = (photo) => write(['photos'], (store) => ask(store('photos').put(photo)));
export const dropPhoto = (id) => write(['photos'], (store) => ask(store('photos').delete(id)));
export const photo = (id) => read(['photos'], (store) => ask(store('photos').get(id)));
export const photosOf = (client) => read(['photos'], (store) => ask(store('photos').index('count').getAll(client)));
export const setDigest = (id, digest) => write(['photos'], async (store) => {
  const found = await ask(store('photos').get(id));
  if (found) store('photos').put({ ...found, digest });
});

export const thumb = (digest) => read(['thumbs'], (store) => ask(store('thumbs').get(digest)));
export const keepThumb = (digest, blob) => write(['thumbs'], (store) => ask(store('thumbs').put({ digest, blob })));
export const dropThumbs = (digests) => write(['thumbs'], async (store) => {
  for (const digest of digests) store('thumbs').delete(digest);
});
export const thumbKeys = () => read(['thumbs'], (store) => ask(store('thumbs').getAllKeys()));

// Counts of tasks that are over need not be kept once the server has them; nor need drafts.
export function tidy(running) {
  return write(['counts', 'meta', 'photos'], async (store) => {
    for (const one of await ask(store('counts').getAll())) {
      const over = one.state === 'sent' || one.state === 'undone';
      if (over && !running.has(one.task)) store('counts').delete(one.seq);
    }
    for (const name of await ask(store('meta').getAllKeys())) {
      const [kind, task] = name.split(':');
      if (kind !== 'draft' || running.has(Number(task))) continue;
      for (const id of (await ask(store('meta').get(name))).photos ?? []) store('photos').delete(id);
      store('meta').delete(name);
    }
  });
}

const UNSENT = ['waiting', 'undoing', 'refused'];

export async function unsent() {
  const kept = await read(['counts'], (store) => Promise.all(UNSENT.map((state) => ask(store('counts').index('state').count(state)))));
  return kept.reduce((sum, one) => sum + one, 0);
}

// When the oldest of them was counted; null where nothing waits.
export async function unsentSince() {
  const oldest = await read(['counts'], (store) => Promise.all(UNSENT.map((state) => ask(store('counts').index('state').get(state)))));
  return oldest.filter(Boolean).map((one) => one.at).sort()[0] ?? null;
}

// Everything of a person goes.
export async function wipe(user) {
  if (owner === user) close();
  await ask(indexedDB.deleteDatabase(nameOf(user)));
}

// Another person's counts that still wait on this phone: how many, and nothing else of them.
export async function waitingOf(user) {
  const known = owner;
  const request = indexedDB.open(nameOf(user), VERSION);
  request.onupgradeneeded = create;
  const other = await ask(request);
  const made = other.transaction(['counts'], 'readonly').objectStore('counts').index('state');
  const found = await Promise.all(UNSENT.map((state) => ask(made.count(state))));
  other.close();
  if (owner !== known) throw new Error('somebody else signed in meanwhile');
  return found.reduce((sum, one) => sum + one, 0);
}
