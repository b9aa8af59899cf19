"""One run: gateway by gateway, readings to facts, facts to verdicts, verdicts to suggestions.

A day is read when it is over, and again when something of it arrives later (`windows`); of today,
which isn't over, only its own minutes are read, by what the days before it have told. Judgement is
by what is kept of each day.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final, LiteralString, TypeVar

import structlog

from analytics import bindings, calendar, closed_days, facts, judgements, proposals, windows
from analytics.assess import Standing
from analytics.bindings import ROOM, Watch
from analytics.judgements import RunReport
from analytics.rooms import Loaded
from analytics.settings import AnalyticsSettings
from analytics.windows import Basis, Due
from db import Connection, Database, Unavailable, scalar
from ingest import changed_days

log = structlog.get_logger(__name__)

_Task = TypeVar("_Task")

AT_ONCE: Final = 16  # groups of gateways, of whose today little is to be read
LOCK: Final = 0x70616E72756E  # "panrun": whoever runs


@dataclass(slots=True)
class _Group:
    """Gateways that are judged together, and how far that is."""

    watches: list[Watch]  # of assets for which there is a rule
    due: Due
    standing: dict[int, Standing] = field(default_factory=dict)  # by card, where days were read
    broken: bool = False  # some of its days could not be read: they are tried again

    @property
    def cards(self) -> set[int]:
        """The cards (ids) that are judged."""
        return cards_of(self.watches)


def run_once(
    database: Database, settings: AnalyticsSettings, now: datetime, *, everything: bool = True
) -> RunReport:
    """Judge the watched assets as of `now`, gateway by gateway. One run at a time: another waits.

    With `everything` False, gateways of which nothing arrived and whose newest day that is over has
    been read are passed over, unless rules or a unit's closures are others now.
    """
    with _alone(database):
        return _run(database, settings, now, everything=everything)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Two runs at once would each keep what the other hasn't read."""
    with database.connect() as conn:
        if not scalar(conn, "SELECT pg_try_advisory_lock(%(lock)s)", lock=LOCK):
            log.info("another run is going on: waiting for its end")
            conn.execute("SELECT pg_advisory_lock(%(lock)s)", {"lock": LOCK})
        yield


def _run(
    database: Database, settings: AnalyticsSettings, now: datetime, *, everything: bool
) -> RunReport:
    report = RunReport()
    with database.transaction("analytics: what is watched") as conn:
        basis = Basis.of(conn, database, settings, now)
        watched = _watched(conn, basis)
        otherwise = _ruled_otherwise(conn, basis, watched)
        passed_over = set() if everything else _unchanged(conn, basis, watched, otherwise)
    groups = _to_judge(together(watched), basis, passed_over, report)
    in_hand = windows.take(basis, {watch.gateway_id for group in groups for watch in group})
    due = []
    for watches in groups:
        anew = everything or any(watch.card_id in otherwise for watch in watches)
        due.append(_Group(watches, windows.due(basis, watches, in_hand, anew=anew)))
    for first in range(0, len(due), AT_ONCE):
        batch = due[first : first + AT_ONCE]
        _read_days(basis, batch, report)
        _judge(basis, batch, report)
    with database.transaction("analytics: what is used or watched no longer") as conn:
        report.withdrawn += proposals.withdraw_settled(conn, now)
        report.waiting += proposals.wait_unwatched(conn, now)
    log.info("analytics run", report=str(report))
    return report


def _watched(conn: Connection, basis: Basis) -> list[Watch]:
    """What was watched in the widest window, or ever by gateways of which something arrived."""
    begin = calendar.midnight(basis.yesterday - timedelta(days=basis.widest - 1))
    now = basis.now
    watched = bindings.watches(conn, now, since=begin, before=now)
    others = changed_days.changed(conn) - {watch.gateway_id for watch in watched}
    if others:
        ever = datetime.min.replace(tzinfo=UTC)
        watched += bindings.watches(conn, now, since=ever, before=now, gateways=others)
    return watched


def _to_judge(
    groups: Sequence[list[Watch]], basis: Basis, passed_over: set[int], report: RunReport
) -> list[list[Watch]]:
    """Of each group the watches of assets for which there is a rule, where anything is new."""
    found = []
    for group in groups:
        cards, ruled = cards_of(group), basis.ruled(group)
        if {watch.gateway_id for watch in group} <= passed_over:
            report.unchanged += len(cards)
            continue
        report.without_rule += len(cards - cards_of(ruled))
        if ruled:
            found.append(ruled)
    return found


def _loaded_ahead(
    load: Callable[[_Task], Loaded], tasks: Sequence[_Task]
) -> Iterator[tuple[_Task, Future[Loaded]]]:
    """Each task with what is loaded for it, while the one before it is worked on."""
    with ThreadPoolExecutor(max_workers=1) as loader:
        coming = [loader.submit(load, task) for task in tasks[:1]]
        for place, task in enumerate(tasks):
            here = coming.pop()
            coming += [loader.submit(load, one) for one in tasks[place + 1 : place + 2]]
            yield task, here


