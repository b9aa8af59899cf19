// Says what changed to whoever shows it, in this tab and in the others.
const listeners = new Set();
const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('panhuo-app') : null;

export function listen(heard) {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

function say(what) {
  for (const heard of [...listeners]) heard(what);
}

export const tellOthers = (what) => others?.postMessage(what);

// 'counts', 'tasks', 'state' or 'user'.
export function tell(what) {
  say(what);
  tellOthers(what);
}

if (others) others.onmessage = ({ data }) => say(data);
