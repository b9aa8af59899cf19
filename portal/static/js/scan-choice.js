// Where a task is chosen: what an earlier page has left in this browser goes out from here too (H3).

const page = document.querySelector('[data-held]');
const [{ Queue }, { Kept }] = await Promise.all([page.dataset.queue, page.dataset.keeps].map((address) => import(address)));

const queue = new Queue({
  user: page.dataset.user,
  token: page.dataset.token,
  address: page.dataset.scans,
  answered: (entry, { refusal }) => { if (refusal && entry.what !== 'scan') queue.refuse(entry, refusal); },
  changed: () => kept.draw(),
});
const kept = new Kept(queue);
