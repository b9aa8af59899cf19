"""What a unit's values may refer to: the categories, its sections, today."""

from datetime import datetime
from typing import LiteralString
from zoneinfo import ZoneInfo

from db import Connection
from registry.cards.values import Known

ZONE = ZoneInfo("Asia/Shanghai")

CATEGORIES: LiteralString = "SELECT code, name FROM category ORDER BY code"
COMMON_NAMES: LiteralString = """
    SELECT name, array_agg(category ORDER BY category) FROM category_synonym GROUP BY name
"""
SECTIONS: LiteralString = "SELECT name FROM section WHERE unit_id = %(unit)s"


def known(conn: Connection, unit: int, now: datetime) -> Known:
    """Categories with common names, the sections of `unit` (its id); today in Asia/Shanghai."""
    categories: dict[str, str] = dict(conn.execute(CATEGORIES).fetchall())
    sections = frozenset(name for (name,) in conn.execute(SECTIONS, {"unit": unit}))
    common: dict[str, list[str]] = dict(conn.execute(COMMON_NAMES).fetchall())
    return Known(categories, sections, now.astimezone(ZONE).date(), common)
