"""Idle rules as rows: for each card the nearest category's newest one (I5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from analytics.idle import Norm
from db import Connection


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of idle_rule. Hours are a day's, shares 0 to 1, gaps and sessions in seconds."""

    id: int
    category: str
    version: int
    name: str
    hours_a_day: float
    days_a_week: int
    weeks_a_year: int
    rated_hours: float  # R: the norm's year spread over 250 working days
    source: str
    threshold: float
    upper_limit: float
    minimum_days: int
    minimum_coverage: float
    window_days: int
    session_gap_s: int
    session_least_s: int
    class_hours: float
    made_at: datetime
    made_by: str

    @property
    def hours_a_year(self) -> float:
        """What the norm asks for in a year."""
        return self.hours_a_day * self.days_a_week * self.weeks_a_year

    def numbers(self) -> Norm:
        """What the pure rule needs of it."""
        return Norm(
            rated_hours=self.rated_hours,
            threshold=self.threshold,
            upper_limit=self.upper_limit,
            minimum_days=self.minimum_days,
            minimum_coverage=self.minimum_coverage,
            class_hours=self.class_hours,
        )


VERSIONS: LiteralString = """
    SELECT id, category, version, name, hours_a_day, days_a_week, weeks_a_year, rated_hours, source,
           threshold, upper_limit, minimum_days, minimum_coverage, window_days, session_gap_s,
           session_least_s, class_hours, made_at, made_by
      FROM idle_rule
     WHERE %(category)s::text IS NULL OR category = %(category)s::text
     ORDER BY category, version DESC
"""
PARENTS: LiteralString = "SELECT code, parent FROM category"


def versions(conn: Connection, category: str | None = None) -> list[Rule]:
    """All versions of a category's own rule, the newest first; of None those of all, by code."""
    with conn.cursor(row_factory=class_row(Rule)) as cursor:
        return cursor.execute(VERSIONS, {"category": category}).fetchall()


def newest(conn: Connection) -> list[Rule]:
    """The newest version of every category that has a rule of its own, by code."""
    found: dict[str, Rule] = {}
    for rule in versions(conn):
        found.setdefault(rule.category, rule)
    return list(found.values())


def by_category(conn: Connection) -> dict[str, Rule]:
    """The rule that holds for each category; categories without one are left out."""
    own = {rule.category: rule for rule in newest(conn)}
    parents: dict[str, str | None] = dict(conn.execute(PARENTS).fetchall())
    found: dict[str, Rule] = {}
    for category in parents:
        step: str | None = category
        while step is not None and step not in own:
            step = parents.get(step)
        if step is not None:
            found[category] = own[step]
    return found


UNRULED: LiteralString = """
    WITH RECURSIVE above (category, code, parent) AS (
        SELECT code, code, parent FROM category WHERE code = ANY(%(categories)s)
         UNION ALL
        SELECT above.category, category.code, category.parent
          FROM above JOIN category ON category.code = above.parent
    )
    SELECT above.category
      FROM above LEFT JOIN idle_rule ON idle_rule.category = above.code
     GROUP BY above.category
    HAVING count(idle_rule.id) = 0
"""


def unruled(conn: Connection, categories: Iterable[str]) -> set[str]:
    """Those of these categories for which no rule holds: their assets are not judged."""
    found = conn.execute(UNRULED, {"categories": list(set(categories))})
    return {category for (category,) in found}
