// What may be done about the thing that was scanned last, and the dialogs that ask for more.

const SOON_MS = 4_000; // so long a form waits for its answer

export class Acts {
  constructor({ sends, answers, rows, spelling, input }) {
    Object.assign(this, { sends, answers, rows, spelling, input });
    this.says = answers.says;
    this.surplusForm = null; // it asks through this, so it is made later
    this.choices = {
      good: (one) => this.change(one, { condition: 'good', statusSeen: '' }),
      repair: (one) => this.change(one, { condition: 'repair', statusSeen: '' }),
      idle: (one) => this.change(one, { condition: '', statusSeen: 'idle' }),
      to_dispose: (one) => this.change(one, { condition: '', statusSeen: 'to_dispose' }),
      moved: (one) => this.askPlace(one),
      change: (one) => { one.changing = true; },
      note: () => {},
      here: (one) => { one.here = true; this.sends.send(one); },
      tell: (one) => this.sends.tell(one),
      keep: () => {},
      surplus: (one) => this.surplusForm.open(one.code),
      photo: (one) => this.surplusForm.open(one.code, { pictured: true }),
    };
  }

  choose(name) {
    const one = this.says.shown;
    if (!one || one.undone) return;
    this.choices[name]?.(one);
    this.answers.draw();
  }

  change(one, said) {
    Object.assign(one, said);
    this.sends.send(one);
    this.answers.showAgain(one);
  }

  /** A dialog's answer; the focus goes back to the gun whatever it was. */
  ask(dialog, done) {
    dialog.returnValue = '';
    dialog.showModal();
    dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'ok') done();
      this.input.focus();
      this.answers.draw();
    }, { once: true });
  }

  askPlace(one) {
    const dialog = document.querySelector('[data-place]');
    const field = dialog.querySelector('input');
    field.value = one.placeSeen ?? '';
    this.ask(dialog, () => {
      const place = field.value.trim();
      if (place) this.change(one, { placeSeen: place });
    });
    field.focus();
  }

  /** Its row, and the server's answer where it comes soon. */
  async keepSurplus(surplus, photo, code) {
    const { heard } = this.answers;
    const row = this.surplusRow(surplus, code);
    const answer = new Promise((tell) => { heard.set(row.id, tell); });
    const well = this.sends.queue.state === 'well';
    this.rows.add(row);
    this.sends.send(row, { surplus, photos: photo ? [photo] : [], note: code });
    const late = new Promise((tell) => { setTimeout(() => tell(null), well ? SOON_MS : 0); });
    const soon = await Promise.race([answer, late]);
    heard.delete(row.id);
    if (!soon?.refusal) this.answers.say(row);
    return { row, answer: soon };
  }

  surplusRow(surplus, code) {
    const now = new Date();
    return this.rows.track({
      id: crypto.randomUUID(), sent: [], code, at: now.toISOString(), outcome: 'surplus', name: surplus.name,
      clock: this.spelling.clock(now), condition: '', statusSeen: '', place: surplus.place ?? '', tallied: false,
    });
  }
}
