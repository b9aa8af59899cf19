// The gun page's dialog for a thing without a card: checked here, then by the server, and shown at its field.

const NAMES = ['name', 'category', 'quantity', 'measure', 'place'];
const AT = { surplus: 'name', photos: 'photo' }; // where what the server calls so is filled in

export class Surplus {
  /** `keep(surplus, photo, code)` counts it: its row, and the answer, null where none came soon;
      `withdraw(row)` forgets one that was refused and is mended here; `kept(entry)` an older one. */
  constructor(page, words, { ask, keep, withdraw, kept }) {
    Object.assign(this, { page, words, ask, keep, withdraw, kept });
    this.dialog = document.querySelector('[data-surplus]');
    this.form = this.dialog.querySelector('form');
    this.said = this.dialog.querySelector('[data-photo-said]');
    this.form.addEventListener('submit', (event) => {
      if (event.submitter?.value !== 'ok') return;
      event.preventDefault();
      this.save();
    });
    this.field('photo').addEventListener('change', () => this.picture());
  }

  field(name) {
    return this.dialog.querySelector(`#d-s-${name}`);
  }

  value(name) {
    return this.field(name).value.trim();
  }

  /** For a code that nobody knows; or once more for a refused one, `entry`, as it was filled in. */
  open(code, { pictured = false, entry = null } = {}) {
    const before = entry?.body.surplus ?? {};
    Object.assign(this, { code, entry, photo: entry?.body.photos?.[0] ?? null });
    this.said.textContent = '';
    this.field('photo').value = '';
    this.field('name').value = before.name ?? '';
    if (entry) for (const name of NAMES) this.field(name).value = before[name] ?? this.field(name).value;
    this.clear();
    this.ask(this.dialog, () => {});
    if (entry) this.refuse(entry.refusal);
    else this.field(pictured ? 'photo' : 'name').focus();
  }

  clear() {
    for (const said of this.dialog.querySelectorAll('[data-err]')) said.textContent = '';
    for (const field of this.dialog.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
  }

  /** Whether there is a field to show it at. */
  refuse({ field = '', detail }) {
    const given = field.replace(/^surplus\./, '');
    const name = AT[given] ?? given;
    const said = this.dialog.querySelector(`[data-err="${CSS.escape(name)}"]`);
    if (!said) {
      this.dialog.querySelector('[data-err="all"]').textContent = detail;
      return false;
    }
    said.textContent = detail;
    this.field(name).setAttribute('aria-invalid', 'true');
    this.field(name).focus();
    return true;
  }

  /** What can be known without asking: the first that is wrong. */
  wrong() {
    const quantity = this.field('quantity');
    if (!this.value('name')) return { field: 'name', detail: this.words.name_missing };
    if (!this.value('quantity') || !quantity.validity.valid) {
      const [least, most] = [quantity.min, Number(quantity.max).toLocaleString('en')];
      return { field: 'quantity', detail: this.words.quantity_wrong.replace('{least}', least).replace('{most}', most) };
    }
    return null;
  }

  async save() {
    if (this.busy) return;
    this.clear();
    const wrong = this.wrong();
    if (wrong) {
      this.refuse(wrong);
      return;
    }
    const surplus = Object.fromEntries(NAMES.map((name) => [name, this.value(name)]).filter(([, value]) => value));
    if (surplus.category) [surplus.category] = surplus.category.split(' ');
    surplus.measure ??= '台';
    this.busy = true;
    const mended = this.entry;
    const { row, answer } = await this.keep(surplus, this.photo, this.code);
    this.busy = false;
    if (this.dialog.open && answer?.refusal && this.refuse(answer.refusal)) {
      this.withdraw(row);
      return;
    }
    if (mended) this.kept(mended);
    if (this.dialog.open) this.dialog.close('ok');
  }

  async picture() {
    const [file] = this.field('photo').files;
    try {
      this.photo = file ? await this.upload(file) : null;
    } catch {
      this.said.textContent = this.words.failed;
    }
  }

  async upload(file) {
    const body = new FormData();
    body.append('file', file);
    const answer = await fetch(this.page.dataset.photos, { method: 'POST', body, headers: { 'X-CSRFToken': this.page.dataset.token } });
    const kept = await answer.json();
    this.said.textContent = answer.ok ? this.words.photo_kept : kept.detail;
    return answer.ok ? kept.digest : null;
  }
}
