// The server's word on what was sent: mostly the one that was given at once, else said anew.

export class Answers {
  constructor({ rows, says, sounds, draw }) {
    Object.assign(this, { rows, says, sounds, draw });
    this.heard = new Map(); // who waits for an answer, by the id that was sent
  }

  /** Say it on the screen and by a sound. */
  say(one) {
    this.says.show(one);
    if (one.outcome !== 'waiting') this.sounds.play(one.refusal ? 'unknown' : one.outcome);
    this.draw();
  }

  /** An answer that turned out otherwise is said again, where it is still before the reader's eyes. */
  resay(one, guessed) {
    if (guessed === 'waiting' || this.says.shown === one) this.sounds.play(one.refusal ? 'unknown' : one.outcome);
    this.showAgain(one);
  }

  showAgain(one) {
    if (this.says.shown === one) this.says.show(one);
  }

  /** `sends`: through what was sent comes back, or goes on. */
  take(sends, entry, answer) {
    const one = this.rows.of(entry);
    if (entry.what === 'undo') this.undone(sends, entry, one, answer);
    else if (entry.what === 'tell') this.told(sends, entry, one, answer.refusal);
    else if (one) this.counted(sends, entry, one, answer);
    this.heard.get(entry.id)?.(answer);
    this.draw();
  }

  counted(sends, entry, one, answer) {
    if (one.undone) this.cameLate(sends, one, answer);
    else if (one.id === entry.id || one.outcome === 'waiting') this.settle(one, answer);
    else this.correct(one, answer);
  }

  /** It was undone before it was answered; so are those that ran together with it. */
  cameLate(sends, one, answer) {
    if (answer.refusal) return;
    Object.assign(one, { code: answer.code, name: answer.name || one.name, late: { ...answer, also: [] } });
    for (const other of (answer.also ?? []).filter((each) => !this.rows.byId.has(each.client_id))) {
      const beside = this.rows.beside(one, other);
      Object.assign(beside, { undone: true, code: other.code, name: other.name, late: other });
      sends.add('undo', beside.id, beside);
    }
  }

  settle(one, answer) {
    const guessed = one.outcome;
    delete one.raw; // the server has read it
    if (answer.refusal) {
      one.refusal = answer.refusal;
      if (guessed === 'found') this.rows.count(one, -1);
      this.resay(one, guessed);
      return;
    }
    this.fill(one, answer);
    if (guessed === 'found' && one.outcome === 'again') this.rows.byAnother(one);
    else if (guessed === 'found' && one.outcome !== 'found') this.rows.count(one, -1);
    if (guessed !== 'found' && one.outcome === 'found') this.rows.count(one, 1);
    if (guessed !== one.outcome) this.resay(one, guessed);
    else this.showAgain(one);
    for (const other of answer.also ?? []) this.ranTogether(one, other);
  }

  fill(one, answer) {
    // A code that somebody has registered as a surplus is settled: nothing is left to do about it.
    const outcome = answer.outcome === 'unknown' && answer.by ? 'surplus' : answer.outcome;
    Object.assign(one, {
      code: answer.code, outcome, name: answer.name || one.name, section: answer.section,
      assignee: answer.assignee, place: answer.place || one.place, custodian: answer.custodian,
      status: answer.status, netValue: answer.net_value ?? one.netValue, photo: answer.photo ?? one.photo,
      cardType: answer.card_type || one.cardType, category: answer.category || one.category,
      conflict: answer.standing === 'conflict', offline: false,
    });
    if (answer.by) Object.assign(one, { by: answer.by, before: answer.at });
    const { odd } = this.rows;
    if (odd[one.outcome]) odd[one.outcome].add(one.code);
    one.unknownSoFar = odd.unknown.size;
  }

  /** A second code in the same reading is a scan of its own. */
  ranTogether(one, answer) {
    if (this.rows.byId.has(answer.client_id)) return;
    const other = this.rows.beside(one, answer);
    this.rows.scanned();
    this.says.shown = other;
    this.settle(other, { ...answer, also: [] });
  }

  /** What was said of it afterwards has arrived: «here» may have made it counted. */
  correct(one, answer) {
    one.refusal = answer.refusal;
    if (answer.refusal) this.sounds.play('unknown');
    else if (one.here && answer.outcome === 'found') {
      this.rows.odd.elsewhere.delete(one.code);
      one.outcome = 'found';
      this.rows.count(one, 1);
      if (this.says.shown === one) this.say(one);
    } else if (answer.standing === 'conflict') one.conflict = true;
    this.showAgain(one);
  }

  /** Whether whose it is was told: a refusal is said, and kept to be sent again or dropped. */
  told(sends, entry, one, refusal) {
    if (refusal && !one?.undone) sends.keep(entry, refusal);
    if (!one) return;
    Object.assign(one, { telling: false, told: !refusal, notTold: refusal });
    if (one.undone) return;
    if (refusal) this.sounds.play('unknown');
    this.showAgain(one);
  }

  /** What the server says to an undoing: where it refuses, the count stands and is shown so. */
  undone(sends, entry, one, { refusal, by, at }) {
    if (!one) {
      if (refusal) sends.keep(entry, refusal);
      return;
    }
    if (!refusal) {
      if (!one.undone) this.rows.takeBack(one);
      if (by && !sends.undoes(one.code)) this.rows.stands(one, by, at);
      return;
    }
    if (!one.undone) return;
    one.notUndone = refusal;
    this.rows.giveBack(one);
    if (one.late) this.settle(one, one.late);
    delete one.late;
    this.sounds.play('unknown');
    if (this.says.shown?.id === one.id) this.says.show({ ...one, outcome: 'not_undone' });
  }
}
