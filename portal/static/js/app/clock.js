// How long ago something was, by the page's own clock: nobody sets it, but it ends with the page (H3).
import { newId } from './codes.js';

const AGREE_MS = 2_000; // by which two clocks may differ and still tell the same
const LOADED = newId();
let hidden = -Infinity;

document.addEventListener('visibilitychange', () => { if (document.hidden) hidden = performance.now(); });

// Now, as it is kept with a count.
export const since = () => ({ loaded: LOADED, at: performance.now() });

// Seconds since then; null where only the phone's clock can tell. While a phone sleeps the page's clock
// may stand still: where the phone's tells of more, it is believed, unless the page was seen all the time.
export function ago({ since: kept, at }) {
  if (kept?.loaded !== LOADED) return null;
  const passed = performance.now() - kept.at;
  const told = Date.now() - new Date(at);
  const slept = told - passed > AGREE_MS && (document.hidden || hidden > kept.at);
  return slept ? null : passed / 1000;
}
