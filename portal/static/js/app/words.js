// Words in the reader's language, and how dates are written. All of them came with the page.
export const facts = JSON.parse(document.getElementById('app-facts').textContent);

function chosen() {
  const kept = document.cookie.match(/(?:^|; )language=(zh|en)/);
  if (kept) return kept[1];
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export const language = chosen();
document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';

// The sentence of this name, with its facts: %(name)s.
export function t(name, told = {}) {
  const sentence = facts.words[language][name];
  if (sentence === undefined) throw new Error(`no words for ${name}`);
  return sentence.replace(/%\((\w+)\)s/g, (_all, key) => String(told[key] ?? ''));
}

// The name of a member of a closed set: label('status', 'idle'); and all its members, in their order.
export const label = (set, value) => facts.labels[language][set].find(([one]) => one === value)?.[1] ?? value;
export const members = (set) => facts.labels[language][set].map(([one]) => one);

// The same cookies as the portal's, so that both speak one language and look alike.
export function keep(name, value) {
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}

export function choose(wanted) {
  keep('language', wanted);
  location.reload();
}

const two = (number) => String(number).padStart(2, '0');

// 2026-12-15 as 12-15 within this year; ISO moments as the phone's own wall clock.
export function day(text) {
  const year = String(new Date().getFullYear());
  return text.startsWith(year) ? text.slice(5, 10) : text.slice(0, 10);
}

export function moment(text) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return today ? clock : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}

// How urgent a due date is: 'late', 'today', 'tomorrow' or ''.
export function urgency(due, now = new Date()) {
  const date = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  if (due < date(now)) return 'late';
  if (due === date(now)) return 'today';
  return due === date(tomorrow) ? 'tomorrow' : '';
}

export const bytes = (count) => (count < 1e6 ? `${Math.ceil(count / 1e3)} KB` : `${(count / 1e6).toFixed(1)} MB`);
