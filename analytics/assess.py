"""One asset's use over a window of days: facts, figures, verdict. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from analytics import asset_use, calendar, hours, idle, sessions
from analytics.asset_use import Use
from analytics.detect import Examined
from analytics.grid import Bools
from analytics.health import Health
from analytics.hours import Days, Hours, Ints
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

    @property
    def elapsed(self) -> Ints:
        """Minutes of each day that are over, (days,)."""
        return np.clip(self.passed - np.arange(self.days) * DAY, 0, DAY)

    def minute_after(self, moment: datetime) -> int:
        """The first minute that begins no earlier than `moment`, 0 to `minutes`."""
        passed = -((self.start - moment) // timedelta(minutes=1))
        return min(max(0, passed), self.minutes)


def grid_through(last: date, days: int) -> Grid:
    """The grid of so many whole days, the `last` of them over."""
    return Grid(last - timedelta(days=days - 1), days, days * DAY)


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
class Standing:
    """What is to be said of an asset's sensors together, whatever they saw."""

    able: bool  # some sensor can tell use at all
    agree: bool  # they don't contradict each other
    proven: bool  # one of them has shown that it reacts to use


@dataclass(frozen=True, slots=True)
class Facts:
    """One asset's use over a grid, as it is kept."""

    card_id: int
    grid: Grid
    begun: int  # the minute of the grid since which it is watched; 0: since before
    sessions: list[SessionFact]
    hours: Hours
    days: Days
    standing: Standing
    now_state: str


@dataclass(frozen=True, slots=True)
class Told:
    """One asset's minutes as its sensors tell them by its rule: `sessions` (sessions, 2), from and
    to, end excluded; `inside` (minutes,) of them; `covered` (minutes,): heard, or in a session.
    """

    use: Use
    sessions: Ints
    inside: Bools
    covered: Bools


def tell(card_id: int, examined: Sequence[Examined], rule: Rule, window: Grid) -> Told:
    """What its sensors tell of an asset, minute by minute; NoSensor where it has none."""
    if not examined:
        raise NoSensor(f"card {card_id}")
    use = asset_use.combine(examined, window.minutes)
    covered = use.covered & (np.arange(window.minutes) < window.passed)
    found = sessions.sessions(
        use.use & covered,
        close_gap=rule.session_gap_s // 60,
        least=max(1, rule.session_least_s // 60),
    )
    inside = sessions.in_sessions(found, window.minutes)
    covered |= inside  # a closed gap was judged, so it counts as heard
    return Told(use, found, inside, covered)


def read(
    card_id: int, examined: Sequence[Examined], rule: Rule, window: Grid, since: datetime
) -> Facts:
    """One asset's use by its sensors, watched since `since`; NoSensor where it has none."""
    told = tell(card_id, examined, rule, window)
    use, starts = told.use, told.sessions[:, 0]
    begun = min(window.minute_after(since), window.passed)
    return Facts(
        card_id=card_id,
        grid=window,
        begun=begun,
        sessions=_facts(told.sessions, use.by_basis, window),
        hours=hours.by_hour(told.inside, told.covered, starts),
        days=hours.by_day(
            told.inside, told.covered, use.perhaps & ~told.inside, starts,
            begun=begun, passed=window.passed, least_coverage=rule.minimum_coverage,
        ),
        standing=Standing(use.able, use.agree, use.proven),
        now_state=_now(told.inside, told.covered, window.passed),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessed:
    """The judgement of one asset over a window, and the figures that it rests on."""

    card_id: int
    rule: Rule
    grid: Grid
    days: Days
    standing: Standing
    official: list[bool]  # by the national calendar
    closed: list[bool]
    working: list[bool]  # as the judgement counts them
    judged: Judged
    in_use_s: int
    covered_s: int
    service_s: int
    session_count: int
    valid_days: int
    used_days: int
    available_h: float
    coverage: float


def judge(
    card_id: int,
    days: Days,
    standing: Standing,
    alarms: Collection[Health],
    rule: Rule,
    window: Grid,
    closed: Collection[date] = (),
) -> Assessed:
    """Judge one asset by the facts of each day of the window.

    `alarms`: how those of its sensors are that are not OK. `closed`: days on which its unit is
    closed. They are working days nevertheless where the judgement rests on them.
    """
    dates = [window.first + timedelta(days=n) for n in range(window.days)]
    shut = np.array([day in closed for day in dates])
    official = np.array([calendar.is_working(day) for day in dates])
    whole = days.valid & official
    counted = whole & ~shut
    heard, service = int(days.covered.sum()), int(days.service.sum())
    coverage = heard / service if service else 0.0

    def over(counted: Bools) -> Observed:
        """What was observed over these days."""
        return Observed(
            hours=float(days.in_use[counted].sum()) / 60,
            sessions=int(days.sessions[counted].sum()),
            valid_days=int(counted.sum()),
            coverage=coverage,
            proven=standing.proven,
            able=standing.able,
            agree=standing.agree,
            alarms=tuple(sorted({ALARM[health] for health in alarms if health in ALARM})),
            perhaps=float(days.perhaps[counted].sum()) / 60,
            unheard=float(days.unheard[counted].sum()) / 60,
        )

    over_by_now = window.elapsed >= calendar.LAST_HOUR * 60
    watched = days.service >= window.elapsed - calendar.FIRST_HOUR * 60
    closed_days = int((official & shut & over_by_now & watched).sum())
    judged = idle.judge_closed(
        replace(over(counted), closed_days=closed_days),
        replace(over(whole), closed_counted=bool((whole & shut).any())),
        rule.numbers(),
    )
    working = official if judged.seen.closed_counted else official & ~shut
    return Assessed(
        card_id=card_id,
        rule=rule,
        grid=window,
        days=days,
        standing=standing,
        official=official.tolist(),
        closed=shut.tolist(),
        working=working.tolist(),
        judged=judged,
        in_use_s=int(days.in_use.sum()) * 60,
        covered_s=heard * 60,
        service_s=service * 60,
        session_count=int(days.sessions.sum()),
        valid_days=judged.seen.valid_days,
        used_days=int((days.in_use > 0).sum()),
        available_h=judged.seen.valid_days * rule.rated_hours,
        coverage=coverage,
    )


def assess(
    card_id: int,
    examined: Sequence[Examined],
    rule: Rule,
    window: Grid,
    since: datetime,
    closed: Collection[date] = (),
) -> Assessed:
    """Read and judge one asset over one window; see `read` and `judge`."""
    found = read(card_id, examined, rule, window, since)
    alarms = [one.cleaned.health for one in examined]
    return judge(card_id, found.days, found.standing, alarms, rule, window, closed)


def _facts(found: Ints, by_basis: dict[str, Bools], window: Grid) -> list[SessionFact]:
    """The sessions of `found` (sessions, 2), as they are kept."""
    start, minute = window.start, timedelta(minutes=1)
    facts = []
    for first, end in found.tolist():
        bases = [basis for basis, seen in by_basis.items() if seen[first:end].any()]
        sure = asset_use.confidence(bases)
        named = ",".join(sorted(bases))
        facts.append(SessionFact(start + first * minute, start + end * minute, named, sure))
    return facts


def _now(inside: Bools, covered: Bools, passed: int) -> str:
    recent = slice(max(0, passed - NOW_WITHIN), passed)
    heard = np.flatnonzero(covered[recent])
    if heard.size == 0:
        return "not_known"
    return "in_use" if inside[recent][heard[-1]] else "not_in_use"
