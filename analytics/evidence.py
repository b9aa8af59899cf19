"""What a suggestion rests on, frozen when it is raised (I4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from analytics import calendar
from analytics.assess import Assessed


@dataclass(frozen=True, slots=True)
class Witness:
    """A sensor as evidence names it; `misread`: readings that were no measurement, by why."""

    id: int
    kind: str
    coverage: float
    proven: bool
    misread: Mapping[str, int]


def evidence(
    assessed: Assessed, witnesses: Sequence[Witness], last_use_at: datetime | None
) -> dict[str, Any]:
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
        "last_use_at": last_use_at.isoformat() if last_use_at else None,
        "sensors": [
            {
                "id": one.id,
                "kind": one.kind,
                "coverage": round(one.coverage, 4),
                "proven": one.proven,
                "misread": dict(one.misread),
            }
            for one in witnesses
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
            "covered": _share(days.covered[n], days.service[n]),
            "hours": round(float(days.in_use[n]) / 60, 2),
            "working": assessed.working[n],
            "closed": assessed.closed[n],
            "official": assessed.official[n],
            "valid": bool(days.valid[n]),
        }
        for n in range(assessed.grid.days)
        if assessed.grid.elapsed[n] >= calendar.LAST_HOUR * 60
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
            "covered": _share(heard, service),
        }
        for monday, (used, norm, heard, service) in weeks.items()
    ]


def _share(heard: float, service: float) -> float:
    return round(float(heard / service), 3) if service else 0.0
