"""Idle rules as rows: for each card the nearest category's newest one (I5)."""

from dataclasses import dataclass
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
    rated_hours: float
    norm: str
    threshold: float
    upper_limit: float
    minimum_days: int
    minimum_coverage: float
    window_days: int
    session_gap_s: int
    session_least_s: int
    class_hours: float

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


NEWEST: LiteralString = """
    SELECT DISTINCT ON (category) id, category, version, name, rated_hours, norm, threshold,
           upper_limit, minimum_days, minimum_coverage, window_days, session_gap_s,
           session_least_s, class_hours
      FROM idle_rule
     ORDER BY category, version DESC
"""
PARENTS: LiteralString = "SELECT code, parent FROM category"


def by_category(conn: Connection) -> dict[str, Rule]:
    """The rule that holds for each category; categories without one are left out."""
    with conn.cursor(row_factory=class_row(Rule)) as cursor:
        own = {rule.category: rule for rule in cursor.execute(NEWEST)}
    parents: dict[str, str | None] = dict(conn.execute(PARENTS).fetchall())
    found: dict[str, Rule] = {}
    for category in parents:
        step: str | None = category
        while step is not None and step not in own:
            step = parents.get(step)
        if step is not None:
            found[category] = own[step]
    return found
