// Keeps the app's own files, and nothing of anybody's: tasks and counts are in each person's database.
// `KEPT` stands before this text: the version, the addresses, and the page that opens.
const PREFIX = 'panhuo-app-';
const CACHE = PREFIX + KEPT.version;
const FILES = new Set(KEPT.shell);

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.all(KEPT.shell.map((address) => keep(cache, address)));
    await self.skipWaiting();
  })());
});

// A file whose address names its content is taken over from the version before: a megabyte of wasm stays.
async function keep(cache, address) {
  const before = address.includes('?') ? await caches.match(address) : undefined;
  if (before) await cache.put(address, before);
  else await cache.add(new Request(address, { cache: 'reload' }));
}

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && address.pathname === KEPT.page) event.respondWith(kept(KEPT.page, request));
  else if (FILES.has(address.pathname + address.search)) event.respondWith(kept(address.pathname + address.search, request));
});

async function kept(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? fetch(request);
}
