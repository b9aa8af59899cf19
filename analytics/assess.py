"""One asset's use over its rule's window: facts, figures, verdict, evidence. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np

from analytics import calendar, detect, hours, idle, sessions
from analytics.detect import Examined
from analytics.grid import Bools
from analytics.health import Health
from analytics.hours import Days, Hours
from analytics.idle import Judged, Observed, Reason
from analytics.rules import Rule
from db import PanhuoError

DAY: Final = 1440
NOW_WITHIN: Final = 15  # minutes: what was heard before says nothing of now
ALARM: Final = {
    Health.SILENT: Reason.SENSOR_SILENT,
    Health.STUCK: Reason.SENSOR_STUCK,
    Health.DRIFTING: Reason.SENSOR_DRIFTING,
    Health.NEVER_HEARD: Reason.SENSOR_NEVER_HEARD,
    Health.CLOCK_OFF: Reason.SENSOR_CLOCK_OFF,
    Health.FAULTY: Reason.SENSOR_FAULTY,
    Health.COVERED: Reason.SENSOR_COVERED,
    Health.MOVED: Reason.SENSOR_MOVED,
    Health.ALWAYS_LIT: Reason.LAMP_ALWAYS_LIT,
    Health.LAMP_GONE: Reason.LAMP_GONE,
    Health.SAME_SIGNAL: Reason.SAME_SIGNAL,
}


class NoSensor(PanhuoError):
    """An asset without sensors can't be assessed."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The minutes that are looked at: whole days in Asia/Shanghai, the last one still running."""

    first: date
    days: int
    passed: int  # minutes that are over

    @property
    def start(self) -> datetime:
        """The beginning of the first day."""
        return calendar.midnight(self.first)

    @property
    def last(self) -> date:
        """The last day, which is still running."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def minutes(self) -> int:
        """Minutes of all days."""
        return self.days * DAY

    def at(self, minute: int) -> datetime:
        """The moment at which a minute begins."""
        return self.start + timedelta(minutes=minute)

    def minute_after(self, moment: datetime) -> int:
        """The first minute that begins no earlier than `moment`, 0 to `minutes`."""
        passed = -((self.start - moment) // timedelta(minutes=1))
        return min(max(0, passed), self.minutes)


def grid(now: datetime, window_days: int) -> Grid:
    """The grid of the last `window_days` days, today among them."""
    today = calendar.day_of(now)
    first = today - timedelta(days=window_days - 1)
    passed = int((now - calendar.midnight(first)).total_seconds() // 60)
    return Grid(first, window_days, passed)


@dataclass(frozen=True, slots=True)
class SessionFact:
    """One session as it is kept."""

    started_at: datetime
    ended_at: datetime
    basis: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Assessed:
    """Everything that is kept of one asset's window."""

    card_id: int
    rule: Rule
    grid: Grid
    sessions: list[SessionFact]
    hours: Hours
    days: Days
    official: list[bool]  # by the national calendar
    closed: list[bool]
    working: list[bool]  # as the judgement counts them
    judged: Judged
    now_state: str
    in_use_s: int
    covered_s: int
    service_s: int
    session_count: int
    valid_days: int
    used_days: int
    available_h: float
    coverage: float
    last_use_at: datetime | None

    @property
    def begun(self) -> int:
        """The minute of the grid since which its sensors of now watch it; 0: since before."""
        return self.grid.passed - self.service_s // 60


