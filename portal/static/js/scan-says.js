// The answer that fills the screen, the running list, and what may be done about a scan.

const MOST_ROWS = 40;

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name] ?? '');

export class Says {
  /** `alike(code)`: the card whose code is nearest. `shown`: the row that the answer is about;
      `away`: the server can't be reached now. */
  constructor(page, words, alike) {
    Object.assign(this, { page, words, alike, shown: null, away: false });
    this.answer = page.querySelector('[data-answer]');
    this.plates = new Map();
    this.me = '';
  }

  word(name, facts = {}) {
    return fill(this.words[name] ?? '', facts);
  }

  mark(kind, name) {
    const known = { surplus: 'found', refused: 'unknown', not_undone: 'unknown', not_told: 'unknown' }[name] ?? name;
    return this.page.querySelector(`template[data-${kind}-mark="${known}"]`).content.cloneNode(true);
  }

  ago(at) {
    const minutes = Math.floor((Date.now() - new Date(at)) / 60_000);
    if (minutes < 1) return this.word('ago_s');
    if (minutes < 60) return this.word('ago_m', { n: minutes });
    if (minutes < 1440) return this.word('ago_h', { n: Math.floor(minutes / 60) });
    return this.word('ago_d', { n: Math.floor(minutes / 1440) });
  }

  who(one) {
    return [one.section, one.assignee || one.custodian].filter(Boolean).join(' · ');
  }

  /** What of the thing is worth reading from three metres away. */
  facts(one) {
    const word = (name, facts) => this.word(name, facts);
    if (one.refusal || one.notTold || one.outcome === 'not_undone') return [];
    if (one.outcome === 'unknown') {
      const near = this.alike(one.code);
      return [
        [word('alike'), near ? `${near.code} ${near.name}` : word('none_alike')],
        [word('from_where'), word('old_label')],
        [word('unknown_all'), word('n_items', { n: one.unknownSoFar })],
        [word('please'), word('add_surplus')],
      ];
    }
    if (one.outcome === 'elsewhere') {
      return [
        [word('belongs'), this.who(one) || (one.name ? '–' : word('another_unit'))],
        [word('booked_place'), one.place || '–'],
        [word('noted'), this.toldWhom(one)],
        [word('please'), word('put_back')],
      ];
    }
    if (one.outcome === 'surplus' && one.by) {
      return [[word('registered_by'), this.byWhom(one)], [word('go_on'), word('next_one')]];
    }
    if (one.outcome === 'again') {
      return [
        [word('last_time'), one.before ? word('by_whom', { at: this.ago(one.before), who: this.byWhom(one) }) : '–'],
        [word('place'), one.placeSeen ?? (one.place || '–')],
        [word('noted'), one.conflict ? word('contradicts', { who: this.byWhom(one) }) : this.state(one)],
        [word('go_on'), word('next_one')],
      ];
    }
    if (!one.name) return [];
    return [
      [word('place'), one.placeSeen ?? (one.place || '–')],
      [word('custodian'), one.custodian || '–'],
      [word('status'), word(`status_${one.status}`) || '–'],
      [word('net_value'), one.netValue ? `¥ ${Number(one.netValue).toLocaleString('zh-CN', { minimumFractionDigits: 2 })}` : '–'],
    ];
  }

  /** What became of a thing that is somebody else's to count. */
  toldWhom(one) {
    if (!one.assignee) return this.word('is_stray');
    if (one.telling) return this.word(this.away ? 'told_later' : 'telling', { who: one.assignee });
    return this.word(one.told ? 'told' : 'they_see', { who: one.assignee });
  }

  byWhom(one) {
    return one.by === this.me ? this.word('myself') : one.by;
  }

  state(one) {
    return this.word(`status_${one.statusSeen}`) || this.word(`condition_${one.condition || 'good'}`);
  }

  /** The big word. What is in the task and another counter's is told apart from what isn't in it. */
  headline(one, say) {
    return this.word(say === 'elsewhere' && one.assignee ? 'not_mine' : say);
  }

  /** The name that stands below the big word. */
  title(one) {
    if (one.outcome === 'not_undone') return one.notUndone.detail;
    if (one.refusal) return one.refusal.detail;
    if (one.notTold) return this.word('not_told_kept', { why: one.notTold.detail });
    if (one.outcome === 'unknown') return this.word('kept_safe');
    if (one.outcome === 'waiting') return this.word(one.offline ? 'checked_later' : 'checking');
    return one.name || (one.outcome === 'elsewhere' ? this.word('another_unit') : '');
  }

  show(one) {
    const { answer } = this;
    this.shown = one;
    answer.dataset.say = one.refusal ? 'refused' : (one.notTold ? 'not_told' : one.outcome);
    answer.querySelector('[data-mark]').replaceChildren(this.mark('big', answer.dataset.say));
    answer.querySelector('[data-big]').textContent = this.headline(one, answer.dataset.say);
    answer.querySelector('[data-name]').textContent = this.title(one);
    answer.querySelector('[data-code]').textContent = one.code;
    const facts = this.facts(one);
    const list = answer.querySelector('[data-facts]');
    list.replaceChildren(...facts.map(([name, value]) => {
      const pair = document.createElement('div');
      const [term, said] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      said.textContent = value;
      said.dataset.fact = '';
      pair.append(term, said);
      return pair;
    }));
    answer.querySelector('[data-more]').hidden = !facts.length;
    this.picture(one);
  }

