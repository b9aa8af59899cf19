"""Windows of days: what is due of them is loaded, read, and kept as facts of each day (I2, I3).

A day is read when it is over, through the window of days that ends with it; and so are the days
before it once more, for what comes later tells of them, too. The facts of a day stand when it is
the second of such a window: the day before it is there to tell what went on over midnight. So what
arrives late changes each of the windows that hold its day, and no other.

The arithmetic between two transactions holds no connection.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, LiteralString, Self

from analytics import (
    assess,
    bindings,
    calendar,
    clock_records,
    facts,
    health_records,
    proposals,
    rooms,
    rules,
)
from analytics.assess import Facts, Grid, Standing
from analytics.bindings import Watch
from analytics.detect import Examined
from analytics.health import CAN_NOT_BE_BELIEVED, Health
from analytics.rooms import Loaded
from analytics.rules import Rule
from analytics.settings import AnalyticsSettings
from db import Connection, Database, audit
from ingest import changed_days, fault_values, proof
from ingest.fault_values import FaultValue

DAY: Final = timedelta(days=1)
AT_ONCE: Final = frozenset({Health.OK, Health.SILENT, Health.NEVER_HEARD})  # known within a day
ROOM_DAYS: Final = 28  # of a gateway that watches its room alone: no rule says over how many days


def settled_by(last: date, width: int) -> date:
    """The day whose facts stand by the window of `width` days that ends with `last`."""
    return last - (width - 2) * DAY


def days_to_read(
    changed: Collection[date],
    until: date | None,
    watched_since: date,
    yesterday: date,
    width: int,
) -> list[date]:
    """The last days of the windows that are to be read, in order; the newest is of `yesterday`.

    `changed`: days of which something arrived; `until`: the newest day that was read, None: none;
    `watched_since`: the first day on which there was anything to read; `width`: days of a window.
    """
    first = watched_since + (width - 2) * DAY  # before, no window settles a watched day
    found = {yesterday} if until is None or until < yesterday else set()
    for day in changed:
        begun, over = max(day, first), min(day + (width - 1) * DAY, yesterday)
        found.update(begun + n * DAY for n in range((over - begun).days + 1))
        if yesterday - (width - 1) * DAY <= day <= yesterday:
            found.add(yesterday)
    if until is not None:
        begun = max(until + DAY, first)
        found.update(begun + n * DAY for n in range((yesterday - begun).days + 1))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Basis:
    """What all groups of gateways are read and judged by in one run."""

    database: Database
    rules: Mapping[str, Rule]  # by category
    known: Sequence[FaultValue]
    silent_after: int  # minutes
    now: datetime

    @classmethod
    def of(
        cls, conn: Connection, database: Database, settings: AnalyticsSettings, now: datetime
    ) -> Self:
        """As rules, fault values and settings stand now."""
        silent_after = int(settings.silent_after_h * 60)
        known = fault_values.fault_values(conn)
        return cls(database, rules.by_category(conn), known, silent_after, now)

    @property
    def widest(self) -> int:
        """Days of the longest window of any rule."""
        return max((rule.window_days for rule in self.rules.values()), default=ROOM_DAYS)

    @property
    def yesterday(self) -> date:
        """The newest day that is over."""
        return calendar.day_of(self.now) - timedelta(days=1)

    def ruled(self, watches: Sequence[Watch]) -> list[Watch]:
        """Those of assets for which there is a rule, and those of rooms."""
        return [watch for watch in watches if watch.of_room or watch.category in self.rules]

    def width(self, watches: Sequence[Watch]) -> int:
        """Days of the window over which they are judged together."""
        of_assets = [watch for watch in watches if not watch.of_room]
        days = (self.rules[watch.category].window_days for watch in of_assets)
        return max(days, default=ROOM_DAYS)


READ_UNTIL: LiteralString = "SELECT gateway_id, until FROM gateway_read"


def read_until(conn: Connection) -> dict[int, date]:
    """By gateway (an id) the newest day that was read when it was over."""
    return dict(conn.execute(READ_UNTIL).fetchall())


BOUND_SINCE: LiteralString = """
    SELECT sensor.gateway_id, min(since)
      FROM binding JOIN sensor ON sensor.id = binding.sensor_id
     WHERE sensor.gateway_id = ANY(%(gateways)s)
     GROUP BY sensor.gateway_id
