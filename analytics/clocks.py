"""When readings were measured, by the history of their gateway's clock (I2, I4).

A reading keeps its stamp in the database and bears no time of arrival, so what it was stamped by is
told from the stamp alone: which of the offsets that the clock had leads to a moment at which it had
that offset. Where two of them do, or a moment at which nobody knows the offset, the moment is
unknown: no reading is put where it may not belong, and where it may belong is perhaps use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import MINUTE_S, Bools, Floats
from analytics.hygiene import CLOCK_AHEAD
from ingest.clocks import SAME_S

WRONG_S: Final = CLOCK_AHEAD * 60.0
NEAR_S: Final = 5 * 60.0  # moments that differ by less are one: the shortest session lasts as long
# A status may be late, and then its sender's clock looks slow; it never looks fast. A slow clock is
# one that was slow for so long (s): no two late statuses so far apart are late by the same time.
BORNE_OUT_S: Final = 5 * 60.0
FURTHEST_S: Final = 86_400.0  # a stamp further ahead is refused, one further behind not looked for
LATELY_S: Final = 86_400.0  # a gateway from which something came within it is heard
STANDS_FOR_S: Final = 3_600.0  # what was read holds until the next reading, for so long at most
EXACT_S: Final = 0.001  # to which a pack's times and its readings' stamps are the same


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which statuses told of one offset. Unix seconds by our clock; theirs minus ours."""

    since: float
    last_seen: float
    offset_s: float

    @property
    def wrong(self) -> bool:
        """Whether the clock was further off than a clock may be, slow or fast."""
        return abs(self.offset_s) > WRONG_S


Span = tuple[float, float]  # [from, to] in Unix seconds
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Packs:
    """Packs of one gateway that came one after another, all stamped by its clock or all by arrival.

    The first and the last of their stamps and when the newest arrived, Unix seconds; `furthest_s`:
    by how much a stamp was later than its arrival at most, negative where all were earlier;
    `untold`: they came after the last status.
    """

    by_arrival: bool
    untold: bool
    first: float
    last: float
    received: float
    furthest_s: float


