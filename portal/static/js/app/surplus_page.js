// A thing that stands there and is on no card (H4): it becomes a drafted card, with its photo.
import { record } from './count.js';
import { h, icon } from './dom.js';
import { choice, Draft, known, text } from './fields.js';
import { empty, trouble } from './parts.js';
import { photosField } from './photos_field.js';
import { goOn } from './router.js';
import * as store from './store.js';
import { whole } from './tasks.js';
import { language, members, t } from './words.js';

const MOST_OFFERED = 40;
const LEAST = 1;
const MOST = 9_999_999;

export async function surplusPage({ id, query }) {
  const found = await whole(id);
  if (!found) return { title: t('my_tasks'), back: '/', body: [empty(t('task_over'), t('task_over_told'))] };
  const kept = await store.meta('categories');
  const again = query.get('again') && await store.count(query.get('again'));
  const photos = again ? (await store.photosOf(again.client_id)).map((one) => one.id) : [];
  return new Surplus(found, kept?.list ?? null, again || null, photos).page();
}

const offered = ([code, name]) => `${code} ${name}`;

class Surplus {
  // `again`: one that was refused, with its photos: mended it takes that one's place.
  constructor(found, categories, again, had) {
    Object.assign(this, { again, had });
    this.found = found;
    this.categories = categories;
    this.task = found.task;
    this.draft = new Draft(`draft:${this.task.id}:surplus${again ? `-${again.client_id}` : ''}`);
  }

  async page() {
    const before = { name: '', category: '', quantity: '1', measure: language === 'zh' ? '台' : '', condition: 'good', place: '', custodian: '', note: '', photos: [], ...this.earlier(), ...(await this.draft.before()) };
    const changed = () => this.draft.note(() => this.values());
    const rows = this.found.rows;
    const line = (name, facts) => { this[name] = text(name, before[name], { legend: t(name), changed, ...facts }); };
    line('name', { required: true });
    line('category', { maxlength: '120' });
    line('quantity', { type: 'number', inputmode: 'decimal', min: LEAST, max: MOST, step: '0.01' });
    line('measure', { maxlength: '12' });
    line('place', { known: known(rows, 'place') });
    line('custodian', { known: known(rows, 'custodian') });
    line('note', { maxlength: '500' });
    this.condition = choice('condition', members('condition'), before.condition, { legend: t('condition'), changed });
    this.photos = photosField(before.photos, () => this.draft.note(() => this.values(), true));
    this.offer();
    const fields = [this.name, this.category, this.quantity, this.measure, this.condition, this.place, this.custodian, this.photos, this.note];
    const form = h('form', { class: 'p-form', novalidate: true }, ...fields.map((one) => one.field));
    form.addEventListener('submit', (event) => { event.preventDefault(); this.save(); });
    return {
      title: t('surplus'), back: `/task/${this.task.id}`,
      body: [h('p', { class: 'ph-3 p-note' }, t('surplus_told_long')), form, this.said = h('p', { class: 'ph-warn-text', role: 'alert' })],
      foot: h('div', { class: 'p-go is-one' }, h('button', { class: 'btn btn-primary', type: 'button', 'data-confirm': true, onclick: () => this.save() }, icon('check', false), t('record_surplus'))),
      shown: () => this.tellRefusal(),
      leave: () => this.draft.stop(),
    };
  }

  earlier() {
    if (!this.again) return {};
    const { surplus, condition, note } = this.again;
    return { ...surplus, condition: condition || 'good', note: note ?? '', photos: this.had };
  }

  // What the server said of it stands at its field.
  tellRefusal() {
    if (this.again?.state !== 'refused') return;
    if (this[this.again.field]?.refuse) this[this.again.field].refuse(this.again.refusal);
    else this.said.textContent = this.again.refusal;
  }

  // Categories by code, name or common name, as one types; the whole list came with the app.
  offer() {
    if (!this.categories) return;
    const list = h('datalist', { id: 'known-category' });
    const input = this.category.field.querySelector('input');
    input.setAttribute('list', 'known-category');
    this.category.field.append(list);
    const draw = () => {
      const words = input.value.trim().toUpperCase();
      const fitting = this.categories.filter((one) => one.join(' ').toUpperCase().includes(words)).slice(0, MOST_OFFERED);
      // The browser searches labels too: 电脑 finds 台式计算机.
      list.replaceChildren(...fitting.map((one) => h('option', { value: offered(one), label: [offered(one), ...one.slice(2)].join(' · ') })));
    };
    input.addEventListener('input', draw);
    draw();
  }

  values() {
    const names = ['name', 'category', 'quantity', 'measure', 'place', 'custodian', 'note'];
    const values = Object.fromEntries(names.map((name) => [name, this[name].value]));
    return { ...values, condition: this.condition.value, photos: [...this.photos.list] };
  }

  // The category's code: what was chosen, or typed by its name; '' where there is none such.
  categoryOf(typed) {
    if (!typed || !this.categories) return typed;
    const wanted = typed.toUpperCase();
    const found = this.categories.find((one) => [one[0], one[1].toUpperCase(), offered(one).toUpperCase()].includes(wanted));
    return found ? found[0] : null;
  }

  // What is known to be wrong without asking anybody: said at its field, the first is gone to.
  wrong({ name, quantity }, category) {
    const checks = [
      [this.name, !name, t('name_missing')],
      [this.category, category === '' && this.categories, t('category_missing')],
      [this.category, category === null, t('no_such_category')],
      [this.quantity, !this.quantity.valid || !quantity, t('quantity_wrong', { least: LEAST, most: MOST.toLocaleString('en') })],
    ];
    for (const [field] of checks) field.clear();
    const found = checks.filter(([, wrong]) => wrong).reverse();
    for (const [field, , words] of found) field.refuse(words);
    return found.length > 0;
  }

  async save() {
    if (this.saving) return;
    const { photos, condition, note, ...values } = this.values();
    const category = this.categoryOf(values.category);
    if (this.wrong(values, category)) return;
    this.saving = true;
    this.draft.stop();
    const surplus = Object.fromEntries(Object.entries({ ...values, category }).filter(([, value]) => value));
    const method = this.task.methods.includes('app') ? 'app' : 'hand';
    try {
      await record(this.task.id, { code: '', method, name: values.name, surplus, condition, place: values.place || null, custodian: values.custodian || null, note }, photos, this.draft.name);
      if (this.again?.state === 'refused') await store.withdraw(this.again.client_id);
      goOn(`/task/${this.task.id}`);
    } catch (error) {
      this.saving = false;
      this.said.textContent = trouble(error);
    }
  }
}
