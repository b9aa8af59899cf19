"""What the charts and drawings of templates are fed with."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import Flask
from markupsafe import Markup

from analytics.monitoring import Day, HeatCell, Judgement, WatchedSensor, Week
from analytics.suggestions import State
from portal.language import gettext as _
from portal.language import language
from portal.plates import plate
from registry.org import Permission

FIRST_HOUR: Final = 6
LAST_HOUR: Final = 21
LAST_HOUR_OF_WORK: Final = 18  # a day that isn't over is neither heard nor not heard
SELDOM: Final = 0.25  # heard less: nothing is said
DAYS: Final = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def heat_data(cells: Sequence[HeatCell]) -> dict[str, Any]:
    """Minutes by hour and weekday, -1 where the sensors were seldom heard."""
    known = {(cell.weekday, cell.hour): cell for cell in cells}
    hours = range(FIRST_HOUR, LAST_HOUR + 1)
    values = []
    for weekday in range(1, 8):
        for n, hour in enumerate(hours):
            cell = known.get((weekday, hour))
            heard = cell is not None and (cell.covered_share >= SELDOM or cell.in_use_s > 0)
            minutes = round(cell.in_use_s / 60) if cell and heard else -1
            values.append([n, weekday - 1, minutes])
    return {
        "days": DAYS[language()],
        "hours": [_("%(h)s 时", h=hour) for hour in hours],
        "values": values,
        "words": {"minutes": _("分"), "seldom": _("少有听到")},
    }


def trend_data(days: Sequence[Day], judged: Judgement) -> dict[str, Any]:
    """Weekly hours, the norm of each week, and the share of it below which use is low."""
    weeks: dict[date, list[float]] = {}
    for day in days:
        row = weeks.setdefault(day.day - timedelta(days=day.day.weekday()), [0.0, 0.0])
        row[0] += day.in_use_s / 3600
        row[1] += judged.rated_hours * day.working
    return {
        "weeks": [f"{monday:%m-%d}" for monday in weeks],
        "hours": [round(used, 2) for used, _norm in weeks.values()],
        "norm": [round(norm, 2) for _used, norm in weeks.values()],
        "threshold": judged.threshold,
        "words": {"use": _("使用"), "norm": _("定额"), "hours": _("小时"), "week": _("起的一周")},
    }


def _drawn_week(week: Week | Mapping[str, Any]) -> tuple[float, float]:
    """A week, live or from frozen evidence, as a sparkline takes it."""
    if isinstance(week, Week):
        return week.hours, week.covered_share
    return week["hours"], week["covered"]


def _drawn_day(day: Day) -> dict[str, Any]:
    """A day as the coverage band takes it."""
    covered = day.covered_s / day.service_s if day.service_s else 0.0
    return {
        "day": day.day,
        "covered": covered,
        "hours": day.in_use_s / 3600,
        "working": day.working and day.service_s >= LAST_HOUR_OF_WORK * 3600,
        "valid": day.valid,
    }


def _drawn_plate(card_type: str, category: str = "") -> Markup:
    return Markup(plate(card_type, category))  # noqa: S704  # from our own file, see portal/plates.py


def _gateway_of(sensor: WatchedSensor) -> tuple[str, bool | None, int]:
    return sensor.gateway, sensor.online, sensor.buffered


def install(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.filters.update(
        drawn_week=_drawn_week,
        drawn_day=_drawn_day,
        gateway_of=_gateway_of,
        iso=datetime.isoformat,
    )
    app.jinja_env.globals.update(
        heat_data=heat_data,
        trend_data=trend_data,
        drawn_plate=_drawn_plate,
        minutes=lambda seconds: timedelta(seconds=seconds),
        state_of=State,
        decide=Permission.SUGGESTION_DECIDE,
    )
