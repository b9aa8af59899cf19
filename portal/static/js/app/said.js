// What is said of a count: its mark, its word, and what else there is to know.
import { line } from './dom.js';
import { label, moment, t } from './words.js';

// Mark and tone of each answer; the tones have their colours in app.css.
const LOOKS = {
  found: { icon: 'check', tone: 'ok', sound: 'found' },
  surplus: { icon: 'plus', tone: 'ok', sound: 'found' },
  again: { icon: 'checks', tone: 'again', sound: 'again' },
  elsewhere: { icon: 'alert', tone: 'other', sound: 'elsewhere' },
  conflict: { icon: 'alert', tone: 'other', sound: 'elsewhere' },
  refused: { icon: 'alert', tone: 'other', sound: 'unknown' },
  unknown: { icon: 'question', tone: 'unknown', sound: 'unknown' },
  waiting: { icon: 'check', tone: 'ok', sound: 'found' },
  unlisted: { icon: 'question', tone: 'unknown', sound: 'unknown' },
  not_here: { icon: 'cloud', tone: 'again', sound: 'again' },
  undone: { icon: 'undo', tone: 'again', sound: 'again' },
};

const DETAILS = {
  found: () => '',
  surplus: (one) => (one.answer?.by ? t('surplus_by', { by: one.answer.by }) : t('surplus_told')),
  again: (one) => (one.answer.by ? line(moment(one.answer.at), one.answer.by) : t('again_told')),
  elsewhere: ({ answer }) => (answer.name ? line(answer.section, answer.assignee || t('nobody')) : t('another_unit')),
  unknown: () => t('unknown_told'),
  conflict: ({ answer }) => t('conflict_told', { by: answer.by }),
  refused: (one) => one.refusal || t('refused_told'),
  waiting: (one) => (one.attempts ? t('being_sent') : t('kept_here')),
  unlisted: () => t('unlisted_told'),
  not_here: () => t('not_here_told'),
  undone: () => '',
};

// Which of the looks a count has.
export function kindOf(one) {
  if (one.state === 'refused') return 'refused';
  if (one.state === 'undone' || one.undo) return 'undone';
  if (one.state === 'waiting' && one.unlisted) return one.beyond ? 'not_here' : 'unlisted';
  if (one.state === 'waiting') return 'waiting';
  if (one.answer.outcome === 'unknown' && one.answer.by) return 'surplus'; // somebody has registered it: it is settled
  return one.answer.standing === 'conflict' ? 'conflict' : one.answer.outcome;
}

// What is in the task and another counter's is told apart from what isn't in it.
const wordOf = (kind, one) => t(kind === 'elsewhere' && one.answer.assignee ? 'said_not_mine' : `said_${kind}`);

export function saidOf(one) {
  const kind = kindOf(one);
  return { kind, ...LOOKS[kind], word: wordOf(kind, one), name: one.answer?.name || one.name || '', code: one.code || '', detail: DETAILS[kind](one) };
}

// What this phone says of a code before anybody is asked.
export function saidHere({ outcome, row, before, other, card }) {
  if (before) return saidOf(before);
  const look = { kind: outcome, ...LOOKS[outcome], word: t(`said_${outcome}`), name: row?.name ?? card?.name ?? '', code: row?.code ?? card?.code ?? '' };
  if (outcome === 'again') return { ...look, detail: againBy(row) };
  return { ...look, detail: other ? t('of_other_task', { name: other.name }) : '' };
}

function againBy(row) {
  if (row.here) return line(moment(row.here.at), t('myself'));
  return line(moment(row.counted_at), row.counted_by);
}

// What was seen, in words: only what was told.
export function seen(one) {
  return line(
    one.condition && label('condition', one.condition),
    one.status && label('status', one.status),
    one.place, one.custodian, one.note,
  );
}

export const needsLook = (one) => ['refused', 'conflict', 'elsewhere', 'unknown'].includes(kindOf(one)) && !one.seen;
