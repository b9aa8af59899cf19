// What is asked of the server, and how it may fail.
export class Offline extends Error {}
export class SignedOut extends Error {}
export class Busy extends Error {}
export class Refusal extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

const LONGEST_MS = 30_000;
const LONGEST_UPLOAD_MS = 120_000;
let token = ''; // of the browser's session, for the moment of signing in
let bearer = ''; // of the person whose phone it is

const BROWSER = Symbol('the browser itself, by its session');

// `as`: whose token speaks, if not the phone's; without any, nothing is asked.
async function ask(path, { as = bearer, headers = {}, ...options } = {}, longest = LONGEST_MS) {
  if (!as) throw new SignedOut();
  const who = as === BROWSER ? { 'X-CSRFToken': token } : { Authorization: `Bearer ${as}` };
  let answer;
  try {
    answer = await fetch(path, {
      redirect: 'manual', cache: 'no-store', signal: AbortSignal.timeout(longest), ...options, headers: { Accept: 'application/json', ...who, ...headers },
    });
  } catch {
    throw new Offline();
  }
  // A door that sends one to sign in; the session's own address never does, but a hotel's network may.
  if (answer.status === 304 || answer.status === 204) return null;
  if (answer.type === 'opaqueredirect') throw path === SESSION ? new Offline() : new SignedOut();
  if (answer.status === 401) throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Busy();
  let told = null;
  try {
    told = { ...await answer.json(), tag: answer.headers.get('ETag') };
  } catch {
    if (answer.ok) throw new Offline();
  }
  if (!answer.ok) throw new Refusal(answer.status, told?.detail || told?.refusal || '');
  return told;
}

const sent = (body) => ({ method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });

const SESSION = '/app/session';

// Everything after is asked in the name of whom this token was given; '': of nobody.
export function speakAs(given) {
  bearer = given;
}

export const me = () => ask('/api/v1/me');

// Stay signed in on this phone, whatever becomes of the browser's session; the new token.
export async function register(name) {
  const told = await ask('/api/v1/device', { ...sent({ name }), as: BROWSER });
  return told.token;
}

// The phone's token opens nothing any more.
export const unregister = (given) => ask('/api/v1/device', { method: 'DELETE', as: given });

// Who has signed in with this browser; the token is for `register` and `signOut`.
export async function session() {
  const told = await ask(SESSION, { as: BROWSER });
  token = told.token || '';
  return told;
}

export const categories = () => ask('/api/v1/categories').then((told) => told.categories);
// The tasks with their cards; null where they are as they were under `tag`.
export const mine = (tag) => ask('/api/v1/stocktakes/mine', { headers: tag ? { 'If-None-Match': tag } : {} });

// The device tells its own time, so that a wrong clock is put right (H3).
export const scans = (list) =>
  ask('/api/v1/scans', sent({ device_now: new Date().toISOString(), scans: list })).then((told) => told.answers);

export const undo = (client) => ask(`/api/v1/scans/${client}`, { method: 'DELETE' });

export function photo(blob) {
  const form = new FormData();
  form.append('file', blob, 'photo.jpg');
  return ask('/api/v1/photos', { method: 'POST', body: form }, LONGEST_UPLOAD_MS)
    .then((told) => told.digest);
}

export async function thumb(digest) {
  const answer = await fetch(`/api/v1/photos/${digest}`, { headers: { Authorization: `Bearer ${bearer}` } });
  if (!answer.ok) throw new Busy();
  return answer.blob();
}

export async function signOut() {
  const body = new URLSearchParams({ csrf_token: token });
  await fetch('/logout', { method: 'POST', body, credentials: 'same-origin', redirect: 'manual' });
}