"""
# What was dropped by its age is no silence: facts that were made of it stand.
KEPT_SINCE: LiteralString = """
    SELECT sensor.gateway_id, max(oldest.range_start)
      FROM (SELECT DISTINCT gateway_id,
                   CASE WHEN is_place THEN 'position' ELSE 'reading' END AS kept_in
              FROM sensor JOIN sensor_kind ON sensor_kind.name = sensor.kind
             WHERE gateway_id = ANY(%(gateways)s)) AS sensor
      JOIN (SELECT hypertable_name, min(range_start) AS range_start
              FROM timescaledb_information.chunks
             GROUP BY hypertable_name) AS oldest ON oldest.hypertable_name = kept_in
     GROUP BY sensor.gateway_id
"""
LINKED: LiteralString = """
    SELECT DISTINCT sensor.gateway_id
      FROM binding JOIN sensor ON sensor.id = binding.sensor_id
     WHERE (binding.until IS NULL OR binding.until > %(since)s) AND binding.since < %(before)s
       AND binding.card_id IN (
               SELECT binding.card_id
                 FROM binding JOIN sensor ON sensor.id = binding.sensor_id
                WHERE sensor.gateway_id = ANY(%(gateways)s)
                  AND (binding.until IS NULL OR binding.until > %(since)s)
                  AND binding.since < %(before)s)
"""
SET_READ: LiteralString = """
    INSERT INTO gateway_read (gateway_id, until)
    SELECT gateway, %(until)s FROM unnest(%(gateways)s::integer[]) AS gateway
        ON CONFLICT (gateway_id) DO UPDATE SET until = excluded.until
"""


@dataclass(frozen=True, slots=True)
class InHand:
    """What is known of gateways (ids) before anything is read of them."""

    changed: Mapping[int, set[date]]  # days of which something arrived, taken in hand
    until: Mapping[int, date]  # the newest day that was read
    since: Mapping[int, date]  # the first day of which there may be readings
    wrong: set[int]  # those whose clock isn't always right


def take(basis: Basis, gateways: Collection[int]) -> InHand:
    """Take what has changed of these gateways in hand."""
    first = calendar.midnight(basis.yesterday - (basis.widest - 1) * DAY)
    sent = {"gateways": list(gateways)}
    with basis.database.transaction("analytics: take changed days in hand") as conn:
        changed = changed_days.take(conn, gateways)
    with basis.database.transaction("analytics: what is known of gateways") as conn:
        bound = conn.execute(BOUND_SINCE, sent).fetchall()
        histories = clock_records.histories(conn, list(gateways), first, basis.now)
        until = read_until(conn)
        oldest: dict[int, datetime] = dict(conn.execute(KEPT_SINCE, sent).fetchall())
    since = {gateway: calendar.day_of(at) for gateway, at in bound}
    for gateway, at in oldest.items():
        kept = calendar.day_of(at) + DAY  # the first that is whole
        since[gateway] = max(since[gateway], min(kept, basis.yesterday))
    wrong = {gateway for gateway, one in histories.items() if not one.always_near}
    return InHand(changed, until, since, wrong)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be read of a group: the windows' last days, the newest first, and of what they
    change.
    """

    gateways: list[int]
    width: int  # days of a window
    days: list[date]
    changed: Mapping[int, set[date]]  # by gateway, in hand
    for_now: bool  # more is on the way: what is older waits for it


def due(basis: Basis, group: Sequence[Watch], in_hand: InHand, *, anew: bool) -> Due:
    """What is to be read of a group of gateways; `anew`: the newest window, whatever changed."""
    gateways = sorted({watch.gateway_id for watch in group})
    width = basis.width(group)
    changed = {gateway: in_hand.changed.get(gateway, set()) for gateway in gateways}
    all_changed = set[date]().union(*changed.values())
    since = min(in_hand.since[gateway] for gateway in gateways)
    if since > basis.yesterday:
        return Due(gateways, width, [], changed, for_now=False)
    read = [in_hand.until.get(gateway) for gateway in gateways]
    known = [day for day in read if day is not None and day <= basis.yesterday]
    newest = min(known) if len(known) == len(gateways) else None
    days = days_to_read(all_changed, newest, since, basis.yesterday, width)
    # What a wrong clock stamped may be of any day.
    if anew or (all_changed and not in_hand.wrong.isdisjoint(gateways)):
        days = sorted({*days, basis.yesterday})
    for_now = any(watch.catching_up for watch in group)
    if for_now:
        days = [day for day in days if day == basis.yesterday]
    return Due(gateways, width, days[::-1], changed, for_now)


