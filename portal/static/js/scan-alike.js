// The card whose code is written most like one that nobody knows: an old label, a letter misread.

const ALIKE = 2; // letters that may differ

/** How many letters differ, up to one more than `most`. */
function distance(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = Array.from({ length: other.length + 1 }, (_, at) => at);
  let earlier = before;
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const same = one[row - 1] === other[at - 1];
      now[at] = Math.min(now[at - 1] + 1, before[at] + 1, before[at - 1] + (same ? 0 : 1));
      const swapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (swapped) now[at] = Math.min(now[at], earlier[at - 2] + 1);
    }
    if (Math.min(...now) > most) return most + 1;
    [earlier, before] = [before, now];
  }
  return before[other.length];
}

/** Of `cards`, by code; null where none is near. */
export function alike(code, cards) {
  let best = [ALIKE + 1, null];
  for (const card of cards.values()) {
    const found = distance(code, card.code, ALIKE);
    if (found < best[0]) best = [found, card];
  }
  return best[1];
}
