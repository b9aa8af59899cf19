"""Which days people work, in Asia/Shanghai, by the Chinese calendar of holidays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar import constants

from registry.words import Label

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST_HOUR: Final = 8  # of work
LAST_HOUR: Final = 18
NORMAL_WEEK: Final = 5
GAP: Final = timedelta(days=2)  # within one holiday: another one's day may lie between


@cache
@cache
def is_working(day: date) -> bool:
    """Whether offices work on `day`: make-up Saturdays do, holidays don't.

    Years that the State Council has not announced yet (or that the list doesn't know) count
    Monday to Friday.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= NORMAL_WEEK


@dataclass(frozen=True, slots=True)
class Holiday:
    """A national holiday: its first and last day, and the days worked to make up for it."""

    label: Label
    first: date
    last: date
    worked: tuple[date, ...]


@cache
def holidays(year: int) -> tuple[Holiday, ...]:
    """The holidays of `year` by day, as the State Council announced them; none of unknown years.

    Days of one name that lie apart are several: both ends of a year may have a New Year's Day.
    """
    found = []
    for name in {name for day, name in constants.holidays.items() if day.year == year}:
        runs = _runs(_named(constants.holidays, name, year))
        worked: list[list[date]] = [[] for _run in runs]
        for day in _named(constants.workdays, name, year):
            apart = [min(abs(day - run[0]), abs(day - run[-1])) for run in runs]
            worked[apart.index(min(apart))].append(day)
        label = Label(constants.Holiday(name).chinese, name)
        found += [
            Holiday(label, run[0], run[-1], tuple(days))
            for run, days in zip(runs, worked, strict=True)
        ]
    return tuple(sorted(found, key=lambda holiday: holiday.first))


def _named(listed: Mapping[date, str], name: str, year: int) -> list[date]:
    return sorted(day for day, named in listed.items() if named == name and day.year == year)


def _runs(free: Sequence[date]) -> list[list[date]]:
    """The days, split where more than `GAP` lies between two."""
    runs = [[free[0]]]
    for day in free[1:]:
        if day - runs[-1][-1] > GAP:
            runs.append([])
        runs[-1].append(day)
    return runs


def midnight(day: date) -> datetime:
    """The beginning of `day` in Asia/Shanghai, which knows no summer time."""
    return datetime.combine(day, time(), ZONE)


def day_of(moment: datetime) -> date:
    """The day of an aware moment in Asia/Shanghai."""
    return moment.astimezone(ZONE).date()


def days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
