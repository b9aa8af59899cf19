// The field of a gun that types: what ends a code, what is a choice, and the focus that comes home.

const GUN_MS = 60; // between a gun's letters
const GUN_LETTERS = 4; // no hand types so many as fast

const dialogOpen = () => document.querySelector('dialog[open]');
const types = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? '');
const number = (text) => (/^[1-9]$/.test(text.normalize('NFKC')) ? Number(text.normalize('NFKC')) : 0);

export class Gun {
  /** `scan(text)`, `choose(name)`, `undo()`: what is typed for; `armed(number)`: it is another now. */
  constructor(page, words, { scan, choose, undo, armed }) {
    Object.assign(this, { page, words, scan, choose, undo, tellArmed: armed });
    this.input = page.querySelector('[data-input]');
    this.armed = 0; // the number that stands in the field: of the choice that Enter would take
    this.lastAt = 0;
    this.burst = 0; // letters that came as fast as a gun types
    this.entered = false;
    this.letterAt = 0;
    this.gunAfterFirst = false; // what follows the first letter waited, and came as fast as a gun types
    this.leaving = false;
    this.listen();
    this.keepFocus();
  }

  choice(at) {
    return this.page.querySelectorAll('[data-quick] [data-choice]')[at - 1]?.dataset.choice;
  }

  /** A number is a choice once Enter or the gun's next code follows it. By time it never is: however
      slowly a code is typed, its first figure is no choice. */
  enter() {
    const text = this.input.value;
    const first = this.gunAfterFirst && text.length > GUN_LETTERS ? text[0] : text;
    const name = this.choice(number(first));
    this.clear();
    if (name) this.choose(name);
    for (const part of (name ? text.slice(1) : text).split(/[\r\n\t]+/)) this.scan(part);
  }

  clear() {
    this.input.value = '';
    this.gunAfterFirst = false;
    this.arm();
  }

  arm() {
    if (number(this.input.value) === this.armed) return;
    this.armed = number(this.input.value);
    this.tellArmed(this.armed);
  }

  /** How fast it is typed: noted wherever the focus was, for the first key may bring it here. */
  pace(event) {
    this.burst = event.timeStamp - this.lastAt < GUN_MS ? this.burst + 1 : 0;
    this.lastAt = event.timeStamp;
    if (event.key.length !== 1) return;
    const quick = event.timeStamp - this.letterAt < GUN_MS;
    this.letterAt = event.timeStamp;
    const { value } = this.input;
    if (value.length < 2) this.gunAfterFirst = value.length === 1 && !quick;
    else this.gunAfterFirst &&= quick;
  }

  listen() {
    const { input } = this;
    input.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('compositionend', () => {
      if (this.entered) setTimeout(() => this.enter());
      this.entered = false;
    });
    input.addEventListener('input', () => this.arm());
    this.page.querySelector('[data-form]').addEventListener('submit', (event) => event.preventDefault());
  }

  key(event) {
    const ends = ['Enter', 'NumpadEnter'].includes(event.code) || event.key === 'Enter';
    if (ends && event.isComposing) {
      this.entered = true; // an input method takes the Enter to end its word; it was the gun's
      return;
    }
    if (ends || (event.key === 'Tab' && this.input.value && this.burst > 3)) {
      event.preventDefault();
      this.enter();
    }
  }

  /** The focus stays: a click elsewhere gives it back, Tab may leave, and whatever is typed comes home. */
  keepFocus() {
    const { input } = this;
    document.addEventListener('keydown', (event) => this.anywhere(event), true);
    document.addEventListener('mousedown', (event) => {
      this.leaving = false;
      if (event.target.closest('main button')) event.preventDefault();
    });
    input.addEventListener('blur', (event) => {
      setTimeout(() => {
        if (!this.leaving && !dialogOpen() && !types(event.relatedTarget) && document.hasFocus()) input.focus();
        this.tellReady();
      });
    });
    input.addEventListener('focus', () => this.tellReady());
    window.addEventListener('focus', () => { if (!dialogOpen() && !types(document.activeElement)) input.focus(); });
    window.addEventListener('blur', () => this.tellReady());
  }

  anywhere(event) {
    this.leaving = event.key === 'Tab';
    if (dialogOpen()) return;
    this.pace(event);
    if (event.key === 'Escape') {
      event.preventDefault();
      if (this.input.value) this.clear();
      else this.undo();
    } else if (!types(document.activeElement) && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key !== ' ' || document.activeElement === document.body) this.input.focus();
    }
  }

  tellReady() {
    const ready = document.activeElement === this.input && document.hasFocus();
    const said = this.page.querySelector('[data-ready]');
    said.textContent = this.words[ready ? 'ready' : 'not_ready'];
    said.classList.toggle('is-ok', ready);
    said.classList.toggle('is-warning', !ready);
  }
}
