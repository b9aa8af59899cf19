// The camera screen: what is read is answered at once, by sight, sound and touch.
import { look, read } from './camera.js';
import { codesOf } from './codes.js';
import { record } from './count.js';
import { h, icon, svg } from './dom.js';
import { listen } from './news.js';
import { link, told, toldCount, trouble } from './parts.js';
import { go } from './router.js';
import { saidHere, saidOf } from './said.js';
import { play } from './sounds.js';
import * as store from './store.js';
import { judge, whole } from './tasks.js';
import { facts, t } from './words.js';

const QUICK = 'panhuo.app.quick';
const LONGEST_RAW = 4_296; // what a QR holds
let latest = ''; // what was just counted may still be in the picture when one comes back
const isQuick = () => localStorage.getItem(QUICK) === 'on';

export async function scanPage({ id }) {
  const found = await whole(id);
  if (!found) { go('/'); return null; }
  await store.setMeta('last_task', id);
  const screen = new Scan(found);
  return {
    title: found.task.name,
    isFact: true,
    back: `/task/${id}`,
    dark: true,
    tools: [screen.torch],
    view: screen.view,
    foot: screen.panel,
    shown: () => screen.start(),
    leave: () => screen.stop(),
  };
}

class Scan {
  constructor({ task, done, away, of }) {
    this.task = task;
    this.last = null;
    this.video = h('video', { class: 'p-video', playsinline: true, muted: true, 'aria-label': t('camera_picture') });
    this.video.muted = true;
    this.hint = h('p', { role: 'status' }, t('starting_camera'));
    this.view = h('div', { class: 'p-view' }, this.video, aim(), this.hint);
    this.torch = h('button', { type: 'button', hidden: true, 'aria-pressed': 'false', 'aria-label': t('torch'), onclick: () => this.light() }, icon('torch'));
    this.answer = h('div', { class: 'p-answer', role: 'status', 'aria-live': 'assertive' }, h('span', { class: 'ph-3' }, t('progress', { done: done + away, all: of })));
    this.panel = h('section', { class: 'p-last', 'aria-label': t('last_one') }, this.answer, this.quick(), this.others());
  }

  quick() {
    const box = h('input', { class: 'form-check-input', type: 'checkbox', id: 'quick' });
    box.checked = isQuick();
    box.addEventListener('change', () => localStorage.setItem(QUICK, box.checked ? 'on' : 'off'));
    return h('label', { class: 'p-check', for: 'quick' }, box, t('quick'));
  }

  others() {
    const file = h('input', { type: 'file', accept: 'image/*', id: 'still', class: 'p-file' });
    file.addEventListener('change', () => this.still(file));
    return h('div', { class: 'p-two3' },
      h('label', { class: 'btn', for: 'still' }, file, icon('camera', false), t('from_picture')),
      this.task.methods.includes('hand') ? link(`/type/${this.task.id}`, { class: 'btn' }, icon('edit', false), t('type_in')) : null);
  }

  async start() {
    this.silence = listen((what) => { if (what === 'counts') this.renew(); });
    try {
      const eye = await look(this.video, (raw) => this.seen(raw), latest);
      if (this.gone) { eye.close(); return; }
      this.eye = eye;
      this.torch.hidden = !eye.hasTorch;
      this.hint.textContent = t('aim');
    } catch (error) {
      this.hint.textContent = t({ NotAllowedError: 'camera_denied', NotFoundError: 'camera_none', NotReadableError: 'camera_taken', SecurityError: 'camera_insecure' }[error.name] ?? 'camera_failed');
      console.warn(error);
    }
  }

  stop() {
    this.gone = true;
    this.silence?.();
    this.eye?.close();
  }

  async light() {
    const on = this.torch.getAttribute('aria-pressed') !== 'true';
    try {
      await this.eye.torch(on);
      this.torch.setAttribute('aria-pressed', String(on));
    } catch {
      this.torch.hidden = true;
    }
  }

  // One after the other: what is read while another is being written waits its turn.
  seen(raw) {
    this.turn = (this.turn ?? Promise.resolve()).then(() => this.take(raw)).catch((error) => {
      this.answer.replaceChildren(h('p', { class: 'ph-warn-text', role: 'alert' }, trouble(error)));
    });
    return this.turn;
  }

  // A symbol may hold several codes, each a thing of its own.
  async take(raw) {
    latest = raw;
    for (const code of await codesOf(raw, (one) => store.isOnList(one), facts.shapes)) await this.takeCode(code, raw);
  }

  async takeCode(code, raw) {
    if (this.gone) return;
    const verdict = await judge(this.task.id, code);
    play(saidHere(verdict).sound);
    if (verdict.outcome === 'found' && !isQuick()) {
      go(`/count/${this.task.id}?code=${encodeURIComponent(code)}&by=app&raw=${encodeURIComponent(raw.slice(0, LONGEST_RAW))}`);
      return;
    }
    if (['found', 'unknown', 'not_here'].includes(verdict.outcome)) {
      const unlisted = verdict.outcome !== 'found';
      const beyond = verdict.outcome === 'not_here';
      this.last = await record(this.task.id, { code, raw: raw.slice(0, LONGEST_RAW), method: 'app', name: verdict.row?.name ?? '', unlisted, beyond });
      await this.renew();
      return;
    }
    this.last = verdict.before ?? null;
    this.answer.replaceChildren(told(saidHere(verdict), this.way(verdict, code)));
  }

  // Where to go from an answer that counts nothing by itself.
  way({ row, other }, code) {
    const to = row ? this.task.id : other?.id;
    return to ? link(`/count/${to}?code=${encodeURIComponent(code)}&by=app`, { class: 'btn btn-sm' }, row ? t('amend') : t('count_there')) : null;
  }

  // The server's answer may have come meanwhile.
  async renew() {
    const one = this.last && await store.count(this.last.client_id);
    if (!one || this.gone) return;
    const before = this.answer.querySelector('[data-kind]')?.dataset.kind;
    const said = saidOf(one);
    if (before && before !== said.kind && ['elsewhere', 'unknown', 'conflict', 'refused'].includes(said.kind)) play(said.sound);
    const amend = said.kind === 'elsewhere' && one.answer.name
      ? link(`/count/${one.task}?code=${encodeURIComponent(one.code)}&by=app&here=${one.client_id}`, { class: 'btn btn-sm' }, t('count_here'))
      : one.unlisted ? null : link(`/count/${one.task}?code=${encodeURIComponent(one.code)}&by=app`, { class: 'btn btn-sm' }, t('amend'));
    this.answer.replaceChildren(toldCount(one, amend));
  }

  async still(field) {
    const [file] = field.files;
    field.value = '';
    if (!file) return;
    const found = await read(file).catch(() => []);
    if (!found.length) {
      this.answer.replaceChildren(h('p', { class: 'ph-warn-text' }, t('no_code_in_picture')));
      return;
    }
    for (const raw of found) await this.seen(raw);
  }
}

const aim = () => svg('svg', { class: 'p-aim', viewBox: '0 0 240 240', 'aria-hidden': 'true' },
  svg('path', { d: 'M4 44V14Q4 4 14 4h30M196 4h30q10 0 10 10v30M236 196v30q0 10-10 10h-30M44 236H14q-10 0-10-10v-30' }),
  svg('path', { d: 'M20 120h200' }));
