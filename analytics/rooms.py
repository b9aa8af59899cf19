"""One group of gateways' sensors out of the database, on a grid of minutes, and examined."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final, LiteralString

import numpy as np
from numpy.typing import NDArray

from analytics import clock_records, clocks, kinds, load, misreadings
from analytics.assess import Grid
from analytics.bindings import Watch
from analytics.clocks import History
from analytics.detect import Examined, Sensor, examine
from analytics.load import Rows
from analytics.sun import doubt_clocks
from db import Connection
from ingest.fault_values import FaultValue, Misreading
from ingest.reasons import Reason

AHEAD: Final = timedelta(days=1)  # stamps of gateways whose clock is off
NOTHING: Final = (np.empty(0),) * 4
Minutes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a group's sensors said over a window."""

    window: Grid
    watches: Sequence[Watch]
    sensors: Sequence[Sensor]  # one a watch
    latest: dict[int, tuple[datetime, float]]  # by sensor what it measured last

    def examined(self, silent_after: int, known: Sequence[FaultValue]) -> list[Examined]:
        """Its sensors judged and read, gateway by gateway, one a watch; see `detect.examine`."""
        pairs = zip(self.watches, self.sensors, strict=True)
        return [
            one
            for _, room in groupby(pairs, key=lambda pair: pair[0].gateway_id)
            for one in examine(
                doubt_clocks([sensor for _, sensor in room], self.window),
                silent_after, self.window.passed, known,
            )
        ]  # fmt: skip


def by_card(
    watches: Sequence[Watch], examined: Sequence[Examined]
) -> Iterator[tuple[int, Watch, list[Examined]]]:
    """Of each card its id, the watch that began first, and its sensors."""
    for card_id in dict.fromkeys(watch.card_id for watch in watches if not watch.of_room):
        first = min((w for w in watches if w.card_id == card_id), key=lambda watch: watch.since)
        yield card_id, first, [one for one in examined if one.sensor.card_id == card_id]


def loaded(
    conn: Connection,
    watches: Sequence[Watch],
    known: Sequence[FaultValue],
    window: Grid,
    now: datetime,
    *,
    yesterday: date,
) -> Loaded:
    """What the sensors of these watches said over the window, as it is known `now`; `yesterday` is
    the newest day that is over.

    In a window of today, which is too short to learn levels, those that earlier readings told stand
    for what a test would have shown.
    """
    if window.last < yesterday:  # what a gateway does now says nothing of then
        watches = [replace(one, clock_refused=False, catching_up=False) for one in watches]
    history_of = clock_records.histories(
        conn, list({w.gateway_id for w in watches}), window.start, now
    )
    behind = max((one.slowest_s for one in history_of.values()), default=0.0)
    since = window.start - timedelta(seconds=behind)
    before = min(now, window.at(window.minutes)) + AHEAD
    said = load.readings(
        conn, [w.sensor_id for w in watches if not w.is_place], since, before
    ) | load.positions(conn, [w.sensor_id for w in watches if w.is_place], since, before)
    refused = _refused(conn, watches, window)
    sensors, latest = [], {}
    for watch in watches:
        clock = history_of.get(watch.gateway_id, clocks.RIGHT)
        rows = said.get(watch.sensor_id, NOTHING)
        sensor, last = _sensor(watch, rows, clock, known, window, now)
        if watch.name in refused:
            misread = dict(sensor.misread or {}) | {Misreading.REFUSED: refused[watch.name]}
            sensor = replace(sensor, misread=misread)
        if window.last > yesterday:
            on = watch.learnt_on if sensor.on is None else sensor.on
            rose = watch.learnt_rose if sensor.rose is None else sensor.rose
            sensor = replace(sensor, on=on, rose=rose)
        sensors.append(sensor)
        if last is not None and watch.until is None:
            latest[watch.sensor_id] = last
    return Loaded(window, watches, sensors, latest)


def _sensor(
    watch: Watch,
    rows: Rows,
    clock: History,
    known: Sequence[FaultValue],
    window: Grid,
    now: datetime,
) -> tuple[Sensor, tuple[datetime, float] | None]:
    """The sensor on the grid, while it watched the card, and what it measured last."""
    stamps, *columns = rows
    own = columns if watch.is_place else columns[:1]
    start = window.start.timestamp()
    measured = clock.measured_at(stamps, now.timestamp())
    at, own = misreadings.in_order(measured, own, max(watch.since, window.start).timestamp())
    last = (datetime.fromtimestamp(at[-1], UTC), float(own[0][-1])) if at.size else None
    # Of a window that ended earlier, what was stamped later was measured later.
    ends = window.at(window.minutes) > now
    ahead = (at[-1] - now.timestamp()) / 60 if at.size and ends else 0.0
    if watch.until is not None:
        kept = at < watch.until.timestamp()
        at, own = at[kept], [column[kept] for column in own]
    values, misread = misreadings.on_grid(watch.kind, at, own, start, window.minutes, known)
    some_use = kinds.find(watch.kind).may_be_use(columns[0])
    undated = clock.undated(stamps, some_use, now.timestamp(), start, window.minutes)
    if undated is not None:
        undated[: window.minute_after(watch.since)] = False
        if watch.until is not None:
            undated[window.minute_after(watch.until) :] = False
    sensor = Sensor(
        id=watch.sensor_id,
        card_id=watch.card_id,
        kind=watch.kind,
        values=values,
        proven=watch.proven,
        vehicle=watch.vehicle,
        ahead=float(ahead),
        catching_up=watch.catching_up,
        doubted=window.minute_after(watch.doubted_at) if watch.doubted_at else 0,
        misread=misread,
        clock_refused=watch.clock_refused,
        clock_since=clock.wrong_minute(window.start),
        clock_told=clock.told_since(window.start),
        clock_hides=clock.out_of_reach(now),
        undated=undated,
        on=watch.on_level,
        rose=watch.rose,
        reference=watch.of_room,
    )
    return sensor, last


REFUSED: LiteralString = """
    SELECT split_part(detail, ' ', 1), array_agg(last_at)
      FROM dead_letter
     WHERE gateway = ANY(%(gateways)s) AND last_at >= %(since)s AND last_at < %(before)s
       AND reason = ANY(%(reasons)s)
     GROUP BY 1
"""


def _refused(conn: Connection, watches: Sequence[Watch], window: Grid) -> dict[str, Minutes]:
    """By sensor's name the minutes in which values came that were refused on arrival."""
    sent = {
        "gateways": sorted({watch.name.partition(":")[0] for watch in watches}),
        "since": window.start,
        "before": window.at(window.minutes),
        "reasons": [Reason.OUT_OF_RANGE.value, Reason.NOT_A_NUMBER.value],
    }
    return {
        name: np.array([(at - window.start) // timedelta(minutes=1) for at in moments])
        for name, moments in conn.execute(REFUSED, sent)
    }
