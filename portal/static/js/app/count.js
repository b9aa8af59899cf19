// Counting one thing: written to the phone first, then said, then sent.
import { since } from './clock.js';
import { newId } from './codes.js';
import { askAgain } from './keeping.js';
import { tell } from './news.js';
import { kick } from './sender.js';
import * as store from './store.js';

// What was seen of a thing in a task (its id). `photos`: ids of kept pictures; `drafted`: the draft
// that it came from. Holds when the count is on disk; sending is another matter.
export async function record(task, seen, photos = [], drafted = null) {
  const count = { client_id: newId(), task, at: new Date().toISOString(), since: since(), ...seen };
  await store.addCount(count, photos, drafted);
  askAgain();
  tell('counts');
  kick();
  return count;
}

// Try a refused one again, as it is.
export async function retry(client) {
  await store.changeCount(client, (now) => (now.state === 'refused' ? { state: 'waiting', refusal: '' } : null));
  tell('counts');
  kick();
}
