// Fields of a form, and the draft that outlives the app.
import { fact, h } from './dom.js';
import * as store from './store.js';
import { label, members, t } from './words.js';

// A row of buttons of which one is chosen; `booked` is what the card says.
export function choice(set, among, value, { legend, booked = '', differs = '', changed }) {
  const id = `f-${set}`;
  const group = h('div', { class: 'p-opts is-3', role: 'group', 'aria-labelledby': id });
  const warn = h('span', { class: 'ph-small ph-warn-text', role: 'status' });
  let chosen = value;
  const buttons = among.map((one) => h('button', { type: 'button', 'data-value': one, onclick: () => { chosen = one; mark(); changed(); } }, label(set, one)));
  const mark = () => {
    for (const one of buttons) one.setAttribute('aria-pressed', String(one.dataset.value === chosen));
    warn.textContent = booked && chosen !== booked ? differs : '';
  };
  mark();
  group.append(...buttons);
  const head = h('span', { id }, legend, booked ? h('em', { class: 'ph-3' }, t('booked', { value: label(set, booked) })) : null);
  return { field: h('div', { class: 'p-fld', 'data-field': set }, head, group, warn), get value() { return chosen; } };
}

// A line of text with what is known already to choose from.
export function text(name, value, { legend, booked = '', known = [], changed, ...facts }) {
  const list = known.length ? h('datalist', { id: `known-${name}` }, ...known.map((one) => h('option', { value: one }))) : null;
  const input = h('input', { class: 'form-control', id: `f-${name}`, name, value, maxlength: '200', autocomplete: 'off', list: list ? `known-${name}` : null, ...facts });
  input.addEventListener('input', changed);
  const said = h('span', { class: 'ph-small ph-warn-text', role: 'alert' });
  const head = h('label', { for: `f-${name}` }, legend, booked ? h('em', { class: 'ph-3' }, `${t('on_card')} `, fact(booked)) : null);
  return {
    field: h('div', { class: 'p-fld', 'data-field': name }, head, input, list, said),
    refuse(words) {
      said.textContent = words;
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    },
    clear() {
      said.textContent = '';
      input.removeAttribute('aria-invalid');
    },
    get valid() { return input.validity.valid; },
    get value() { return input.value.trim(); },
  };
}

// The statuses that a person who stands before a thing can tell; those and the card's own.
export const seeable = (status) => ['in_use', 'idle', 'to_dispose'].includes(status);
export const statuses = (booked) => members('status').filter((one) => seeable(one) || one === booked);

export const known = (rows, name) => [...new Set(rows.map((row) => row[name]).filter(Boolean))].sort().slice(0, 300);

// What was typed is kept under `name` until it is counted, however the app ends.
export class Draft {
  constructor(name) { this.name = name; this.timer = 0; }

  async before() { return (await store.meta(this.name)) ?? {}; }

  // Photos are noted at once, typing when it rests.
  note(values, at_once = false) {
    clearTimeout(this.timer);
    const write = () => store.setMeta(this.name, values()).catch(() => {});
    if (at_once) return write();
    this.timer = setTimeout(write, 300);
    return null;
  }

  stop() { clearTimeout(this.timer); }

  drop() { this.stop(); return store.dropMeta(this.name); }
}
