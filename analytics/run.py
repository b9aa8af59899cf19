"""One run: gateway by gateway, readings to facts, facts to verdicts, verdicts to suggestions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final, LiteralString

import numpy as np
import structlog
from numpy.typing import NDArray

from analytics import (
    clock_records,
    clocks,
    closed_days,
    facts,
    idle,
    kinds,
    load,
    misreadings,
    proposals,
    rules,
)
from analytics.assess import Assessed, Grid, assess, evidence, grid
from analytics.bindings import Watch, watches
from analytics.detect import Examined, Sensor, examine
from analytics.health import CAN_NOT_BE_BELIEVED
from analytics.idle import Verdict
from analytics.rules import Rule
from analytics.settings import AnalyticsSettings
from analytics.sun import doubt_clocks
from db import Connection, Database, Unavailable, audit
from ingest import fault_values, proof
from ingest.fault_values import FaultValue, Misreading
from ingest.reasons import Reason

AHEAD: Final = timedelta(days=1)  # stamps of gateways whose clock is off

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RunReport:
    """What a run did."""

    assets: int = 0
    unchanged: int = 0
    without_rule: int = 0
    raised: int = 0
    waiting: int = 0
    resumed: int = 0
    withdrawn: int = 0
    failed: int = 0  # assets of gateways whose judgement broke off
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, other: "RunReport") -> None:
        """Count in what another did."""
        for each in fields(self):
            total = getattr(self, each.name) + getattr(other, each.name)
            setattr(self, each.name, total)

    def __str__(self) -> str:
        verdicts = ", ".join(f"{name} {count}" for name, count in self.verdicts.most_common())
        return (
            f"{self.assets} assets judged ({verdicts or 'none'}), {self.unchanged} unchanged, "
            f"{self.without_rule} without a rule; "
            f"suggestions: {self.raised} raised, {self.waiting} set aside, {self.resumed} resumed, "
            f"{self.withdrawn} withdrawn"
            + (f"; {self.failed} assets FAILED" if self.failed else "")
        )


def run_once(
    database: Database, settings: AnalyticsSettings, now: datetime, *, everything: bool = True
) -> RunReport:
    """Judge the watched assets as of `now`, gateway by gateway.

    With `everything` False, gateways from which nothing came since their last judgement are
    passed over (a day later they are judged again, for silence is news), unless a unit's closures
    are others now.
    """
    with database.transaction("analytics: what is watched") as conn:
        watched = watches(conn, now)
        by_category = rules.by_category(conn)
        known = fault_values.fault_values(conn)
        ruled = [watch.card_id for watch in watched if watch.category in by_category]
        quiet = set() if everything else _unchanged(conn, ruled, now)
        stale = closed_days.judged_otherwise(conn, ruled) if quiet else set()
        quiet -= {watch.gateway_id for watch in watched if watch.card_id in stale}
    report = RunReport()
    for group in together(watched):
        if {watch.gateway_id for watch in group} <= quiet:
            report.unchanged += len({watch.card_id for watch in group})
            continue
        try:
            report.add(_judge_group(database, group, by_category, known, settings, now))
        except Unavailable:  # no fault of the gateway's
            raise
        except Exception:  # whatever one odd sensor does, the others are judged
            gateways = sorted({watch.name.partition(":")[0] for watch in group})
            log.exception("gateways not judged", gateways=gateways)
            report.failed += len({watch.card_id for watch in group})
    with database.transaction("analytics: what is used or watched no longer") as conn:
        report.withdrawn += proposals.withdraw_settled(conn, now)
        report.waiting += proposals.wait_unwatched(conn, now)
    log.info("analytics run", report=str(report))
    return report


def together(watched: Sequence[Watch]) -> list[list[Watch]]:
    """Watches by gateway; gateways that share an asset are one group.

    An asset is judged once, by all of its sensors: a dead one on another gateway counts, too (I4).
    """
    groups: list[list[Watch]] = []
    for _, one in groupby(watched, key=lambda watch: watch.gateway_id):
        group = list(one)
        cards = {watch.card_id for watch in group}
        linked = [g for g in groups if not cards.isdisjoint(watch.card_id for watch in g)]
        groups = [g for g in groups if g not in linked]
        groups.append([watch for g in (*linked, group) for watch in g])
    return groups


# Silence is news, too: once a day everything is judged. A pack bears the time of its arrival and is
# seen only once it is stored, so one that came shortly before the judgement may not be in it.
UNCHANGED: LiteralString = """
    SELECT sensor.gateway_id
      FROM binding
      JOIN sensor ON sensor.id = binding.sensor_id
      LEFT JOIN assessment ON assessment.card_id = binding.card_id
     WHERE binding.until IS NULL AND binding.card_id = ANY(%(cards)s)
     GROUP BY sensor.gateway_id
    HAVING bool_and(assessment.made_at IS NOT NULL)
       AND min(assessment.made_at) > %(now)s::timestamptz - INTERVAL '1 day'
       AND NOT EXISTS (SELECT FROM pack
                        WHERE pack.gateway_id = sensor.gateway_id
                          AND pack.received_at
                             >= min(assessment.made_at) - INTERVAL '10 minutes')
