// Finds a category by a word, in the tree, or by both at once: what a word finds opens like any
// branch, and to the left of it lies its place in the tree. A combobox whose popup is a tree, as
// WAI-ARIA describes it. The field stays a field: what is typed in it counts without this script, too.

const WAIT_MS = 150;
const PAGE = 8; // rows that PageDown goes
const CHOSEN = /^(A\d{8}) /; // as it is written when it is taken: code and name

async function ask(address, facts) {
  const asked = new URL(address, location.href);
  for (const [name, value] of Object.entries(facts)) asked.searchParams.set(name, value);
  const answer = await fetch(asked);
  if (!answer.ok) throw new Error(`${answer.status} from ${address}`);
  return (await answer.json()).items;
}

class Finder {
  constructor(box) {
    this.box = box;
    this.field = box.querySelector('input');
    this.button = box.querySelector('button');
    this.pop = box.querySelector('.p-finder-pop');
    this.tree = box.querySelector('[role=tree]');
    this.said = box.querySelector('[role=status]');
    this.template = box.querySelector('template');
    this.levels = new Map(); // what stands below a code, as far as it was asked for; '' the classes
    this.asked = 0;
    this.show([], '');
    this.listen();
  }

  listen() {
    const facts = { role: 'combobox', 'aria-haspopup': 'tree', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': this.tree.id };
    for (const [name, value] of Object.entries(facts)) this.field.setAttribute(name, value);
    this.button.hidden = false;
    this.field.addEventListener('input', (event) => { if (!event.isComposing) this.typed(); });
    this.field.addEventListener('compositionend', () => this.typed());
    this.field.addEventListener('keydown', (event) => this.key(event));
    for (const name of ['focus', 'click']) {
      this.field.addEventListener(name, () => { if (this.pop.hidden && this.code) this.field.select(); }); // typing begins anew
    }
    this.field.addEventListener('click', () => this.open());
    for (const name of ['pointerdown', 'focusin']) {
      document.addEventListener(name, ({ target }) => { if (!this.pop.hidden && !this.box.contains(target)) this.close(); });
    }
    this.button.addEventListener('click', () => {
      if (this.pop.hidden) this.open();
      else this.close();
      if (matchMedia('(pointer: fine)').matches) this.field.focus(); // a finger gets no keyboard in the way
    });
    this.pop.addEventListener('mousedown', (event) => event.preventDefault()); // the field keeps the focus
    this.tree.addEventListener('click', (event) => this.clicked(event));
    // An address bears the code alone.
    if (this.filters) this.field.form.addEventListener('submit', () => { this.field.value = CHOSEN.exec(this.field.value)?.[1] ?? this.field.value; });
  }

  get filters() {
    return this.field.form?.method === 'get';
  }

  /** Of the category that is chosen; '' where none is. */
  get code() {
    return CHOSEN.exec(this.field.value)?.[1] ?? '';
  }

  /** The words that a category is still to be found for. */
  get sought() {
    return this.code ? '' : this.field.value.trim();
  }

  /** Show these from the top; `active` is the path of the row that is pointed at, '' for none. */
  show(roots, active, opened = new Set()) {
    Object.assign(this, { roots, opened, active, pointed: false });
    this.draw();
  }

  /** The rows in sight. A row's path tells it from the same category found elsewhere. */
  rows(nodes = this.roots, above = null) {
    return nodes.flatMap((node, at) => {
      const row = { node, above, at, of: nodes.length, level: (above?.level ?? 0) + 1, path: `${above?.path ?? ''}/${node.code}` };
      return [row, ...(this.opened.has(row.path) ? this.rows(this.levels.get(node.code), row) : [])];
    });
  }

  draw() {
    this.drawn = this.rows();
    this.tree.replaceChildren(...this.drawn.map((row, n) => this.row(row, n)));
    this.tree.hidden = !this.drawn.length;
    const at = this.tree.querySelector('[aria-selected=true]');
    if (at) this.field.setAttribute('aria-activedescendant', at.id);
    else this.field.removeAttribute('aria-activedescendant');
    if (!this.pop.hidden) at?.scrollIntoView({ block: 'nearest' });
  }

  row({ node, level, at, of, path }, n) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const say = (part, text) => { item.querySelector(`[data-${part}]`).textContent = text; };
    say('name', node.name);
    say('code', node.code);
    say('synonym', node.synonym ?? '');
    say('above', node.above?.join(' › ') ?? '');
    item.id = `${this.tree.id}-${n}`;
    const facts = { level, posinset: at + 1, setsize: of, selected: path === this.active };
    for (const [name, value] of Object.entries(facts)) item.setAttribute(`aria-${name}`, value);
    if (node.opens) item.setAttribute('aria-expanded', this.opened.has(path));
    return item;
  }

