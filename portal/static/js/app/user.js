// Whose phone it is: signed in once with a network, known without one, forgotten at sign-out.
// The token that speaks for a person stands in their own database, so nothing of theirs can go out
// under another's name; what is left of somebody who makes room for another has none.
import * as api from './api.js';
import { askToKeep } from './keeping.js';
import { tellOthers } from './news.js';
import * as phone from './phone.js';
import * as store from './store.js';

const USER = 'user';
const KEPT = 'kept'; // others whose unsent counts stay on this phone
const LEAVING = 'leaving'; // who signed out without network, and the token that ends at the next one
const TOKEN = 'token';

let me = null;

export const known = () => me;

// Open what belongs to whoever is known here; null where nobody is.
export async function begin() {
  me = await phone.get(USER);
  if (!me) return null;
  await store.open(me.id);
  api.speakAs((await store.meta(TOKEN)) ?? '');
  return me;
}

// Whose is it? 'same', 'new' (somebody else's: the app begins anew), or why nobody's:
// 'signed_out', 'password', 'second_factor', 'confirm' (the password is asked for anew), 'forbidden'.
// Throws Offline.
export async function meet() {
  const told = await api.session();
  if (await left(told)) return 'signed_out';
  if (told.user && told.user.id !== me?.id) {
    if (!told.may_count) return 'forbidden';
    if (!told.is_confirmed) return 'confirm';
    if (me) await leave(me.id);
    await arrive(told.user);
    return 'new';
  }
  if (!me) return told.comes_first ?? 'signed_out';
  const found = await stay();
  if (found) return found;
  if (!told.user) return told.comes_first ?? 'signed_out';
  if (!told.may_count) return 'forbidden';
  if (!told.is_confirmed) return 'confirm';
  api.speakAs(await sign());
  return 'same';
}

// Whether the phone's own token still opens: 'same', 'forbidden', or null where it doesn't.
async function stay() {
  if (!(await store.meta(TOKEN))) return null;
  try {
    await remember(await api.me());
    return 'same';
  } catch (error) {
    if (error instanceof api.SignedOut) return null;
    if (error instanceof api.Refusal && error.status === 403) return 'forbidden';
    throw error;
  }
}

async function sign() {
  const given = await api.register(nameOf(navigator));
  await store.setMeta(TOKEN, given);
  return given;
}

// As /account lists it: enough to tell one's own telephones apart.
function nameOf({ userAgent, userAgentData }) {
  const device = /Android [\d.]+; ([^;)]+)/.exec(userAgent)?.[1].replace(/ Build.*/, '')
    ?? /iPhone|iPad/.exec(userAgent)?.[0] ?? userAgentData?.platform ?? /Windows|Mac OS X|Linux/.exec(userAgent)?.[0] ?? '';
  const browser = /MicroMessenger|Edg|Firefox|CriOS|Chrome|Safari/.exec(userAgent)?.[0] ?? '';
  return [device, browser].filter(Boolean).join(' · ').slice(0, 60) || 'App';
}

async function remember(user) {
  await phone.set(USER, user);
  me = user;
}

async function arrive(user) {
  await phone.set(KEPT, ((await phone.get(KEPT)) ?? []).filter((id) => id !== user.id));
  await store.open(user.id);
  await sign(); // spoken with when the app begins anew: what is under way here is still the other's
  await remember(user);
  askToKeep();
}

// Somebody else takes the phone: what was sent is wiped, what wasn't waits for its owner, unseen.
async function leave(id) {
  api.speakAs('');
  const given = await store.meta(TOKEN);
  await store.dropMeta(TOKEN);
  store.close();
  if (await store.waitingOf(id)) await phone.set(KEPT, [...new Set([...((await phone.get(KEPT)) ?? []), id])]);
  else await store.wipe(id);
  if (given) await api.unregister(given).catch(() => {}); // else it ends by resting
}

// How many counts of others wait on this phone.
export async function ofOthers() {
  let sum = 0;
  for (const id of (await phone.get(KEPT)) ?? []) sum += await store.waitingOf(id);
  return sum;
}

// Wipe everything of the person who leaves; their token and session end now or at the next network.
export async function signOut() {
  if (!me) return;
  const { id } = me;
  await phone.set(LEAVING, { id, token: await store.meta(TOKEN) });
  await phone.drop(USER);
  me = null;
  api.speakAs('');
  await store.wipe(id);
  tellOthers('user');
  try {
    await meet();
  } catch {
    // Without network it is done at the next start.
  }
}

// End what somebody left behind without network; whether there was such a one.
async function left(told) {
  const leaving = await phone.get(LEAVING);
  if (leaving === null) return false;
  if (leaving.token) await api.unregister(leaving.token).catch(passOver);
  if (told.user?.id === leaving.id) await api.signOut();
  await phone.drop(LEAVING);
  return true;
}

// A token that opens nothing any more has ended already.
function passOver(error) {
  if (!(error instanceof api.SignedOut || error instanceof api.Refusal)) throw error;
}