"""


def _unchanged(conn: Connection, cards: list[int], now: datetime) -> set[int]:
    return {gateway for (gateway,) in conn.execute(UNCHANGED, {"cards": cards, "now": now})}


def _judge_group(
    database: Database,
    group: Sequence[Watch],
    by_category: dict[str, Rule],
    known: Sequence[FaultValue],
    settings: AnalyticsSettings,
    now: datetime,
) -> RunReport:
    """Load, judge, keep: the arithmetic between the two transactions holds no connection."""
    report = RunReport()
    ruled = [watch for watch in group if watch.category in by_category]
    report.without_rule += len({w.card_id for w in group} - {w.card_id for w in ruled})
    if not ruled:
        return report
    window = grid(now, max(by_category[watch.category].window_days for watch in ruled))
    with database.transaction("analytics: load a gateway") as conn:
        sensors, latest = _sensors(conn, ruled, known, window, now)
        cards = {watch.card_id for watch in ruled}
        closed = closed_days.by_card(conn, cards, window.first, window.last)
    silent_after = int(settings.silent_after_h * 60)
    examined = [
        one
        for _, room in groupby(zip(ruled, sensors, strict=True), key=lambda p: p[0].gateway_id)
        for one in examine(
            doubt_clocks([sensor for _, sensor in room], window), silent_after, window.passed, known
        )
    ]
    judged = [
        (assess(card, own, by_category[watch.category], window, watch.since, closed[card]), own)
        for card, watch, own in _by_card(ruled, examined)
    ]
    with database.transaction("analytics: keep a gateway") as conn:
        facts.keep_health(conn, examined, latest, window, now)
        for assessed, _ in judged:
            facts.keep(conn, assessed, closed[assessed.card_id], now)
        for watch, one in zip(ruled, examined, strict=True):
            _keep_proof(conn, watch, one, window, now)
        for assessed, own in judged:
            _suggest(conn, assessed, own, now, report)
    return report


def _by_card(
    room: Sequence[Watch], examined: Sequence[Examined]
) -> Iterator[tuple[int, Watch, list[Examined]]]:
    for card_id in dict.fromkeys(watch.card_id for watch in room):
        watch = min((w for w in room if w.card_id == card_id), key=lambda w: w.since)
        yield card_id, watch, [one for one in examined if one.sensor.card_id == card_id]


REFUSED: LiteralString = """
    SELECT split_part(detail, ' ', 1), array_agg(last_at)
      FROM dead_letter
     WHERE gateway = ANY(%(gateways)s) AND last_at >= %(since)s AND reason = ANY(%(reasons)s)
     GROUP BY 1