@dataclass(frozen=True, slots=True)
class History:
    """A gateway's stretches in their order, none of which is a late status's, and its packs.

    Packs are known only where the clock was off: in the order in which they arrived, since a day
    before the window.
    """

    stretches: tuple[Stretch, ...] = ()
    packs: tuple[Packs, ...] = ()

    @property
    def wrong_since(self) -> float | None:
        """Since when the clock is wrong, Unix seconds; None where it is right, or not known.

        It is wrong since it was seen to be, by what is known here, also where it has been wrong by
        several offsets. One that stamps nothing, where times count back from arrival, is no fault.
        """
        if self.packs and self.packs[-1].by_arrival:
            return None
        since = None
        for one in reversed(self.stretches):
            if not one.wrong:
                break
            since = one.since
        return since

    def wrong_minute(self, start: datetime) -> int | None:
        """The same in minutes after `start`, before it: negative."""
        since = self.wrong_since
        return None if since is None else int((since - start.timestamp()) // MINUTE_S)

    def told_since(self, start: datetime) -> bool:
        """Whether statuses told of the clock after `start`, right or wrong."""
        return any(one.last_seen >= start.timestamp() for one in self.stretches)

    def out_of_reach(self, now: datetime) -> bool:
        """Whether what comes now can't be put where it belongs: then its silence is the clock's."""
        if self.wrong_since is None or not self.packs:
            return False
        lately = max(one.received for one in self.packs) >= now.timestamp() - LATELY_S
        return lately and (self.contradicted or self.stretches[-1].offset_s < -FURTHEST_S)

    @property
    def slowest_s(self) -> float:
        """By how much the clock was behind at most (s, at least 0): what is stamped too early."""
        behind = max((-one.offset_s for one in self.stretches), default=0.0)
        return min(max(0.0, behind), FURTHEST_S)

    @property
    def contradicted(self) -> bool:
        """Whether packs came after the last status that a clock as slow can't have stamped."""
        if not self.stretches:
            return False
        last = self.stretches[-1]
        after = (one for one in self.packs if one.untold and not one.by_arrival)
        slow = last.offset_s < -WRONG_S
        return slow and any(one.furthest_s - last.offset_s > WRONG_S for one in after)

    @property
    def always_near(self) -> bool:
        """Whether its stamps are right as they are."""
        return all(abs(one.offset_s) <= NEAR_S for one in self.stretches)

    def measured_at(self, stamps: Floats, now: float) -> Floats:
        """When readings were measured that bear these `stamps`, (n,) Unix seconds; NaN: unknown.

        Before its first status a clock that was right then is taken to have been right, and nothing
        is known of one that was wrong. After its last one it goes on as it was, until `now` (Unix
        seconds), and where packs contradict that, nothing is known. What no clock of this gateway
        can have shown yet, a stamp of the future, is left as it is.
        """
        if self.always_near:
            return stamps
        found = np.full(stamps.shape, np.nan)
        doubtful = np.zeros(stamps.shape, dtype=bool)
        for places, moments, known in self._moments(stamps, now):
            if not known:
                doubtful[places] = True
                continue
            before = found[places]
            doubtful[places] |= np.abs(moments - before) > NEAR_S
            found[places] = np.where(np.isnan(before), moments, before)
        ahead = np.isnan(found) & (stamps > now + WRONG_S)
        right = np.where(ahead | (np.abs(stamps - found) <= NEAR_S), stamps, found)
        return self._by_arrival(stamps, np.where(doubtful, np.nan, right))

    def undated(
        self, stamps: Floats, some_use: Bools, now: float, start: float, minutes: int
    ) -> Bools | None:
        """The minutes after `start` in which what may be use may have been read at a moment that
        is not known, (minutes,); None: in none.

        `stamps` (n,) of all that one sensor said, Unix seconds; `some_use` (n,): where it may be
        use that it saw. What was read holds until the next reading, at most for STANDS_FOR_S.
        """
        unknown = np.isnan(self.measured_at(stamps, now)) & some_use
        if not unknown.any():
            return None
        order = np.argsort(stamps, kind="stable")
        until_next = np.append(np.diff(stamps[order]), MINUTE_S)
        held = np.empty(stamps.shape)
        held[order] = np.clip(until_next, MINUTE_S, STANDS_FOR_S)
        as_stamped = np.arange(stamps.size), stamps, True  # by a setting that no status told of
        changes = np.zeros(minutes + 1, dtype=np.int64)
        for places, moments, _ in (as_stamped, *self._moments(stamps, now)):
            lost = unknown[places]
            first = np.floor((moments[lost] - start) / MINUTE_S)
            last = np.floor((moments[lost] + held[places][lost] - start) / MINUTE_S)
            np.add.at(changes, np.clip(first, 0, minutes).astype(np.int64), 1)
            np.add.at(
                changes, np.clip(np.maximum(last, first + 1), 0, minutes).astype(np.int64), -1
            )
        found: Bools = np.cumsum(changes[:-1]) > 0
        return found

    def _by_arrival(self, stamps: Floats, found: Floats) -> Floats:
        """What was `found` (n,), but of stamps that a collector gave by arrival the stamp."""
        arrived = self._within_packs(stamps, by_arrival=True)
        if not arrived.any():
            return found
        differs = ~(np.abs(found - stamps) <= NEAR_S)
        either = arrived & self._within_packs(stamps, by_arrival=False) & differs
        return np.where(either, np.nan, np.where(arrived, stamps, found))

    def _within_packs(self, stamps: Floats, *, by_arrival: bool) -> Bools:
        found = np.zeros(stamps.shape, dtype=bool)
        for one in self.packs:
            if one.by_arrival is by_arrival:
                found |= (stamps >= one.first - EXACT_S) & (stamps <= one.last + EXACT_S)
        return found

    def _moments(self, stamps: Floats, now: float) -> Iterator[tuple[Places, Floats, bool]]:
        """Where a clock that had each of its offsets puts stamps: the places (m,) of those that it
        can have given, their moments (m,), and whether it is known to have had that offset then.
        """
        order = np.argsort(stamps, kind="stable")
        ordered = stamps[order]
        spans = [(span, offset_s, True) for span, offset_s in self._known(now)]
        spans += [(span, offset_s, False) for span, offset_s in self._unknown(now)]
        for (begin, end), offset_s, known in spans:
            first = np.searchsorted(ordered, begin + offset_s, side="left" if known else "right")
            last = np.searchsorted(ordered, end + offset_s, side="right" if known else "left")
            if first < last:
                places = order[first:last]
                yield places, stamps[places] - offset_s, known

    def _known(self, now: float) -> list[tuple[Span, float]]:
        """Times of which the clock's offset is known, each with it."""
        spans = [[one.since, one.last_seen] for one in self.stretches]
        for place, (one, following) in enumerate(pairwise(self.stretches)):
            if _near(one, following):  # whichever it was in between, the moment is known
                spans[place][1], spans[place + 1][0] = following.since, one.last_seen
        if not self.stretches[0].wrong:
            spans[0][0] = -inf
        if not self.contradicted:
            spans[-1][1] = now + WRONG_S
        return [((a, b), s.offset_s) for (a, b), s in zip(spans, self.stretches, strict=True)]

    def _unknown(self, now: float) -> list[tuple[Span, float]]:
        """Times of which two offsets are known that the clock may have had, with each of them."""
        first, last = self.stretches[0], self.stretches[-1]
        found = []
        if first.wrong:
            found += [((-inf, first.since), 0.0), ((-inf, first.since), first.offset_s)]
        for one, following in pairwise(self.stretches):
            if not _near(one, following):
                span = (one.last_seen, following.since)
                found += [(span, one.offset_s), (span, following.offset_s)]
        if self.contradicted:
            span = (last.last_seen, now + WRONG_S)
            found += [(span, last.offset_s), (span, 0.0)]
        return found


RIGHT: Final = History()  # a clock of which nothing else is known


def _near(one: Stretch, other: Stretch) -> bool:
    return abs(one.offset_s - other.offset_s) <= NEAR_S


def history(stretches: Sequence[Stretch], packs: Sequence[Packs] = ()) -> History:
    """The history of what was seen of a clock, in the order of time.

    What only one late status told of is left out: shorter than BORNE_OUT_S, and slower than what
    was seen before it (where nothing was, than a right clock) or after it. What says that the clock
    is right is believed at once: no status is late by just as much as the clock was fast.
    """
    believed: list[Stretch] = []
    for place, one in enumerate(stretches):
        before = believed[-1].offset_s if believed else 0.0
        after = stretches[place + 1].offset_s if place + 1 < len(stretches) else -inf
        brief = one.last_seen - one.since < BORNE_OUT_S
        slower = one.offset_s < max(before, after) - SAME_S
        if brief and slower and abs(one.offset_s) > NEAR_S:
            continue
        if believed and abs(believed[-1].offset_s - one.offset_s) <= SAME_S:
            believed[-1] = replace(believed[-1], last_seen=one.last_seen)
        else:
            believed.append(one)
    return History(tuple(believed), tuple(packs))
