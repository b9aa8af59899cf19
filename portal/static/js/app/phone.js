// What this phone itself remembers, whoever uses it: on disk at once, as a killed app must find it.
const NAME = 'panhuo-app';

const ask = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened = null;

async function connect() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('phone');
  const base = await ask(request);
  base.onclose = () => { opened = null; };
  base.onversionchange = () => { base.close(); opened = null; };
  return base;
}

async function run(mode, work) {
  opened ??= connect();
  const made = (await opened).transaction(['phone'], mode, { durability: 'strict' });
  const ended = new Promise((resolve, reject) => {
    made.oncomplete = resolve;
    made.onabort = () => reject(made.error);
  });
  const result = await ask(work(made.objectStore('phone')));
  await ended;
  return result;
}

export const get = (name) => run('readonly', (phone) => phone.get(name)).then((value) => value ?? null);
export const set = (name, value) => run('readwrite', (phone) => phone.put(value, name));
export const drop = (name) => run('readwrite', (phone) => phone.delete(name));
