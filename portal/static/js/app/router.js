// Addresses of the app's screens, after the #: they work without network and survive a reload.
//  pattern, name of the screen
const ROUTES = [
  [/^\/$/, 'tasks'],
  [/^\/task\/(?<id>\d+)$/, 'task'],
  [/^\/scan\/(?<id>\d+)$/, 'scan'],
  [/^\/type\/(?<id>\d+)$/, 'type'],
  [/^\/count\/(?<id>\d+)$/, 'count'],
  [/^\/surplus\/(?<id>\d+)$/, 'surplus'],
  [/^\/records$/, 'records'],
  [/^\/me$/, 'me'],
];

// The screen's name, its parameters, and what the address asks; the tasks where it is none.
export function here() {
  const [path, asked = ''] = location.hash.slice(1).split('?');
  for (const [pattern, name] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { name, id: found.groups?.id ? Number(found.groups.id) : null, query: new URLSearchParams(asked) };
  }
  return { name: 'tasks', id: null, query: new URLSearchParams() };
}

// Go on; forms replace themselves, so that Back leads past them.
export const go = (to) => { location.hash = to; };
export const goOn = (to) => { location.replace(`#${to}`); };
