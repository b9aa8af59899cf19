// The app: whose phone it is, which screen is open, and what changes it.
import { Offline } from './api.js';
import { countPage } from './count_page.js';
import { h, icon } from './dom.js';
import { isRenewed, keepFiles } from './install.js';
import { mePage } from './me_page.js';
import { listen, tell } from './news.js';
import { empty, link, trouble } from './parts.js';
import { recordsPage } from './records_page.js';
import { here } from './router.js';
import { scanPage } from './scan_page.js';
import { enter, refresh, watch } from './sender.js';
import { wake } from './sounds.js';
import * as store from './store.js';
import { surplusPage } from './surplus_page.js';
import { taskPage } from './task_page.js';
import { tasksPage } from './tasks_page.js';
import { typePage } from './type_page.js';
import { begin, known, meet } from './user.js';
import { t } from './words.js';

const PAGES = { tasks: tasksPage, task: taskPage, scan: scanPage, type: typePage, count: countPage, surplus: surplusPage, records: recordsPage, me: mePage };
// Screens that are drawn anew when something changed; forms and the camera are not.
const LIVE = { counts: ['tasks', 'task', 'records', 'me'], tasks: ['tasks', 'task', 'me'], state: ['tasks', 'task', 'records', 'me'] };
const root = document.getElementById('app');
let open = null;
let turn = 0;

async function draw() {
  const now = ++turn;
  const at = here();
  if (at.name === 'tasks' && isRenewed()) { location.reload(); return; }
  const same = open?.address === location.hash;
  if (!same) open?.page.leave?.();
  if (!known()) return;
  let page;
  let tabs = null;
  try {
    page = await PAGES[at.name](at);
    if (page && !page.foot && now === turn) tabs = await tabBar(page.tab);
  } catch (error) {
    page?.leave?.();
    if (!known()) return; // who has signed out meanwhile has nothing here to be drawn
    page = { title: t('app'), back: '/', body: [empty(trouble(error))] };
    tabs = await tabBar().catch(() => null);
  }
  if (now !== turn || !page) { page?.leave?.(); return; }
  show(page, tabs, same);
  open = { address: location.hash, page };
  page.shown?.();
}

function show(page, tabs, same) {
  const kept = same && focusOf(document.activeElement);
  const [x, y] = [scrollX, scrollY];
  const heading = h('h1', { tabindex: '-1', 'data-fact': page.isFact ?? false }, page.title);
  root.className = page.dark ? 'p-app p-cam' : 'p-app';
  if (page.dark) root.setAttribute('data-bs-theme', 'dark');
  else root.removeAttribute('data-bs-theme');
  root.replaceChildren(
    h('header', { class: 'p-app-top' },
      page.back ? link(page.back, { 'aria-label': t('back') }, icon('back')) : null, heading,
      ...(page.tools ?? []), page.aside ? h('span', { class: 'ph-small ph-3 p-cnt-s' }, page.aside) : null),
    h('main', { id: 'main', class: page.view ? 'p-main-view' : '' }, page.banner ?? null, page.view ?? h('div', { class: 'p-app-main' }, ...(page.body ?? []).filter(Boolean))),
    page.foot ?? tabs);
  document.title = `${page.title} · ${t('app')}`;
  if (same) {
    scrollTo(x, y);
    if (kept) root.querySelector(kept)?.focus({ preventScroll: true });
  } else {
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
}

// How to find again what had the focus, after its screen was drawn anew.
const focusOf = (element) => (element?.id && root.contains(element) ? `#${CSS.escape(element.id)}` : '');

async function tabBar(current) {
  const waiting = await store.unsent();
  const task = (await store.meta('last_task')) ?? (await store.tasks())[0]?.id;
  const scanned = (await store.tasks()).find((one) => one.id === task && one.methods.includes('app')) ?? (await store.tasks()).find((one) => one.methods.includes('app'));
  const tab = (name, to, mark, words) => link(to, { 'aria-current': current === name ? 'page' : null, 'data-tab': name }, icon(mark), words);
  return h('nav', { class: 'p-tab', 'aria-label': t('main_menu') },
    tab('tasks', '/', 'count', t('tab_tasks')),
    tab('scan', scanned ? `/scan/${scanned.id}` : '/', 'scan', t('scan')),
    tab('records', '/records', 'inbox', waiting ? t('tab_records_num', { num: waiting }) : t('tab_records')),
    tab('me', '/me', 'user', t('mine')));
}

// A screen for whoever has nothing here yet.
function alone(...parts) {
  open = null;
  root.className = 'p-app';
  root.replaceChildren(h('header', { class: 'p-app-top' }, h('h1', {}, t('app'))), h('main', { id: 'main' }, h('div', { class: 'p-app-main' }, ...parts)));
}

const signIn = () => { location.replace('/login?next=/app'); };
const LEADS = {
  signed_out: signIn,
  password: () => { location.replace('/account/password'); },
  second_factor: () => { location.replace('/account/second-factor'); },
  confirm: () => { location.replace('/account/confirm?next=/app'); },
};

// Who is it? On a phone that knows nobody this is all that can be done.
async function greet() {
  try {
    const how = await meet();
    if (how === 'new') tell('user');
    if (how === 'forbidden') enter('forbidden');
    if (how === 'forbidden' && !known()) alone(empty(t('forbidden'), t('forbidden_told'), h('a', { class: 'btn', href: '/account' }, t('who_helps')), h('a', { class: 'btn', href: '/' }, t('to_portal'))));
    if (!known()) LEADS[how]?.();
    if (how in LEADS) enter('signed_out');
  } catch (error) {
    if (!(error instanceof Offline)) console.warn(error);
    enter('offline');
    if (!known()) alone(empty(t('first_offline'), t('first_offline_told'), h('button', { class: 'btn', type: 'button', onclick: () => location.reload() }, t('try_again'))));
  }
}

let drawing = 0;
function soon() {
  clearTimeout(drawing);
  drawing = setTimeout(draw, 30);
}

listen((what) => {
  if (what === 'user') { location.hash = '/'; location.reload(); return; }
  // What changes while the first screen is being drawn may not be in it yet.
  if ((open || turn) && LIVE[what]?.includes(here().name)) soon();
});
addEventListener('hashchange', draw);
addEventListener('pagehide', () => { if (here().name === 'scan') open?.page.leave?.(); });
addEventListener('pageshow', (event) => { if (event.persisted) draw(); });
addEventListener('pointerdown', wake, { passive: true });

// Where there is a network it is first asked whose phone it is now, but not for long: nobody shall
// see the list of whoever had it before.
const ASK_FIRST_MS = 1_000;
const after = (ms) => new Promise((done) => { setTimeout(done, ms); });

try {
  await begin();
  if (!known()) alone(empty(t('loading')));
  const met = greet();
  if (navigator.onLine) await Promise.race([met, after(ASK_FIRST_MS)]);
  if (known() && !open) await draw();
  keepFiles();
  watch();
  await met;
  if (known()) refresh();
} catch (error) {
  alone(empty(trouble(error)));
}
