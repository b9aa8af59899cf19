"""J4: which units' data somebody may see, as the ids that queries are bound to.

The one rule is the view `visible_unit`; large lists are read by its result, because only then
does the planner know how many units there are.
"""

from typing import LiteralString

from db import Connection

UNITS: LiteralString = """
    SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s ORDER BY unit_id
"""


def visible_units(conn: Connection, viewer: int) -> list[int]:
    """Ids of the units whose data `viewer` (a user's id) may see."""
    return [unit for (unit,) in conn.execute(UNITS, {"viewer": viewer})]
