// The gun page: what a gun types is read, answered at once, and stored as soon as the server can.
// Its parts are modules beside this one, found by the addresses that the page tells.

const page = document.querySelector('[data-gun]');
const PARTS = [
  'queue', 'sounds', 'alike', 'says', 'rows', 'answers', 'sends', 'acts', 'field', 'counters', 'keeps', 'surplusForm', 'codes',
];
const [{ Queue }, sounds, { alike }, { Says }, spelling, { Answers }, { Sends }, { Acts }, { Gun }, { Counters }, { Kept }, { Surplus }, { codesIn }] = (
  await Promise.all(PARTS.map((name) => import(page.dataset[name])))
);

const input = page.querySelector('[data-input]');
const words = JSON.parse(page.dataset.sentences);
const task = { id: Number(page.dataset.task), name: page.dataset.taskName };
const counted = Number(document.querySelector('.p-gun-r [data-counted]').textContent);

const shapes = JSON.parse(page.dataset.shapes);
const read = (text, isKnown) => codesIn(text, isKnown, shapes);
const rows = new spelling.Rows({ task: task.id, begin: JSON.parse(page.dataset.begin), counted, read });
const says = new Says(page, words, (code) => alike(code, rows.cards));
const answers = new Answers({ rows, says, sounds, draw });
const queue = new Queue({
  user: page.dataset.user,
  token: page.dataset.token,
  address: page.dataset.scans,
  answered: (entry, answer) => answers.take(sends, entry, answer),
  changed,
});
const undoHeard = new Set(JSON.parse(page.dataset.undoHeard));
const sends = new Sends({ task, rows, answers, queue, spelling, undoHeard });
const acts = new Acts({ sends, answers, rows, spelling, input });
const kept = new Kept(queue, {
  retried: (entries) => sends.retried(entries),
  dropped: (entry) => sends.dropped(entry),
  mend: (entry) => acts.surplusForm.open(entry.code ?? '', { entry }),
  closed: () => input.focus(),
});
acts.surplusForm = new Surplus(page, words, {
  ask: (dialog, done) => acts.ask(dialog, done),
  keep: (surplus, photo, code) => acts.keepSurplus(surplus, photo, code),
  withdraw: (row) => sends.withdraw(row),
  kept: (entry) => {
    queue.drop(entry.key);
    sends.dropped(entry);
  },
});
const counters = new Counters(page, words, { rows, queue, says });
const gun = new Gun(page, words, {
  scan: (text) => sends.scan(text),
  choose: (name) => acts.choose(name),
  undo: () => sends.undo(),
  armed: (number) => says.offer(says.shown, number),
});

/** The queue has more or less to send, or the server has come or gone. */
function changed() {
  const away = queue.state !== 'well';
  if (away === says.away) return tellKept();
  says.away = away;
  if (says.shown?.telling) says.show(says.shown);
  return draw();
}

function tellKept() {
  counters.tellKept();
  kept.draw();
}

function draw() {
  counters.draw();
  says.list(rows.all);
  says.offer(says.shown, gun.armed);
  tellKept();
}

async function load() {
  try {
    const answer = await fetch(page.dataset.mine);
    if (!answer.ok) return;
    const { user, stocktakes } = await answer.json();
    says.me = user.name;
    rows.load(user, stocktakes.find((one) => one.id === task.id)?.cards ?? []);
  } catch { return; }
  const places = [...new Set([...rows.cards.values()].map((card) => card.place).filter(Boolean))].slice(0, 200);
  document.querySelector('[data-places]').replaceChildren(...places.map((place) => new Option(place, place)));
  draw();
}

// ---- buttons beside the field

page.querySelector('[data-undo]').addEventListener('click', () => sends.undo());
page.querySelector('[data-quick]').addEventListener('click', (event) => {
  const button = event.target.closest('[data-choice]');
  if (!button) return;
  if (gun.armed) gun.clear();
  acts.choose(button.dataset.choice);
});
const soundsTest = document.querySelector('[data-sounds-test]');
const muteBox = soundsTest.querySelector('[data-mute]');
counters.out('test').addEventListener('click', () => {
  muteBox.checked = sounds.muted();
  acts.ask(soundsTest, () => {});
});
soundsTest.addEventListener('click', (event) => {
  const button = event.target.closest('[data-play]');
  if (button) sounds.play(button.dataset.play);
});
muteBox.addEventListener('change', () => sounds.mute(muteBox.checked));

rows.remember(queue);
draw();
input.focus();
gun.tellReady();
await load();
page.dataset.loaded = '';