def load(basis: Basis, gateways: Sequence[int], window: Grid) -> Loaded:
    """What these gateways' sensors said over a window of days that are over, or of today; and what
    those of other gateways said that watched assets of theirs in it.
    """
    over = min(basis.now, window.at(window.minutes))
    span = {"since": window.start, "before": over}
    with basis.database.transaction("analytics: load gateways") as conn:
        linked = conn.execute(LINKED, span | {"gateways": list(gateways)})
        every = {*gateways, *(gateway for (gateway,) in linked)}
        ruled = basis.ruled(bindings.watches(conn, basis.now, **span, gateways=every))
        return rooms.loaded(conn, ruled, basis.known, window, basis.now, yesterday=basis.yesterday)


def load_day(basis: Basis, due: Due, last: date) -> Loaded:
    """What is to be read for the window that ends with `last`."""
    return load(basis, due.gateways, assess.grid_through(last, due.width))


def load_today(basis: Basis, gateways: Sequence[int]) -> Loaded:
    """What is to be read of these gateways' today, and of yesterday before it."""
    return load(basis, gateways, assess.grid(basis.now, 2))


def _facts(basis: Basis, loaded: Loaded, examined: Sequence[Examined]) -> list[Facts]:
    return [
        assess.read(card, own, basis.rules[first.category], loaded.window, first.since)
        for card, first, own in rooms.by_card(loaded.watches, examined)
    ]


def read_day(basis: Basis, due: Due, loaded: Loaded) -> dict[int, Standing]:
    """Read a window of days that are over, and keep what it settles; by card (an id) what is to be
    said of its sensors.

    The newest window tells how sensors are, and what stands for the time being of the days that
    later windows will settle.
    """
    window = loaded.window
    examined = loaded.examined(basis.silent_after, basis.known)
    own = {watch.card_id for watch in loaded.watches if watch.gateway_id in due.gateways}
    found = [one for one in _facts(basis, loaded, examined) if one.card_id in own]
    with basis.database.transaction("analytics: keep a gateway") as conn:
        facts.keep(conn, found, *told_by(basis, window))
        if window.last == basis.yesterday:
            pairs = zip(loaded.watches, examined, strict=True)
            _keep_sensors(conn, basis, due, list(pairs), loaded)
    return {one.card_id: one.standing for one in found}


def _keep_sensors(
    conn: Connection,
    basis: Basis,
    due: Due,
    pairs: Sequence[tuple[Watch, Examined]],
    loaded: Loaded,
) -> None:
    """How the sensors of the newest window are, what was learnt of them, and what proves them."""
    current = [
        (watch, one)
        for watch, one in pairs
        if watch.until is None and watch.gateway_id in due.gateways
    ]
    window, sensors = loaded.window, [one for _, one in current]
    health_records.keep(conn, sensors, loaded.latest, window, basis.now, whole=True)
    of_bindings = [(watch.binding_id, one) for watch, one in current]
    facts.keep_learnt(conn, of_bindings, window.last)
    for watch, one in current:
        if watch.proven:
            _doubt(conn, watch, one, basis.now)
        elif not watch.of_room:
            _keep_proof(conn, watch, one, window)


@dataclass(frozen=True, slots=True)
class Today:
    """What was read of today."""

    loaded: Loaded
    examined: list[Examined]
    facts: list[Facts]

    def keep(self, conn: Connection, now: datetime) -> None:
        """Keep it, and how the sensors are now."""
        window = self.loaded.window
        facts.keep(conn, self.facts, window.last, window.last, goes_on=True)
        pairs = zip(self.loaded.watches, self.examined, strict=True)
        current = [one for watch, one in pairs if watch.until is None]
        health_records.keep(conn, current, self.loaded.latest, window, now, whole=False)