def _tried(act: Callable[[], None], group: _Group, report: RunReport) -> None:
    """Do it; whatever one odd sensor does, the others are judged."""
    try:
        act()
    except Unavailable:  # no fault of the gateway's
        raise
    except Exception:
        names = sorted({watch.name.partition(":")[0] for watch in group.watches})
        log.exception("gateways not judged", gateways=names)
        report.failed += 0 if group.broken else len(group.cards)
        group.broken = True


def _read_days(basis: Basis, groups: Sequence[_Group], report: RunReport) -> None:
    """Read the days that are due of each group."""

    def load(task: tuple[_Group, date]) -> Loaded:
        group, last = task
        return windows.load_day(basis, group.due, last)

    def read(group: _Group, last: date, loaded: Future[Loaded]) -> None:
        standing = windows.read_day(basis, group.due, loaded.result())
        if last == basis.yesterday:
            group.standing = standing

    tasks = [(group, last) for group in groups for last in group.due.days]
    for (group, last), loaded in _loaded_ahead(load, tasks):
        _tried(partial(read, group, last, loaded), group, report)


def _judge(basis: Basis, groups: Sequence[_Group], report: RunReport) -> None:
    """Read today, of several groups at once, and judge them; each by itself, where that breaks off.

    A group of which days could not be read is judged again when they are.
    """

    def judge(batch: Sequence[_Group]) -> None:
        report.add(_judge_today(basis, batch))

    whole = [group for group in groups if not group.broken]
    if not whole:
        return
    try:
        judge(whole)
    except Unavailable:
        raise
    except Exception:  # one of them: which?
        for group in whole:
            _tried(partial(judge, [group]), group, report)


def _judge_today(basis: Basis, groups: Sequence[_Group]) -> RunReport:
    gateways = [gateway for group in groups for gateway in group.due.gateways]
    loaded = windows.load_today(basis, gateways)
    today = windows.read_today(basis, loaded)
    current = [watch for watch in loaded.watches if watch.until is None]
    rule_of = {w.card_id: basis.rules[w.category] for w in current if not w.of_room}
    standing = {one.card_id: one.standing for one in today.facts}
    states = {one.card_id: one.now_state for one in today.facts}
    with basis.database.transaction("analytics: keep today, and judge") as conn:
        today.keep(conn, basis.now)
        standing |= facts.standings(conn, rule_of)
        for group in groups:
            standing |= group.standing
        judged = judgements.judge(conn, rule_of, standing, states, basis.now)
        windows.let_go(conn, basis, [group.due for group in groups])
    return judged


def cards_of(watched: Sequence[Watch]) -> set[int]:
    """The cards (ids) that are watched now; a room is none."""
    return {one.card_id for one in watched if one.until is None and not one.of_room}


def together(watched: Sequence[Watch]) -> list[list[Watch]]:
    """Watches by gateway; gateways that share an asset are one group.

    An asset is judged once, by all of its sensors: a dead one on another gateway counts, too (I4).
    """
    groups: list[list[Watch]] = []
    for _, one in groupby(watched, key=lambda watch: watch.gateway_id):
        group = list(one)
        cards = {watch.card_id for watch in group} - {ROOM}
        linked = [g for g in groups if not cards.isdisjoint(watch.card_id for watch in g)]
        groups = [g for g in groups if g not in linked]
        groups.append([watch for g in (*linked, group) for watch in g])
    return groups


JUDGED_BY: LiteralString = """
    SELECT card_id, rule_id FROM assessment WHERE card_id = ANY(%(cards)s)
"""


def _unchanged(
    conn: Connection, basis: Basis, watched: Sequence[Watch], otherwise: set[int]
) -> set[int]:
    """The gateways (ids) of which there is nothing new; `otherwise`: cards (ids) that were judged
    by other rules.
    """
    changed = changed_days.changed(conn)
    until = windows.read_until(conn)
    quiet = {gateway for gateway, day in until.items() if day == basis.yesterday} - changed
    cards = cards_of([watch for watch in watched if watch.gateway_id in quiet])
    otherwise = otherwise | closed_days.judged_otherwise(conn, cards)
    return quiet - {watch.gateway_id for watch in watched if watch.card_id in otherwise}


def _ruled_otherwise(conn: Connection, basis: Basis, watched: Sequence[Watch]) -> set[int]:
    """The cards (ids) that were judged by another rule, or another version, than holds now."""
    ruled = [watch for watch in basis.ruled(watched) if not watch.of_room]
    now = {watch.card_id: basis.rules[watch.category].id for watch in ruled}
    judged = conn.execute(JUDGED_BY, {"cards": list(now)})
    return {card for card, rule in judged if now[card] != rule}