  /** Its photo, or the drawing of its kind; what comes late must not stand beside another. */
  async picture(one) {
    const place = this.answer.querySelector('[data-plate-at]');
    place.replaceChildren();
    this.pictured = one.id;
    if (one.photo) {
      const image = document.createElement('img');
      image.alt = '';
      image.src = `${this.page.dataset.photo.replace('DIGEST', one.photo)}?small`;
      place.append(image);
      return;
    }
    if (!one.cardType) return;
    const kind = new URLSearchParams({ type: one.cardType, category: one.category });
    const path = `${this.page.dataset.plate}?${kind}`;
    try {
      if (!this.plates.has(path)) this.plates.set(path, await (await fetch(path)).text());
    } catch { return; }
    if (this.pictured !== one.id) return;
    const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    drawing.setAttribute('viewBox', '0 0 320 240');
    drawing.setAttribute('aria-hidden', 'true');
    drawing.innerHTML = this.plates.get(path);
    place.replaceChildren(drawing);
  }

  detail(one) {
    if (one.undone) return '';
    if (one.notUndone) return this.word('not_undone_for', { why: one.notUndone.detail });
    if (one.refusal) return one.refusal.detail;
    if (one.notTold) return this.word('not_told_for', { why: one.notTold.detail });
    if (one.outcome === 'unknown') return this.word('kept_safe');
    if (one.outcome === 'surplus' && one.by) return `${this.word('surplus')} · ${this.byWhom(one)}`;
    if (one.outcome === 'elsewhere') {
      if (one.assignee && (one.telling || one.told)) return this.toldWhom(one);
      if (!one.name) return this.word('another_unit'); // whose it is may be told of our own cards alone
      return this.who(one) ? this.word('belongs_to', { who: this.who(one) }) : this.word('is_stray');
    }
    if (one.outcome === 'again' && one.conflict) return this.word('contradicts', { who: this.byWhom(one) });
    if (one.outcome === 'again' && one.before) {
      return this.word('counted_before', { at: this.ago(one.before), who: this.byWhom(one) });
    }
    if (one.outcome === 'waiting') return this.word(one.offline ? 'checked_later' : 'checking');
    return [one.placeSeen ?? one.place, this.state(one)].filter(Boolean).join(' · ');
  }

  list(rows) {
    const run = document.querySelector('[data-run]');
    run.replaceChildren(...rows.slice(0, MOST_ROWS).map((one) => {
      const item = document.createElement('li');
      const kind = one.undone ? 'undone' : (one.refusal ? 'refused' : one.outcome);
      item.className = kind === 'surplus' ? 'found' : kind;
      const [name, clock, small, code] = ['span', 'span', 'span', 'span'].map((tag) => document.createElement(tag));
      name.className = 'ph-clip';
      name.textContent = one.name || this.word(kind);
      clock.className = 'ph-3';
      clock.textContent = one.clock;
      code.className = 'ph-codeword';
      code.textContent = one.code;
      small.className = 'ph-small';
      const said = this.detail(one);
      small.append(...[one.code ? code : '', said].filter(Boolean).flatMap((part, at) => (at ? [' · ', part] : [part])));
      item.append(this.mark('small', kind), name, clock, small);
      return item;
    }));
  }

  /** The buttons below the answer: [name, text, pressed]. */
  choices(one) {
    const word = (name, facts) => this.word(name, facts);
    if (!one || one.undone || one.refusal) return ['', [], ''];
    if (one.outcome === 'found' || one.changing) {
      const now = one.statusSeen || one.condition;
      const told = ['good', 'repair', 'idle', 'to_dispose'].map((name) => [name, word(name), name === now]);
      return [word('of_this'), [...told, ['moved', word('moved'), one.placeSeen !== undefined]], word('none_is_good')];
    }
    if (one.outcome === 'again') return [word('of_this'), [['change', word('change_it'), false]], word('or_go_on')];
    if (one.outcome === 'elsewhere') {
      const more = one.name ? [['here', word('is_here'), false]] : [];
      const said = Boolean(one.told || one.telling);
      const tell = one.assignee ? [['tell', said ? this.toldWhom(one) : word(one.notTold ? 'tell_again' : 'tell', { who: one.assignee }), said]] : [];
      return [word('what_to_do'), [['note', word('note_only'), !said], ...more, ...tell], word('none_is_note')];
    }
    if (one.outcome === 'unknown') {
      return [word('what_to_do'), [['keep', word('keep'), true], ['surplus', word('surplus_it'), false], ['photo', word('photograph'), false]], ''];
    }
    return ['', [], ''];
  }

  /** `armed`: the number of the one that Enter would take. */
  offer(one, armed = 0) {
    const quick = this.page.querySelector('[data-quick]');
    const [head, offered, note] = this.choices(one);
    quick.hidden = !offered.length;
    const heading = document.createElement('span');
    heading.textContent = head;
    const buttons = offered.map(([name, text, pressed], at) => {
      const button = document.createElement('button');
      const key = document.createElement('kbd');
      button.type = 'button';
      button.className = 'btn';
      button.dataset.choice = name;
      button.setAttribute('aria-pressed', String(pressed));
      button.classList.toggle('is-armed', at + 1 === armed);
      key.textContent = String(at + 1);
      button.append(`${text} `, key);
      return button;
    });
    const remark = document.createElement('span');
    remark.className = 'p-right ph-3';
    remark.textContent = offered[armed - 1] ? this.word('press_enter') : note;
    quick.replaceChildren(heading, ...buttons, remark);
  }
}