def read_today(basis: Basis, loaded: Loaded) -> Today:
    """Read what is over of today, by what the days before it have told."""
    short = loaded.examined(basis.silent_after, basis.known)
    pairs = zip(loaded.watches, short, strict=True)
    examined = [_as_known(basis, watch, one, loaded.window) for watch, one in pairs]
    return Today(loaded, examined, _facts(basis, loaded, examined))


def window_of(basis: Basis, day: date, width: int) -> Grid:
    """The window of `width` days by which the facts of a day are made, as of now."""
    if day > basis.yesterday:
        return assess.grid(basis.now, 2)
    return assess.grid_through(min(day + (width - 2) * DAY, basis.yesterday), width)


def told_by(basis: Basis, window: Grid) -> tuple[date, date]:
    """The first and the last of the days of which such a window makes facts."""
    if window.last > basis.yesterday:
        return window.last, window.last
    settled = settled_by(window.last, window.days)
    return settled, window.last if window.last == basis.yesterday else settled


def read_of(
    basis: Basis, gateways: Sequence[int], day: date, width: int
) -> tuple[Loaded, list[Examined]]:
    """These gateways' sensors, read through that window."""
    loaded = load(basis, gateways, window_of(basis, day, width))
    if day > basis.yesterday:
        return loaded, read_today(basis, loaded).examined
    return loaded, loaded.examined(basis.silent_after, basis.known)


def _as_known(basis: Basis, watch: Watch, one: Examined, window: Grid) -> Examined:
    """A sensor by its last minutes, with what whole days told of it.

    These tell of silence and of its clock. An alarm that needs days to be found is found, and over,
    when a day is over: a quarter of two days is half a night. And a sensor that wasn't heard in
    these minutes was perhaps heard before them.
    """
    cleaned = one.cleaned
    known = Health(watch.health) if watch.health else Health.OK
    if known not in {*AT_ONCE, cleaned.health}:
        told = replace(cleaned, health=known, since=0, set_right=False)
        return replace(one, cleaned=told)
    if cleaned.health not in {*AT_ONCE, Health.CLOCK_OFF, known}:
        return replace(one, cleaned=replace(cleaned, health=Health.OK, since=0))
    if cleaned.health is Health.NEVER_HEARD and watch.heard_at is not None:
        minutes = (basis.now - watch.heard_at) / timedelta(minutes=1)
        silent = minutes > basis.silent_after and not watch.catching_up
        health = Health.SILENT if silent else Health.OK
        since = window.minute_after(watch.heard_at) if silent else 0
        return replace(one, cleaned=replace(cleaned, health=health, since=since))
    return one


def _doubt(conn: Connection, watch: Watch, one: Examined, now: datetime) -> None:
    """End what proved a sensor, where it can't be believed any more (I10).

    What proves it while the alarm's days are still in the window, a test after it was mended,
    outlasts them.
    """
    health = one.cleaned.health
    if watch.proven and health in CAN_NOT_BE_BELIEVED and not watch.in_doubt:
        proof.end(conn, watch.binding_id, reason=proof.Ended.ALARMED, at=now)
        subject = f"sensor:{watch.name}"
        audit.record(conn, proposals.ACTOR, "sensor.proof_ended", subject, alarm=health.value)


def _keep_proof(conn: Connection, watch: Watch, one: Examined, window: Grid) -> None:
    """Note use that proves a sensor (I10)."""
    if one.reacted_at is None:
        return
    at = window.at(one.reacted_at)
    levels = {"on": one.seen.on, "rose": one.seen.rose}
    seen = {name: round(level, 3) for name, level in levels.items() if level is not None}
    how, by = proof.How.USE, proposals.ACTOR
    if proof.prove(conn, watch.binding_id, how=how, by=by, at=at, **seen):
        subject = f"sensor:{watch.name}"
        audit.record(
            conn, proposals.ACTOR, "sensor.proven", subject, seen_at=at, card=watch.card_id
        )


def let_go(conn: Connection, basis: Basis, read: Sequence[Due]) -> None:
    """Facts are made of what was due; what is older waits where more is on its way."""
    made = {
        gateway: {day for day in days if not one.for_now or day > basis.yesterday}
        for one in read
        for gateway, days in one.changed.items()
    }
    changed_days.let_go(conn, made)
    over = [gateway for one in read if one.days and not one.for_now for gateway in one.gateways]
    conn.execute(SET_READ, {"gateways": over, "until": basis.yesterday})
