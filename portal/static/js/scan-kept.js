// What the server refused and this browser still keeps: how many, each with its reason, sent again or dropped.

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_all, name) => facts[name] ?? '');
const codeOf = ({ body, code }) => code || body?.code || body?.raw || '';

export class Kept {
  /** `retried(entries)`, `dropped(entry)`: what the page does besides; `mend(entry)`: where a form can. */
  constructor(queue, { retried = () => {}, dropped = () => {}, mend = null, closed = () => {} } = {}) {
    Object.assign(this, { queue, retried, dropped, mend });
    this.bar = document.querySelector('[data-refused-bar]');
    this.dialog = document.querySelector('[data-refused]');
    this.list = this.dialog.querySelector('[data-list]');
    this.words = JSON.parse(this.dialog.dataset.sentences);
    this.drawn = '';
    this.bar.addEventListener('click', () => this.open());
    this.dialog.querySelector('[data-all]').addEventListener('click', () => this.retry(this.queue.refused));
    this.dialog.addEventListener('close', closed);
    this.draw();
  }

  open() {
    this.draw();
    this.dialog.showModal();
    this.dialog.querySelector('[data-close]').focus(); // what a gun ends its codes with drops nothing
  }

  draw() {
    const { refused } = this.queue;
    const drawn = refused.map((one) => one.key + one.refusal.detail).join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.bar.hidden = !refused.length;
    this.bar.querySelector('[data-said]').textContent = fill(this.words.refused, { n: refused.length });
    this.dialog.querySelector('[data-all]').hidden = refused.length < 2;
    this.list.replaceChildren(...refused.map((one) => this.row(one)));
    if (!refused.length && this.dialog.open) this.dialog.close();
    else if (this.dialog.open) this.dialog.querySelector('[data-close]').focus();
  }

  row(one) {
    const item = document.createElement('li');
    item.dataset.key = one.key;
    const [code, name, where, why] = ['span', 'span', 'p', 'p'].map((tag) => document.createElement(tag));
    code.className = 'ph-codeword';
    code.textContent = codeOf(one);
    name.className = 'ph-clip';
    name.textContent = one.name ?? '';
    where.className = 'ph-small ph-3';
    where.textContent = [this.what(one), this.taskOf(one), this.when(one)].filter(Boolean).join(' · ');
    why.className = 'ph-small ph-warn-text';
    why.textContent = one.refusal.detail;
    for (const each of [code, name, where, why]) each.dataset.fact = '';
    item.append(code, name, where, why, this.acts(one));
    return item;
  }

  what(one) {
    return this.words[one.what] ?? '';
  }

  taskOf(one) {
    return one.task || fill(this.words.task, { n: one.body?.stocktake ?? '' });
  }

  when({ body, order }) {
    const at = new Date(body?.at ?? order / 1000);
    return at.toLocaleString('zh-CN', { hour12: false, timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
  }

  acts(one) {
    const acts = document.createElement('div');
    acts.className = 'p-acts';
    const mends = one.body?.surplus && this.mend;
    const offered = [
      this.button('retry', () => this.retry([one])),
      mends ? this.button('mend', () => { this.dialog.close(); this.mend(one); }) : null,
      this.button('drop', () => this.confirm(one, acts)),
    ];
    acts.append(...offered.filter(Boolean));
    return acts;
  }

  /** It is gone for good: asked once more, and what Enter takes is that it stays. */
  confirm(one, acts) {
    const asked = document.createElement('p');
    asked.className = 'ph-small';
    asked.textContent = this.words.sure;
    const stay = this.button('stay', () => acts.replaceWith(this.acts(one)));
    const gone = this.button('gone', () => {
      this.queue.drop(one.key);
      this.dropped(one);
      this.draw();
    });
    gone.classList.add('btn-alarm');
    acts.replaceChildren(asked, stay, gone);
    stay.focus();
  }

  button(name, act) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm';
    button.dataset.act = name;
    button.textContent = this.words[name];
    button.addEventListener('click', act);
    return button;
  }

  retry(entries) {
    const again = this.queue.retry(entries.map((one) => one.key));
    this.retried(again);
    this.draw();
  }
}