"""


def _refused(conn: Connection, room: Sequence[Watch], window: Grid) -> dict[str, NDArray[np.int64]]:
    """By sensor's name the minutes in which values came that were refused on arrival."""
    sent = {
        "gateways": sorted({watch.name.partition(":")[0] for watch in room}),
        "since": window.start,
        "reasons": [Reason.OUT_OF_RANGE.value, Reason.NOT_A_NUMBER.value],
    }
    return {
        name: np.array([(at - window.start) // timedelta(minutes=1) for at in moments])
        for name, moments in conn.execute(REFUSED, sent)
    }


def _sensors(
    conn: Connection,
    room: Sequence[Watch],
    known: Sequence[FaultValue],
    window: Grid,
    now: datetime,
) -> tuple[list[Sensor], dict[int, tuple[datetime, float]]]:
    """The room's sensors on the grid, and what each measured last."""
    clock_of = clock_records.histories(conn, list({w.gateway_id for w in room}), window.start, now)
    behind = max((one.slowest_s for one in clock_of.values()), default=0.0)
    since, before = window.start - timedelta(seconds=behind), now + AHEAD
    said = load.readings(
        conn, [w.sensor_id for w in room if not w.is_place], since, before
    ) | load.positions(conn, [w.sensor_id for w in room if w.is_place], since, before)
    refused = _refused(conn, room, window)
    empty = (np.empty(0),) * 4
    sensors, latest = [], {}
    for watch in room:
        stamps, *columns = said.get(watch.sensor_id, empty)
        clock = clock_of.get(watch.gateway_id, clocks.RIGHT)
        own = columns if watch.is_place else columns[:1]
        since_s = max(watch.since, window.start).timestamp()
        measured = clock.measured_at(stamps, now.timestamp())
        at, own = misreadings.in_order(measured, own, since_s)
        if at.size:
            latest[watch.sensor_id] = (datetime.fromtimestamp(at[-1], UTC), float(own[0][-1]))
        ahead = (at[-1] - now.timestamp()) / 60 if at.size else 0.0
        start = window.start.timestamp()
        values, misread = misreadings.on_grid(watch.kind, at, own, start, window.minutes, known)
        some_use = kinds.find(watch.kind).may_be_use(columns[0])
        undated = clock.undated(stamps, some_use, now.timestamp(), start, window.minutes)
        if undated is not None:
            undated[: window.minute_after(watch.since)] = False
        if watch.name in refused:
            misread |= {Misreading.REFUSED: refused[watch.name]}
        sensors.append(
            Sensor(
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
            )
        )
    return sensors, latest


def _keep_proof(conn: Connection, watch: Watch, one: Examined, window: Grid, now: datetime) -> None:
    """Note use that proves a sensor; end its proof where it can't be believed any more (I10).

    An alarm ends what proved it before. What proves it while the alarm's days are still in the
    window, a test after it was mended, outlasts them.
    """
    subject, health = f"sensor:{watch.name}", one.cleaned.health
    if watch.proven:
        if health in CAN_NOT_BE_BELIEVED and not watch.in_doubt:
            proof.end(conn, watch.binding_id, reason=proof.Ended.ALARMED, at=now)
            audit.record(conn, proposals.ACTOR, "sensor.proof_ended", subject, alarm=health.value)
    elif one.reacted_at is not None:
        at = window.at(one.reacted_at)
        levels = {"on": one.seen.on, "rose": one.seen.rose}
        seen = {name: round(level, 3) for name, level in levels.items() if level is not None}
        how, by = proof.How.USE, proposals.ACTOR
        if proof.prove(conn, watch.binding_id, how=how, by=by, at=at, **seen):
            audit.record(
                conn, proposals.ACTOR, "sensor.proven", subject, seen_at=at, card=watch.card_id
            )


def _suggest(
    conn: Connection,
    assessed: Assessed,
    examined: Sequence[Examined],
    now: datetime,
    report: RunReport,
) -> None:
    report.assets += 1
    verdict, card = assessed.judged.verdict, assessed.card_id
    report.verdicts[verdict.value] += 1
    if verdict is Verdict.IDLE:
        if proposals.resume(conn, card) is not None:
            report.resumed += 1
            return
        frozen = evidence(assessed, examined)
        report.raised += proposals.propose(conn, card, assessed.rule.id, frozen, now) is not None
        return
    reason = assessed.judged.reasons[0].value if assessed.judged.reasons else verdict.value
    if assessed.judged.by_closure:
        report.waiting += proposals.wait(conn, card, idle.Reason.CLOSED.value, now) is not None
    elif verdict is Verdict.IN_USE:
        report.withdrawn += proposals.withdraw(conn, card, reason, now) is not None
    else:
        report.waiting += proposals.wait(conn, card, reason, now) is not None
