// What is scanned, said of it afterwards, or taken back: answered at once, and put into the queue
// that keeps it until the server has it.

export class Sends {
  /** `undoHeard`: the letters of the code that takes the last thing back, by keyboard layout. */
  constructor({ task, rows, answers, queue, spelling, undoHeard }) {
    Object.assign(this, { task, rows, answers, queue, spelling, undoHeard });
    this.says = answers.says;
    this.sounds = answers.sounds;
  }

  scan(text) {
    const code = this.rows.codeIn(text);
    if (!code) return;
    if (this.undoHeard.has(this.spelling.letters(text))) {
      this.undo();
      return;
    }
    const one = this.guessed(code);
    this.rows.add(one);
    this.rows.scanned();
    if (one.outcome === 'found') this.rows.count(one, 1);
    one.raw = text.slice(0, 400);
    this.answers.say(one);
    this.send(one);
  }

  /** What the list that is carried along makes of a code. */
  guessed(code) {
    const { rows } = this;
    const card = rows.cards.get(code);
    const now = new Date();
    const one = rows.track({
      id: crypto.randomUUID(), sent: [], code, at: now.toISOString(), clock: this.spelling.clock(now),
      outcome: card ? (card.counted_at ? 'again' : 'found') : 'waiting',
      offline: this.queue.state !== 'well', condition: '', statusSeen: '', tallied: false, unknownSoFar: rows.odd.unknown.size,
    });
    rows.fillIn(one);
    rows.before(one);
    if (one.outcome === 'again') one.condition = card.condition;
    return one;
  }

  /** Send the thing with all that was said of it: what is sent later takes the place of it. */
  send(one, more = {}) {
    const id = one.sent.length ? crypto.randomUUID() : one.id;
    one.sent.push(id);
    this.rows.byId.set(id, one);
    const body = {
      client_id: id, stocktake: this.task.id, ...(one.raw ? { raw: one.raw } : { code: one.code }), method: 'gun', at: new Date().toISOString(),
      condition: one.outcome === 'again' && !one.changing ? '' : one.condition, status: one.statusSeen ?? '',
      place: one.placeSeen ?? null, here: Boolean(one.here), ...more,
    };
    this.add('scan', id, one, { of: one.id, body });
  }

  /** With what is told of an entry wherever it is shown: its task may be another's by then. */
  add(what, id, one, more = {}) {
    this.queue.add({ what, id, ...more, code: one.code, name: one.name ?? '', task: this.task.name });
  }

  keep(entry, refusal) {
    this.queue.refuse(entry, refusal);
  }

  undo() {
    const one = this.rows.all.find((row) => !row.undone);
    if (!one) {
      this.sounds.play('unknown');
      return;
    }
    const { refusal } = one;
    this.rows.takeBack(one);
    this.unsay(one);
    for (const id of [...one.sent].reverse()) {
      const refused = this.queue.refused.find((entry) => entry.id === id && entry.what === 'scan');
      if (refused) this.queue.drop(refused.key); // the server never had it
      else this.add('undo', id, one);
    }
    if (refusal) delete one.refusal;
    this.says.show({ ...one, outcome: 'undone' });
    this.sounds.play('undone');
    this.answers.draw();
  }

  /** Whether an undoing of this code is still on its way. */
  undoes(code) {
    return this.queue.waiting.some((entry) => entry.what === 'undo' && this.rows.of(entry)?.code === code);
  }

  /** Tell whose it is to count that it was seen here. */
  tell(one) {
    if (one.telling || one.told) return;
    this.unsay(one);
    one.telling = true;
    this.add('tell', one.id, one);
    this.answers.showAgain(one);
  }

  /** What was not told yet is not told any more. */
  unsay(one) {
    this.queue.recall(one.id, 'tell');
    for (const entry of this.queue.refused.filter((each) => each.id === one.id && each.what === 'tell')) this.queue.drop(entry.key);
    Object.assign(one, { telling: false, notTold: null });
  }

  // ---- what the server refused and this browser keeps

  retried(entries) {
    for (const entry of entries) {
      const one = this.rows.of(entry);
      if (one && entry.what === 'tell') Object.assign(one, { telling: true, notTold: null });
      if (!one || entry.what !== 'scan') continue;
      delete one.refusal;
      if (entry.id === one.id && one.outcome !== 'surplus') one.outcome = 'waiting';
    }
    this.answers.draw();
  }

  dropped(entry) {
    const one = this.rows.of(entry);
    if (one && entry.what === 'tell') one.notTold = null;
    if (one && entry.what === 'scan') this.droppedScan(entry, one);
    this.answers.draw();
  }

  droppedScan(entry, one) {
    delete one.refusal;
    one.sent = one.sent.filter((each) => each !== entry.id);
    if (entry.id !== one.id) return;
    this.rows.takeBack(one); // nothing else of it is anywhere
    this.unsay(one);
  }

  /** One that was refused and is being mended where it was typed. */
  withdraw(row) {
    this.rows.remove(row);
    for (const entry of this.queue.refused.filter((each) => each.id === row.id)) this.queue.drop(entry.key);
    this.answers.draw();
  }
}