def assess(
    card_id: int,
    examined: Sequence[Examined],
    rule: Rule,
    window: Grid,
    since: datetime,
    closed: Collection[date] = (),
) -> Assessed:
    """Judge one asset by its sensors, watched since `since`; NoSensor where it has none.

    `closed`: days on which its unit is closed. They are working days nevertheless where the
    judgement rests on them.
    """
    if not examined:
        raise NoSensor(f"card {card_id}")
    use = detect.combine(examined, window.minutes)
    covered = use.covered & (np.arange(window.minutes) < window.passed)
    found = sessions.sessions(
        use.use & covered,
        close_gap=rule.session_gap_s // 60,
        least=max(1, rule.session_least_s // 60),
    )
    inside = sessions.in_sessions(found, window.minutes)
    covered |= inside  # a closed gap was judged, so it counts as heard
    by_day = hours.by_day(inside, covered, found[:, 0], window.passed, rule.minimum_coverage)
    dates = [window.first + timedelta(days=n) for n in range(window.days)]
    shut = np.array([day in closed for day in dates])
    official = np.array([calendar.is_working(day) for day in dates])
    whole = by_day.valid & official
    counted = whole & ~shut
    unheard = hours.unheard(covered | use.perhaps)  # those count once
    begun = max(0, int((since - window.start).total_seconds() // 60))
    service = max(0, window.passed - begun)
    heard = int(covered[begun : window.passed].sum())
    coverage = heard / service if service else 0.0

    def over(counted: Bools) -> Observed:
        """What was observed over these days."""
        return Observed(
            hours=float(by_day.in_use[counted].sum()) / 60,
            sessions=int(by_day.sessions[counted].sum()),
            valid_days=int(counted.sum()),
            coverage=coverage,
            proven=use.proven,
            able=use.able,
            agree=use.agree,
            alarms=_alarms(examined),
            perhaps=float((use.perhaps & ~inside).reshape(-1, DAY)[counted].sum()) / 60,
            unheard=float(unheard[counted].sum()) / 60,
        )

    passed = by_day.service >= calendar.LAST_HOUR * 60
    watched = np.arange(window.days) * DAY + calendar.FIRST_HOUR * 60 >= begun
    closed_days = int((official & shut & passed & watched).sum())
    judged = idle.judge_closed(
        replace(over(counted), closed_days=closed_days),
        replace(over(whole), closed_counted=bool((whole & shut).any())),
        rule.numbers(),
    )
    working = official if judged.seen.closed_counted else official & ~shut
    facts = [_fact(session, use.by_basis, window) for session in found.tolist()]
    return Assessed(
        card_id=card_id,
        rule=rule,
        grid=window,
        sessions=facts,
        hours=hours.by_hour(inside, covered, found[:, 0]),
        days=by_day,
        official=official.tolist(),
        closed=shut.tolist(),
        working=working.tolist(),
        judged=judged,
        now_state=_now(inside, covered, window.passed),
        in_use_s=int(inside[: window.passed].sum()) * 60,
        covered_s=heard * 60,
        service_s=service * 60,
        session_count=len(facts),
        valid_days=judged.seen.valid_days,
        used_days=int((by_day.in_use > 0).sum()),
        available_h=judged.seen.valid_days * rule.rated_hours,
        coverage=coverage,
        last_use_at=facts[-1].ended_at if facts else None,
    )


def _alarms(examined: Sequence[Examined]) -> tuple[Reason, ...]:
    """I4: a sensor that can't be trusted is an alarm, and never a suggestion."""
    found = {ALARM[one.cleaned.health] for one in examined if one.cleaned.health in ALARM}
    return tuple(sorted(found))


def _fact(session: list[int], by_basis: dict[str, Bools], window: Grid) -> SessionFact:
    start, end = session
    bases = [basis for basis, seen in by_basis.items() if seen[start:end].any()]
    sure = detect.confidence(bases)
    return SessionFact(window.at(start), window.at(end), ",".join(sorted(bases)), sure)


def _now(inside: Bools, covered: Bools, passed: int) -> str:
    recent = slice(max(0, passed - NOW_WITHIN), passed)
    heard = np.flatnonzero(covered[recent])
    if heard.size == 0:
        return "not_known"
    return "in_use" if inside[recent][heard[-1]] else "not_in_use"


def evidence(assessed: Assessed, examined: Sequence[Examined]) -> dict[str, Any]:
    """What a suggestion rests on, as JSON, so that it stays as it was (I4)."""
    rule, judged = assessed.rule, assessed.judged
    return {
        "rule": {
            "name": rule.name,
            "version": rule.version,
            "rated_hours": rule.rated_hours,
            "threshold": rule.threshold,
            "upper_limit": rule.upper_limit,
            "minimum_days": rule.minimum_days,
            "minimum_coverage": rule.minimum_coverage,
        },
        "window": {
            "from": assessed.grid.start.isoformat(),
            "to": assessed.grid.at(assessed.grid.passed).isoformat(),
            "days": rule.window_days,
        },
        "in_use_h": round(assessed.in_use_s / 3600, 2),
        "available_h": round(assessed.available_h, 1),
        "sessions": assessed.session_count,
        "valid_days": assessed.valid_days,
        "closed_counted": judged.seen.closed_counted,
        "used_days": assessed.used_days,
        "utilisation": judged.utilisation,
        "upper_bound": judged.upper_bound,
        "coverage": round(assessed.coverage, 4),
        "confidence": _confidence(assessed),
        "last_use_at": assessed.last_use_at.isoformat() if assessed.last_use_at else None,
        "sensors": [
            {
                "id": one.sensor.id,
                "kind": one.sensor.kind,
                "coverage": round(one.cleaned.coverage, 4),
                "proven": one.proven,
                "misread": {kind.value: count for kind, count in one.cleaned.misread.items()},
            }
            for one in examined
        ],
        "days": _days(assessed),
        "weeks": _weeks(assessed),
    }


def _confidence(assessed: Assessed) -> float:
    """How far the upper bound stays below its limit, weighed by how much was heard (0 to 1)."""
    bound = assessed.judged.upper_bound
    if bound is None:
        return 0.0
    room = max(0.0, 1.0 - bound / assessed.rule.upper_limit)
    return round((0.5 + 0.5 * room) * assessed.coverage, 3)


def _days(assessed: Assessed) -> list[dict[str, Any]]:
    days = assessed.days
    return [
        {
            "day": (assessed.grid.first + timedelta(days=n)).isoformat(),
            "covered": round(float(days.covered[n] / days.service[n]), 3),
            "hours": round(float(days.in_use[n]) / 60, 2),
            "working": assessed.working[n],
            "closed": assessed.closed[n],
            "official": assessed.official[n],
            "valid": bool(days.valid[n]),
        }
        for n in range(assessed.grid.days)
        if days.service[n] >= calendar.LAST_HOUR * 60
    ]


def _weeks(assessed: Assessed) -> list[dict[str, Any]]:
    weeks: dict[date, list[float]] = {}
    days = assessed.days
    for n in range(assessed.grid.days):
        day = assessed.grid.first + timedelta(days=n)
        row = weeks.setdefault(day - timedelta(days=day.weekday()), [0.0, 0.0, 0.0, 0.0])
        row[0] += float(days.in_use[n]) / 60
        row[1] += assessed.rule.rated_hours * assessed.working[n]
        row[2] += float(days.covered[n])
        row[3] += float(days.service[n])
    return [
        {
            "monday": monday.isoformat(),
            "hours": round(used, 2),
            "norm": round(norm, 2),
            "covered": round(heard / service, 3) if service else 0.0,
        }
        for monday, (used, norm, heard, service) in weeks.items()
    ]