  async open() {
    if (!this.pop.hidden) return;
    this.pop.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    this.box.classList.remove('is-end');
    this.box.classList.toggle('is-end', this.pop.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
    await this.look();
    this.pop.scrollIntoView({ block: 'nearest' });
  }

  close() {
    clearTimeout(this.waiting);
    this.asked += 1; // what is still on its way is not waited for
    this.tree.removeAttribute('aria-busy');
    this.pop.hidden = true;
    this.pointed = false;
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
  }

  typed() {
    if (this.taking) return;
    if (this.pop.hidden) this.open();
    else {
      clearTimeout(this.waiting);
      this.asked += 1; // what is on its way is for other words, as is what it found
      this.show(this.roots, '', this.opened);
      this.tree.setAttribute('aria-busy', 'true');
      this.waiting = setTimeout(() => this.look(), WAIT_MS);
    }
  }

  /** What the words find; without words, or where a category is chosen, the tree. */
  look() {
    clearTimeout(this.waiting);
    this.waiting = null;
    this.looking = this.sought ? this.search() : this.browse(this.code);
    return this.looking;
  }

  /** Do what is asked of the server, unless something else was asked meanwhile. */
  async answered(asking, act) {
    const mine = ++this.asked;
    this.tree.setAttribute('aria-busy', 'true');
    let found;
    try {
      found = await asking;
    } catch {
      found = null;
    }
    if (mine !== this.asked) return;
    this.tree.removeAttribute('aria-busy');
    this.failed = !found;
    if (found) act(found);
    else this.said.textContent = this.said.dataset.failed;
  }

  search() {
    return this.answered(ask(this.box.dataset.finder, { q: this.sought }), (found) => {
      this.show(found, found.length ? `/${found[0].code}` : '');
      this.said.textContent = found.length ? this.said.dataset.found.replace('N', found.length) : this.said.dataset.none;
    });
  }

  /** The tree, opened down to this category. */
  browse(code) {
    return this.answered(ask(this.box.dataset.tree, { around: code }), (found) => {
      const nodes = new Map(found.map((node) => [node.code, node]));
      for (const { parent } of found) this.levels.set(parent, found.filter((node) => node.parent === parent));
      const down = []; // from the class to the category
      for (let node = nodes.get(code); node; node = nodes.get(node.parent)) down.unshift(node.code);
      const paths = down.map((_, n) => `/${down.slice(0, n + 1).join('/')}`);
      this.show(this.levels.get('') ?? [], paths.at(-1) ?? '', new Set(paths.slice(0, -1)));
      this.said.textContent = '';
    });
  }

  get at() {
    return this.drawn.findIndex((row) => row.path === this.active);
  }

  point(row) {
    Object.assign(this, { active: row.path, pointed: true });
    this.draw();
  }

  move(by) {
    const last = this.drawn.length - 1;
    const none = by > 0 ? -1 : last + 1;
    const to = (this.at < 0 ? none : this.at) + by;
    if (last >= 0) this.point(this.drawn[Math.min(last, Math.max(0, to))]);
  }

  async unfold(row) {
    if (!row.node.opens || this.opened.has(row.path)) return;
    const { active } = this;
    const found = this.levels.get(row.node.code) ?? ask(this.box.dataset.tree, { below: row.node.code });
    await this.answered(found, (below) => {
      this.levels.set(row.node.code, below);
      this.opened.add(row.path);
      if (this.active === active) this.point(row);
      else this.draw(); // who has gone on meanwhile is not called back
    });
  }

  fold(row) {
    this.opened.delete(row.path);
    this.point(row);
  }

  right(row) {
    if (this.opened.has(row.path)) this.point(this.drawn[this.at + 1]);
    else this.unfold(row);
  }

  left(row) {
    if (this.opened.has(row.path)) this.fold(row);
    else if (row.above) this.point(row.above);
    else if (row.node.above) this.place(row);
  }

  /** Of what a word found: its place in the tree, among its neighbours. */
  async place(row) {
    await this.browse(row.node.code);
    this.pointed = true;
  }

  take(row) {
    this.field.value = `${row.node.code} ${row.node.name}`;
    this.close();
    if (document.activeElement === this.field) this.field.select();
    this.taking = true;
    for (const name of ['input', 'change']) this.field.dispatchEvent(new Event(name, { bubbles: true }));
    this.taking = false;
    if (this.filters) this.field.form.requestSubmit();
  }

  key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const act = this.act(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key !== 'Enter' || !event.repeat) act(); // a key that is held down has said it once
  }

  /** What a key does here; nothing where it is the field's own, or the form's. */
  act(key) {
    const row = this.drawn[this.at];
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
    if (key in steps) return () => (this.pop.hidden ? this.open() : this.move(steps[key]));
    if (this.pop.hidden) return null;
    const atEnd = this.field.selectionEnd === this.field.value.length; // there the cursor goes no further
    switch (key) {
      case 'Escape': return () => this.close();
      case 'ArrowRight': return row && (this.pointed || atEnd) ? () => this.right(row) : null;
      case 'ArrowLeft': return row && this.pointed ? () => this.left(row) : null;
      case 'Enter': return this.sought || this.pointed ? () => this.enter() : null;
      default: return null;
    }
  }

  /** What is pointed at; or, typed faster than answered, the best that will be found. Who says it
   * again waits no more for that.
   */
  async enter() {
    if (this.waiting) this.look();
    const { looking } = this;
    const again = this.entered === looking;
    this.entered = looking;
    if (!again) await looking;
    if (looking !== this.looking || this.pop.hidden) return;
    const row = this.drawn[this.at];
    if (row) this.take(row);
    else if (again || this.failed) this.leave();
  }

  /** What was typed stands: the server reads it. */
  leave() {
    this.close();
    if (this.filters) this.field.form.requestSubmit();
  }

  clicked(event) {
    const item = event.target.closest('[role=treeitem]');
    const row = item && this.drawn[[...this.tree.children].indexOf(item)];
    if (!row) return;
    if (event.target.closest('[data-above]')) this.place(row);
    else if (!event.target.closest('[data-twist]') || !row.node.opens) this.take(row);
    else if (this.opened.has(row.path)) this.fold(row);
    else this.unfold(row);
  }
}

for (const box of document.querySelectorAll('[data-finder]')) new Finder(box);
