// Mine: who counts, language, sound, what the phone keeps, signing out.
import { fact, h } from './dom.js';
import { banner } from './parts.js';
import { kick } from './sender.js';
import { install, installable } from './install.js';
import * as sounds from './sounds.js';
import * as store from './store.js';
import { known, ofOthers, signOut } from './user.js';
import { bytes, choose, facts, keep, language, moment, t } from './words.js';

export async function mePage() {
  const user = known();
  return {
    title: t('mine'),
    tab: 'me',
    banner: await banner(),
    body: [
      h('section', { class: 'p-form' }, h('div', {}, h('b', { 'data-fact': true }, user.name), h('br'), h('span', { class: 'ph-3', 'data-fact': true }, user.unit))),
      h('section', { class: 'p-form' }, languages(), sound(), theme()),
      h('section', { class: 'p-form' }, await kept(), installable() ? h('button', { class: 'btn', type: 'button', onclick: install }, t('install')) : null,
        h('a', { class: 'btn', href: '/' }, t('to_portal'))),
      h('section', { class: 'p-form' }, leaving()),
    ],
  };
}

function languages() {
  const one = (code, name, tag) => h('button', { type: 'button', lang: tag, 'aria-pressed': String(language === code), onclick: () => choose(code) }, name);
  return h('div', { class: 'p-fld' }, h('span', { id: 'f-language' }, t('language')),
    h('div', { class: 'p-opts is-2', role: 'group', 'aria-labelledby': 'f-language' }, one('zh', '中文', 'zh-CN'), one('en', 'English', 'en')));
}

function sound() {
  const box = h('input', { class: 'form-check-input', type: 'checkbox', id: 'sound' });
  box.checked = sounds.isOn();
  box.addEventListener('change', () => {
    sounds.turn(box.checked);
    if (box.checked) sounds.play('found');
  });
  const tries = ['found', 'again', 'elsewhere', 'unknown'].map((name) =>
    h('button', { class: 'btn btn-sm', type: 'button', onclick: () => sounds.play(name) }, t(`said_${name}`)));
  return h('div', { class: 'p-fld' }, h('label', { class: 'p-check', for: 'sound' }, box, t('sound')), h('div', { class: 'p-acts', role: 'group', 'aria-label': t('hear') }, ...tries));
}

function theme() {
  const root = document.documentElement;
  const turn = () => {
    const next = root.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
    root.setAttribute('data-bs-theme', next);
    keep('theme', next);
  };
  return h('button', { class: 'btn', type: 'button', onclick: turn }, t('theme'));
}

async function kept() {
  const [all, tasks, at, others, room] = await Promise.all([
    store.counts(), store.tasks(), store.meta('downloaded_at'), ofOthers().catch(() => 0), navigator.storage?.estimate?.() ?? {},
  ]);
  const row = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));
  return h('dl', { class: 'p-kept' },
    row(t('kept_tasks'), String(tasks.length)),
    row(t('kept_cards'), String(tasks.reduce((sum, one) => sum + one.cards, 0))),
    row(t('kept_waiting'), String(await store.unsent())),
    row(t('kept_counts'), String(all.length)),
    room.usage ? row(t('kept_bytes'), bytes(room.usage)) : null,
    row(t('last_download'), at ? moment(at) : '–'),
    others ? row(t('kept_others'), String(others)) : null,
    row(t('version'), fact(facts.code)));
}

// What would be lost is said before it is.
function leaving() {
  const box = h('div', { class: 'p-fld', role: 'status' });
  const out = async () => {
    await signOut();
    location.replace('/login?next=/app');
  };
  const ask = async () => {
    const waiting = await store.unsent();
    if (!waiting) { await out(); return; }
    box.replaceChildren(h('p', { class: 'ph-warn-text' }, t('leave_waiting', { num: waiting })), h('div', { class: 'p-acts' },
      h('button', { class: 'btn btn-primary', type: 'button', onclick: kick }, t('send_now')),
      h('button', { class: 'btn btn-alarm', type: 'button', onclick: out }, t('leave_anyway'))));
  };
  box.append(h('button', { class: 'btn', type: 'button', onclick: ask, 'data-leave': true }, t('leave')), h('p', { class: 'ph-small ph-3' }, t('leave_told')));
  return box;
}
