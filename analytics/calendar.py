"""Which days people work, in Asia/Shanghai, by the Chinese calendar of holidays."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import chinese_calendar

ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST_HOUR: Final = 8  # of work
LAST_HOUR: Final = 18
NORMAL_WEEK: Final = 5


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


def midnight(day: date) -> datetime:
    """The beginning of `day` in Asia/Shanghai, which knows no summer time."""
    return datetime.combine(day, time(), ZONE)


def day_of(moment: datetime) -> date:
    """The day of an aware moment in Asia/Shanghai."""
    return moment.astimezone(ZONE).date()


def days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
