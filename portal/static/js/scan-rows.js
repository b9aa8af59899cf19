// What was scanned on this page, the cards that I may count, and how many of them are counted.

const RATE_MS = 5 * 60_000;

/** Full-width letters of an input method are the same letters; blanks and case mean nothing. */
export const plain = (text) => text.normalize('NFKC').trim().toUpperCase();
/** What a command is known by: its letters, without the symbology that a gun may tell before them. */
export const letters = (text) => text.normalize('NFKC').trim().replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/[^A-Za-z]/g, '').toUpperCase();

export const clock = (at) => at.toLocaleTimeString('zh-CN', { hour12: false, timeZone: 'Asia/Shanghai' });

/** The rows, the newest first. Each has the ids under which it was sent: what is told later of a
    thing is a scan of its own. */
export class Rows {
  /** `read(text, isKnown)`: the codes in what was typed; the server reads it all anew. */
  constructor({ task, begin, counted, read }) {
    Object.assign(this, { task, counted, read, me: '' });
    this.cards = new Map(); // what I may count, by code
    this.odd = { elsewhere: new Set(begin.elsewhere), unknown: new Set(begin.unknown) };
    this.times = []; // of the last scans
    this.byId = new Map();
    this.all = begin.rows.map((row) => this.track({
      ...row, sent: [row.id], statusSeen: row.status, placeSeen: row.place ?? undefined, status: '',
    }));
  }

  track(one) {
    this.byId.set(one.id, one);
    return one;
  }

  of(entry) {
    return this.byId.get(entry.id);
  }

  add(one) {
    this.all.unshift(one);
    return one;
  }

  remove(one) {
    this.all.splice(this.all.indexOf(one), 1);
    this.byId.delete(one.id);
  }

  scanned() {
    this.times.push(Date.now());
  }

  /** A minute, of late; '–' where there is too little to tell. */
  rate() {
    const { times } = this;
    const since = Date.now() - RATE_MS;
    while (times.length && times[0] < since) times.shift();
    const minutes = times.length > 1 ? (Date.now() - times[0]) / 60_000 : 0;
    return minutes > 0.05 ? (times.length / Math.max(minutes, 1 / 3)).toFixed(1) : '–';
  }

  /** The first code in what was typed; the typed text where it holds none. */
  codeIn(text) {
    return this.read(text, (code) => this.cards.has(code))[0] ?? plain(text);
  }

  // ---- the list of what I may count, carried along

  load(user, cards) {
    this.me = user.name;
    for (const card of cards) this.cards.set(card.code, card);
    for (const row of this.all) this.fillIn(row);
    for (const row of this.all) if (row.outcome === 'again' && !row.by) this.before(row);
  }

  fillIn(one) {
    const card = this.cards.get(one.code);
    if (!card) return;
    one.name ||= card.name;
    one.place ||= card.place;
    one.status ||= card.status;
    one.custodian ||= card.custodian;
    one.section ||= card.section;
    one.netValue ??= card.net_value;
    one.photo ??= card.photo;
    one.cardType ||= card.card_type;
    one.category ||= card.category;
  }

  /** Who counted its card, and when. */
  before(one) {
    const card = this.cards.get(one.code);
    if (card?.counted_at) Object.assign(one, { by: card.counted_by, before: card.counted_at });
  }

  // ---- what this browser still holds of this task from before the page was loaded

  remember(queue) {
    const held = [...queue.waiting, ...queue.refused].sort((one, other) => one.order - other.order);
    for (const entry of held) {
      if (entry.what === 'tell' && this.of(entry)) Object.assign(this.of(entry), { telling: !entry.refusal, notTold: entry.refusal });
      if (entry.what !== 'scan' || entry.body.stocktake !== this.task) continue;
      const one = this.byId.get(entry.of ?? entry.id) ?? this.heldBefore(entry);
      this.byId.set(entry.id, one);
      if (!one.sent.includes(entry.id)) one.sent.push(entry.id);
      if (entry.refusal) one.refusal = entry.refusal;
    }
    for (const entry of queue.waiting) {
      const one = this.of(entry);
      if (entry.what !== 'undo' || !one || one.undone) continue;
      one.tallied ??= one.outcome === 'found';
      this.takeBack(one);
    }
  }

  heldBefore({ id, of, body, ...entry }) {
    const at = new Date(body.at);
    return this.add(this.track({
      id: of ?? id, sent: [], code: entry.code ?? this.codeIn(body.code ?? body.raw), at: body.at, clock: clock(at),
      outcome: body.surplus ? 'surplus' : 'waiting', name: entry.name ?? '', condition: body.condition, statusSeen: body.status,
      placeSeen: body.place ?? undefined, here: body.here, offline: true, tallied: false, unknownSoFar: this.odd.unknown.size,
    }));
  }

  // ---- how many are counted

  /** A card is counted once, whoever of us counted it. */
  count(one, by) {
    const card = this.cards.get(one.code);
    if (by > 0 ? !card?.counted_at : card || one.tallied) this.counted += by;
    if (card) Object.assign(card, by > 0 ? { counted_at: one.at, counted_by: this.me } : { counted_at: null, counted_by: '' });
    one.tallied = by > 0;
  }

  /** Somebody else had counted it since the list was loaded: it stays counted, by them. */
  byAnother(one) {
    const card = this.cards.get(one.code);
    if (card && one.by) Object.assign(card, { counted_at: one.before, counted_by: one.by });
    one.tallied = false;
  }

  takeBack(one) {
    one.undone = true;
    delete one.notUndone;
    one.wasTallied = one.tallied ?? one.outcome === 'found';
    if (one.wasTallied) this.count(one, -1);
    for (const kind of Object.values(this.odd)) {
      if (!this.all.some((row) => !row.undone && row.code === one.code)) kind.delete(one.code);
    }
  }

  /** It was undone, and another's count of its card stands anew: it is counted still, by them. */
  stands(one, by, at) {
    const card = this.cards.get(one.code);
    if (card ? !card.counted_at : one.wasTallied && !one.here) this.counted += 1;
    if (card && !card.counted_at) Object.assign(card, { counted_at: at, counted_by: by });
  }

  /** It was not undone after all. */
  giveBack(one) {
    one.undone = false;
    if (one.wasTallied) this.count(one, 1);
    this.odd[one.outcome]?.add(one.code);
  }

  /** Another of the codes that came with it in the same reading: a scan of its own. */
  beside(one, { client_id: id }) {
    const other = this.track({
      ...one, id, sent: [id], tallied: false, outcome: 'waiting', name: '', place: '', photo: null, netValue: null, by: '', before: null,
    });
    this.all.splice(this.all.indexOf(one), 0, other);
    return other;
  }
}
