"""Each minute of an asset: in use, not in use or not determinable, and why (I3). Pure.

The states are those of the facts that are kept: of an hour's minutes, those in use are its
`in_use_s`, the covered ones its `covered_s`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import rhythm
from analytics.assess import Grid, tell
from analytics.asset_use import undisputed, weigh
from analytics.detect import Examined
from analytics.grid import Bools, bridge
from analytics.rules import Rule
from registry.words import Label


class State(StrEnum):
    """What is said of a minute."""

    IN_USE = "in_use"
    NOT_IN_USE = "not_in_use"
    NOT_DETERMINABLE = "not_determinable"


class Reason(StrEnum):
    """Why that is said. Of several that hold, the first one stands."""

    NOT_OVER = "not_over"  # it is still to come, or running
    SEEN = "seen"  # a sensor saw use
    BRIDGED = "bridged"  # a short gap within one session
    CLOCK_UNKNOWN = "clock_unknown"  # use may have been seen at a time that nobody knows
    PERHAPS = "perhaps"  # what was seen may be use, or another's
    TOO_SHORT = "too_short"  # use was seen, shorter than a session of its rule
    QUIET = "quiet"  # a proven sensor listened, and saw none
    NOT_WATCHED_YET = "not_watched_yet"
    AT_FAULT = "at_fault"  # the sensor that spoke can't be believed; its health says why
    NOT_PROVEN = "not_proven"  # the sensor that saw nothing was never seen to react
    CAN_NOT_TELL = "can_not_tell"  # a sensor spoke, and nothing follows from that
    NO_MEASUREMENT = "no_measurement"  # what was read is none
    SILENT = "silent"  # nothing was read


REASONS: Final = tuple(Reason)
STATES: Final = {
    Reason.SEEN: State.IN_USE,
    Reason.BRIDGED: State.IN_USE,
    Reason.TOO_SHORT: State.NOT_IN_USE,
    Reason.QUIET: State.NOT_IN_USE,
}  # of the others nothing can be told
STATE_WORDS: Final = {
    State.IN_USE: Label("在用", "in use"),
    State.NOT_IN_USE: Label("未使用", "not in use"),
    State.NOT_DETERMINABLE: Label("不能判定", "not determinable"),
}
REASON_WORDS: Final = {
    Reason.NOT_OVER: Label("时间未到", "not over yet"),
    Reason.SEEN: Label("监测到使用", "use was detected"),
    Reason.BRIDGED: Label("同一次使用中的短暂间隔", "short gap within one session"),
    Reason.PERHAPS: Label("可能有使用，无法确认", "may be use, nobody can tell"),
    Reason.TOO_SHORT: Label("时间太短，不算一次使用", "too short to be a session"),
    Reason.QUIET: Label("已验证的传感器未监测到使用", "a proven sensor detected none"),
    Reason.CLOCK_UNKNOWN: Label("时钟不准，使用时间不明", "clock off, time of use unknown"),
    Reason.NOT_WATCHED_YET: Label("传感器尚未绑定", "no sensor was bound yet"),
    Reason.AT_FAULT: Label("传感器异常", "sensor at fault"),
    Reason.NOT_PROVEN: Label("传感器未经验证", "sensor not proven"),
    Reason.CAN_NOT_TELL: Label("读数无法说明是否使用", "readings tell nothing of use"),
    Reason.NO_MEASUREMENT: Label("读数无效", "readings are no measurements"),
    Reason.SILENT: Label("无数据", "no data"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes [start, end) of the grid that are alike; `by`: places of the sensors they rest on."""

    start: int
    end: int
    reason: Reason
    by: tuple[int, ...]

    @property
    def state(self) -> State:
        """What is said of these minutes."""
        return STATES.get(self.reason, State.NOT_DETERMINABLE)


