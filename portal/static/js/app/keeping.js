// Whether the browser keeps what waits on this phone: as long as it hasn't said so, it may delete it
// when room is short or the app rests (H3). Asked again it may answer otherwise: once the app is
// installed, or much used.
import { tell } from './news.js';

const AGAIN_MS = 10 * 60_000; // a browser that asks the person is not to ask at each count
let asked = -Infinity;

export async function isKept() {
  try {
    return await navigator.storage.persisted();
  } catch {
    return false; // a browser that can't say so doesn't keep it
  }
}

// Ask the browser to keep it; screens are drawn anew where it says yes for the first time.
export async function askToKeep() {
  asked = performance.now();
  if (await isKept()) return;
  try {
    if (await navigator.storage.persist()) tell('state');
  } catch {
    // As if it had said no.
  }
}

// The same while counting goes on, now and then.
export async function askAgain() {
  if (performance.now() - asked > AGAIN_MS) await askToKeep();
}
