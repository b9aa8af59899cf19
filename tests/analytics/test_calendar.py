"""The national calendar: holidays as people know them, and the days worked for them."""

from datetime import date, timedelta

import pytest

from analytics import calendar

YEARS = range(2004, 2027)


def spans(year: int, name: str) -> list[tuple[str, str, list[str]]]:
    return [
        (str(one.first), str(one.last), [str(day) for day in one.worked])
        for one in calendar.holidays(year)
        if one.label.en == name
    ]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2007, [("2007-01-01", "2007-01-03", []), ("2007-12-30", "2007-12-31", ["2007-12-29"])]),
        (2018, [("2018-01-01", "2018-01-01", []), ("2018-12-30", "2018-12-31", ["2018-12-29"])]),
        (2022, [("2022-01-01", "2022-01-03", []), ("2022-12-31", "2022-12-31", [])]),
        (2023, [("2023-01-01", "2023-01-02", []), ("2023-12-30", "2023-12-31", [])]),
        (2025, [("2025-01-01", "2025-01-01", [])]),
    ],
)
def test_a_year_may_have_new_years_day_at_both_ends(
    year: int, expected: list[tuple[str, str, list[str]]]
) -> None:
    assert spans(year, "New Year's Day") == expected


@pytest.mark.parametrize(
    ("year", "last"), [(2009, "2009-10-08"), (2017, "2017-10-08"), (2025, "2025-10-08")]
)
def test_mid_autumn_within_the_national_days_does_not_split_them(year: int, last: str) -> None:
    ((first, end, _worked),) = spans(year, "National Day")
    assert (first, end) == (f"{year}-10-01", last)


@pytest.mark.parametrize("year", YEARS)
def test_holidays_stand_in_order_and_none_is_longer_than_a_fortnight(year: int) -> None:
    found = calendar.holidays(year)
    assert [one.first for one in found] == sorted(one.first for one in found)
    assert all(timedelta() <= one.last - one.first < timedelta(days=14) for one in found)
    worked = [day for one in found for day in one.worked]
    assert len(worked) == len(set(worked))
    assert all(calendar.is_working(day) for day in worked)


def test_years_that_are_not_known_have_none_and_count_monday_to_friday() -> None:
    assert calendar.holidays(2003) == calendar.holidays(2099) == ()
    assert calendar.is_working(date(2099, 10, 1))
    assert not calendar.is_working(date(2099, 10, 3))
