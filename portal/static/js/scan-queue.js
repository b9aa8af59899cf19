// What was scanned and not yet stored: kept in this browser until the server has it.

const MOST = 50; // scans of one request
const SLOWEST_MS = 15_000;
const FIRST_WAIT_MS = 500;
const LIMIT_MS = 20_000; // then a request counts as lost, and is sent again
const CLOCK_MS = 2_000; // by which clocks may differ and still tell the same
const LOADED = crypto.randomUUID(); // this load of the page: its own seconds mean nothing to the next

/**
 * Scans, undoings and messages, sent in the order in which they came. Each is kept under a key of
 * its own, so that two tabs of one person don't write over each other; sent twice does no harm.
 * What the server refuses stays, with the reason, until somebody sends it again or drops it: a scan
 * by itself, what else is refused where the page says so (`refuse`).
 */
export class Queue {
  constructor({ user, token, address, answered, changed }) {
    this.prefix = `panhuo-scan:${user}:`;
    Object.assign(this, { token, address, answered, changed });
    this.read();
    this.busy = false;
    this.wait = FIRST_WAIT_MS;
    this.state = 'well';
    this.last = 0;
    window.addEventListener('online', () => this.hurry());
    window.addEventListener('storage', ({ key }) => {
      if (!key?.startsWith(this.prefix)) return;
      this.refused = this.kept().filter((one) => one.refusal);
      this.changed();
    });
    this.hurry();
  }

  read() {
    const kept = this.kept();
    this.waiting = kept.filter((one) => !one.refusal);
    this.refused = kept.filter((one) => one.refusal);
  }

  kept() {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(this.prefix))
      .map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }))
      .sort((one, other) => one.order - other.order);
  }

  write({ key, ...kept }) {
    try {
      localStorage.setItem(key, JSON.stringify(kept));
    } catch { /* full or forbidden: it is still held here and sent */ }
  }

  add(entry) {
    this.last = Math.max(this.last + 1, Date.now() * 1000);
    const key = `${this.prefix}${this.last}:${entry.id}:${entry.what}`;
    const kept = { key, ...entry, order: this.last, loaded: LOADED, since: performance.now() };
    this.write(kept);
    this.waiting.push(kept);
    this.changed();
    this.send();
  }

  /** After a lost connection: at once, not when the back-off is over. */
  hurry() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.send();
  }

  async send() {
    if (this.busy || this.timer || !this.waiting.length) return;
    this.busy = true;
    try {
      const well = this.waiting[0].what === 'scan' ? await this.sendScans() : await this.sendOne();
      if (well) this.went();
    } catch {
      this.failed('offline');
    }
    this.busy = false;
    this.changed();
    if (this.waiting.length && !this.timer) this.send();
  }

  ask(path, options) {
    return fetch(this.address + path, {
      ...options,
      headers: { 'X-CSRFToken': this.token, ...options.headers },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
  }

  async sendScans() {
    const others = this.waiting.findIndex((one) => one.what !== 'scan');
    const batch = this.waiting.slice(0, Math.min(MOST, others < 0 ? MOST : others));
    const body = JSON.stringify({ device_now: new Date().toISOString(), scans: batch.map(timed) });
    const answer = await this.ask('', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    if (!answer.ok) return this.failed(answer.status === 401 || answer.status === 403 ? 'signed_out' : 'offline');
    const { answers } = await answer.json();
    batch.forEach((one, at) => {
      // Of what was undone meanwhile nothing is to be kept.
      const undone = this.waiting.some((other) => other.what === 'undo' && other.id === one.id);
      if (answers[at].refusal && !undone) this.refuse(one, answers[at].refusal);
      else this.forget(one);
      this.answered(one, answers[at]);
    });
    return true;
  }

  async sendOne() {
    const [one] = this.waiting;
    const [path, method] = one.what === 'undo' ? [`/${one.id}`, 'DELETE'] : [`/${one.id}/tell`, 'POST'];
    const answer = await this.ask(path, { method });
    if (answer.status === 401 || answer.status === 403) return this.failed('signed_out');
    if (answer.status >= 500) return this.failed('offline');
    const told = await answer.json();
    this.forget(one);
    if (answer.ok) this.answered(one, told);
    else this.answered(one, one.what === 'undo' && answer.status === 404 ? {} : { refusal: told }); // what isn't there is undone
    return true;
  }

  forget(one) {
    this.waiting = this.waiting.filter((other) => other.key !== one.key);
    localStorage.removeItem(one.key);
  }

  // ---- what was refused

  refuse(one, refusal) {
    this.waiting = this.waiting.filter((other) => other.key !== one.key);
    const kept = { ...one, refusal };
    this.write(kept);
    this.refused.push(kept);
  }

  /** Send those with these keys once more, in their old order. */
  retry(keys) {
    const again = this.refused.filter((one) => keys.includes(one.key)).map(({ refusal: _past, ...one }) => one);
    this.refused = this.refused.filter((one) => !keys.includes(one.key));
    for (const one of again) this.write(one);
    this.waiting = [...this.waiting, ...again];
    this.changed();
    this.hurry();
    return again;
  }

  /** What waits of this kind under this id is not sent any more. */
  recall(id, what) {
    for (const one of this.waiting.filter((each) => each.id === id && each.what === what)) this.forget(one);
  }

  /** Throw away: only on somebody's word. */
  drop(key) {
    this.refused = this.refused.filter((one) => one.key !== key);
    localStorage.removeItem(key);
    this.changed();
  }

  went() {
    this.state = 'well';
    this.wait = FIRST_WAIT_MS;
    return true;
  }

  failed(state) {
    this.state = state;
    this.timer = setTimeout(() => this.hurry(), this.wait);
    this.wait = Math.min(this.wait * 2, SLOWEST_MS);
    return false;
  }
}

/** With how long ago it was, by a clock that nobody sets. That clock may stand still while the
    computer sleeps: where the other one tells of more, it is not known which is right. */
function timed({ body, loaded, since }) {
  if (loaded !== LOADED || !body.at) return body;
  const passed = performance.now() - since;
  const told = Date.now() - new Date(body.at);
  return told - passed > CLOCK_MS ? body : { ...body, ago_s: passed / 1000 };
}
