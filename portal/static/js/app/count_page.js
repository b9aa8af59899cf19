// What was seen of one thing (H4): condition, status, place, custodian, note, photos.
import { record } from './count.js';
import { code as codeword, fact, h, icon, line } from './dom.js';
import { choice, Draft, known, seeable, statuses, text } from './fields.js';
import { empty, plate, told, trouble, where } from './parts.js';
import { photosField } from './photos_field.js';
import { goOn } from './router.js';
import { saidOf } from './said.js';
import * as store from './store.js';
import { isShort, whole } from './tasks.js';
import { members, t } from './words.js';

const LONGEST_NOTE = '500';

export async function countPage({ id, query }) {
  const found = await whole(id);
  const code = query.get('code') ?? '';
  if (!found || !code) return { title: t('my_tasks'), back: '/', body: [empty(t('task_over'), t('task_over_told'))] };
  const again = query.get('again') && await store.count(query.get('again'));
  const stray = query.get('here') && await store.count(query.get('here'));
  const row = found.rows.find((one) => one.code === code) ?? null;
  const photos = again ? (await store.photosOf(again.client_id)).map((one) => one.id) : [];
  const form = new Form(found, { code, row, stray, again, had: photos, by: query.get('by') === 'app' ? 'app' : 'hand', raw: query.get('raw') ?? '' });
  return form.page();
}

class Form {
  constructor(found, asked) {
    Object.assign(this, { found, task: found.task, ...asked });
    this.card = this.row ?? (this.stray ? { ...this.stray.answer } : null);
    this.draft = new Draft(`draft:${this.task.id}:${this.code}`);
    this.beyond = !this.card && isShort(this.task);
    this.back = this.by === 'app' ? `/scan/${this.task.id}` : `/task/${this.task.id}`;
  }

  async page() {
    const before = { ...this.begin(), ...(await this.draft.before()) };
    const changed = () => this.draft.note(() => this.values());
    const card = this.card ?? {};
    this.condition = choice('condition', members('condition'), before.condition, { legend: t('condition'), changed });
    this.status = this.card ? choice('status', statuses(card.status), before.status, { legend: t('status'), booked: card.status, differs: t('differs'), changed }) : null;
    this.place = text('place', before.place, { legend: t('place'), booked: card.place, known: known(this.found.rows, 'place'), changed });
    this.custodian = text('custodian', before.custodian, { legend: t('custodian'), booked: card.custodian, known: known(this.found.rows, 'custodian'), changed });
    this.note = text('note', before.note, { legend: t('note'), maxlength: LONGEST_NOTE, changed });
    this.photos = photosField(before.photos, () => this.draft.note(() => this.values(), true));
    const fields = [this.condition, this.status, this.place, this.custodian, this.photos, this.note].filter(Boolean);
    const form = h('form', { class: 'p-form', novalidate: true }, ...fields.map((one) => one.field));
    form.addEventListener('submit', (event) => { event.preventDefault(); this.save(false); });
    return {
      title: t('count_result'), back: this.back, aside: `${this.found.done + this.found.away} / ${this.found.of}`,
      body: [this.head(), this.earlier(), form, this.said = h('p', { class: 'ph-warn-text', role: 'alert' })],
      foot: this.foot(),
      leave: () => this.draft.stop(),
    };
  }

  // What the form says before anybody touches it: as it was seen, else as on the card, in good condition.
  begin() {
    const card = this.card ?? {};
    const from = this.again ?? this.row?.here ?? {};
    return {
      condition: from.condition || card.condition || 'good', status: from.status || card.status_seen || card.status || '',
      place: from.place ?? card.place_seen ?? card.place ?? '', custodian: from.custodian ?? card.custodian_seen ?? card.custodian ?? '', note: from.note ?? '', photos: this.had,
    };
  }

  head() {
    if (!this.card) {
      return h('section', { class: 'p-found is-unknown' }, h('span', { class: 'p-pic' }, icon('question')),
        h('div', {}, h('h2', {}, t(this.beyond ? 'said_not_here' : 'said_unlisted')), codeword(this.code), h('br'), t('unlisted_form')));
    }
    return h('section', { class: 'p-found' }, plate(this.card.photo),
      h('div', {}, fact(this.card.name, 'h2'), codeword(this.code), h('br'), fact(where(this.card)),
        this.stray ? h('p', { class: 'ph-warn-text' }, t('count_here_told', { who: line(this.stray.answer.section, this.stray.answer.assignee) })) : null));
  }

  earlier() {
    if (this.row?.here) return told(saidOf(this.row.here));
    if (this.row?.done) return told({ ...saidOf({ state: 'sent', answer: { outcome: 'again', by: this.row.counted_by, at: this.row.counted_at } }), name: '' });
    return null;
  }

  foot() {
    const save = (doubtful) => () => this.save(doubtful);
    return h('div', { class: 'p-go' },
      h('button', { class: 'btn', type: 'button', onclick: save(true), 'data-doubt': true }, t('doubtful')),
      h('button', { class: 'btn btn-primary', type: 'button', onclick: save(false), 'data-confirm': true }, icon('check', false), this.by === 'app' ? t('confirm_next') : t('confirm')));
  }

  values() {
    return {
      condition: this.condition.value, status: this.status?.value ?? '', place: this.place.value,
      custodian: this.custodian.value, note: this.note.value, photos: [...this.photos.list],
    };
  }

  // What is as booked is silence, unless somebody has told otherwise, or may have, whose it is: then it
  // contradicts them (H3).
  seen(doubtful) {
    const { photos, ...values } = this.values();
    const card = this.card ?? {};
    const told = (name, before) => {
      const booked = card[name] ?? '';
      const silent = values[name] === booked && (before ?? booked) === booked && !(this.stray && booked);
      return silent ? null : values[name];
    };
    return {
      code: this.code, raw: this.raw, method: this.by, name: this.card?.name ?? '', condition: values.condition,
      status: seeable(values.status) ? told('status', card.status_seen || null) ?? '' : '', place: told('place', card.place_seen),
      custodian: told('custodian', card.custodian_seen), note: values.note,
      doubtful, here: Boolean(this.stray), unlisted: !this.card, beyond: this.beyond,
    };
  }

  async save(doubtful) {
    if (this.saving) return;
    this.saving = true;
    this.draft.stop();
    try {
      await record(this.task.id, this.seen(doubtful), this.photos.list, this.draft.name);
      if (this.again?.state === 'refused') await store.withdraw(this.again.client_id);
      if (this.stray) await store.changeCount(this.stray.client_id, () => ({ seen: true }));
      goOn(this.back);
    } catch (error) {
      this.saving = false;
      this.said.textContent = trouble(error);
    }
  }
}
