"""A new version of a category's idle rule: its numbers checked, then kept (I5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

from psycopg import errors

from analytics import rules
from db import Connection, Refused, audit, scalar

LONGEST_NAME: Final = 60
LONGEST_SOURCE: Final = 200
A_WEEK: Final = 5  # working days: of a window, so many of every seven can be valid


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of a rule: what it may be, and what it is where nobody says (None: to be said)."""

    least: float
    most: float
    usual: float | None

    @property
    def number(self) -> type[float]:
        """Whether it is counted or measured: as `least` is."""
        return type(self.least)


BOUNDS: Final[dict[str, Bound]] = {
    #                         least  most   usual
    "hours_a_day":      Bound(0.1,   24,    None),
    "days_a_week":      Bound(1,     7,     5),
    "weeks_a_year":     Bound(1,     52,    50),
    "threshold":        Bound(0.01,  0.99,  0.10),
    "upper_limit":      Bound(0.01,  1,     0.20),
    "minimum_days":     Bound(1,     280,   10),
    "minimum_coverage": Bound(0.01,  1,     0.75),
    "window_days":      Bound(7,     400,   28),
    "session_gap_s":    Bound(0,     86400, 900),
    "session_least_s":  Bound(0,     86400, 300),
    "class_hours":      Bound(0.01,  24,    1.0),
}  # fmt: skip
NAMED: Final = {"name": LONGEST_NAME, "source": LONGEST_SOURCE}

CATEGORY: LiteralString = "SELECT 1 FROM category WHERE code = %(category)s"
ADD: LiteralString = """
    INSERT INTO idle_rule (category, version, name, source, hours_a_day, days_a_week, weeks_a_year,
           threshold, upper_limit, minimum_days, minimum_coverage, window_days, session_gap_s,
           session_least_s, class_hours, made_by)
    VALUES (%(category)s, %(version)s, %(name)s, %(source)s, %(hours_a_day)s, %(days_a_week)s,
           %(weeks_a_year)s, %(threshold)s, %(upper_limit)s, %(minimum_days)s,
           %(minimum_coverage)s, %(window_days)s, %(session_gap_s)s, %(session_least_s)s,
           %(class_hours)s, %(made_by)s)
"""


def add(
    conn: Connection, category: str, said: Mapping[str, str | float], by: str, actor: str
) -> int:
    """Keep a new version of the category's own rule, which holds from the next run on; its number.

    `said` are a name, a source and numbers of BOUNDS. What is not said stays as in the version
    before; of a first version the numbers are those of the rule that held, or as usual, but a name
    and a source must be said. Raises Refused 'rule.no_such_category', 'rule.added_meanwhile', or
    as `check` does.
    """
    if scalar(conn, CATEGORY, category=category) is None:
        raise Refused("rule.no_such_category", field="category", category=category)
    held = rules.by_category(conn).get(category)
    own = held is not None and held.category == category
    stays = (*NAMED, *BOUNDS) if own else BOUNDS
    before = {name: getattr(held, name) for name in stays} if held else {}
    rule = {name: bound.usual for name, bound in BOUNDS.items()} | before | {**said}
    check(rule)
    version = held.version + 1 if held and own else 1
    try:
        with conn.transaction():
            conn.execute(ADD, {**rule, "category": category, "version": version, "made_by": by})
    except errors.UniqueViolation as error:
        raise Refused("rule.added_meanwhile", category=category) from error
    audit.record(conn, actor, "rule.added", f"rule:{category}", version=version, by=by, rule=rule)
    return version


def check(rule: Mapping[str, object]) -> None:
    """Whether a rule's words and numbers are there and hold together.

    Raises Refused 'rule.missing', 'rule.too_long', 'rule.out_of_range', 'rule.upper_limit_low' or
    'rule.too_many_days', each with its field.
    """
    for name in (*NAMED, *BOUNDS):
        if rule.get(name) is None or not str(rule[name]).strip():
            raise Refused("rule.missing", field=name)
    for name, longest in NAMED.items():
        if len(str(rule[name])) > longest:
            raise Refused("rule.too_long", field=name, most=longest)
    numbers = {name: float(str(rule[name])) for name in BOUNDS}
    for name, bound in BOUNDS.items():
        if not bound.least <= numbers[name] <= bound.most:  # not so for NaN either
            facts = {"value": rule[name], "least": bound.least, "most": bound.most}
            raise Refused("rule.out_of_range", field=name, **facts)
    if numbers["upper_limit"] < numbers["threshold"]:
        raise Refused("rule.upper_limit_low", field="upper_limit", least=numbers["threshold"])
    window = int(numbers["window_days"])
    if numbers["minimum_days"] > window * A_WEEK // 7:
        most = window * A_WEEK // 7
        raise Refused("rule.too_many_days", field="minimum_days", most=most, window=window)