@dataclass(frozen=True, slots=True)
class Minutes:
    """`reason` (minutes,): places in REASONS; `by` (sensors, minutes): on whom each rests."""

    reason: NDArray[np.int64]
    by: Bools
    covered: Bools  # (minutes,) that count as heard in the facts

    def among(self, *reasons: Reason) -> Bools:
        """The minutes (minutes,) of these reasons."""
        return np.isin(self.reason, [REASONS.index(one) for one in reasons])

    def of(self, state: State) -> Bools:
        """The minutes (minutes,) of a state."""
        own = [one for one in REASONS if STATES.get(one, State.NOT_DETERMINABLE) is state]
        return self.among(*own)

    def spans(self, first: int, end: int) -> list[Span]:
        """Minutes `first` to `end`, excluded, as runs that are alike, in their order."""
        if end <= first:
            return []
        reason, by = self.reason[first:end], self.by[:, first:end]
        differs = (np.diff(reason) != 0) | (by[:, 1:] != by[:, :-1]).any(axis=0)
        edges = [0, *(np.flatnonzero(differs) + 1).tolist(), end - first]
        return [
            Span(first + a, first + b, REASONS[reason[a]], tuple(np.flatnonzero(by[:, a]).tolist()))
            for a, b in pairwise(edges)
        ]


def minutes(
    card_id: int, examined: Sequence[Examined], rule: Rule, window: Grid, begun: int
) -> Minutes:
    """The minutes of one asset by its sensors, which watch it since the minute `begun`.

    Raises NoSensor where it has none.
    """
    told = tell(card_id, examined, rule, window)
    count = window.minutes
    minute = np.arange(count)
    trusted = undisputed(weigh(examined))
    each = [trusted.get(place) for place in range(len(examined))]
    nothing = np.zeros(count, dtype=bool)

    def rows(of: Sequence[Bools | None]) -> Bools:
        """By sensor, (sensors, minutes)."""
        return np.stack([nothing if row is None else row for row in of])

    use = rows([one.seen.use if one else None for one in each])
    listens = rows([one.seen.heard if one else None for one in each])
    proven = np.array([one.proven for one in examined])[:, np.newaxis]
    perhaps = rows([one.seen.perhaps if one else None for one in each])
    undated = rows([one.sensor.undated for one in examined])
    spoke = rows([_spoke(one) for one in examined])
    late = rows([minute >= one.cleaned.until for one in examined])
    misread = rows([_misread(one, count) for one in examined])
    covered, inside, seen = told.covered, told.inside, told.use.use
    unheard = ~covered
    may_be = told.use.perhaps & ~inside
    found = {
        Reason.NOT_OVER: (minute >= window.passed, nothing),
        Reason.SEEN: (inside & seen, use),
        Reason.BRIDGED: (inside, nothing),
        Reason.CLOCK_UNKNOWN: (may_be & unheard & undated.any(axis=0), undated),
        Reason.PERHAPS: (may_be, perhaps),
        Reason.TOO_SHORT: (covered & seen, use),
        Reason.QUIET: (covered, listens & proven),
        Reason.NOT_WATCHED_YET: (minute < begun, nothing),
        Reason.AT_FAULT: ((spoke & late).any(axis=0), spoke & late),
        Reason.NOT_PROVEN: (listens.any(axis=0), listens),
        Reason.CAN_NOT_TELL: (spoke.any(axis=0), spoke),
        Reason.NO_MEASUREMENT: (misread.any(axis=0), misread),
        Reason.SILENT: (~nothing, nothing),
    }
    reason = np.full(count, -1)
    by = np.zeros((len(examined), count), dtype=bool)
    for place, one in enumerate(REASONS):
        holds, rest_on = found[one]
        new = holds & (reason < 0)
        reason[new] = place
        by[:, new] = rest_on[:, new] if rest_on.ndim > 1 else False
    return Minutes(reason, by, covered)


def _spoke(one: Examined) -> Bools:
    """Where a sensor said something, as often as it speaks, whatever that is worth."""
    values = one.sensor.values[0] if one.sensor.values.ndim > 1 else one.sensor.values
    return ~np.isnan(bridge(values, int(rhythm.longest(rhythm.usual(values)))))


def _misread(one: Examined, count: int) -> Bools:
    found = np.zeros(count, dtype=bool)
    for at in (one.sensor.misread or {}).values():
        found[at[(at >= 0) & (at < count)]] = True
    return found
