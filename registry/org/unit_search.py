"""Units found by what one types of their code or name, among those that somebody keeps (J4)."""

from typing import LiteralString

from db import Connection, Refused, scalar
from db.like import holding, starting
from db.text import folded
from registry.org.people import kept_units
from registry.org.users import User

LIKE: LiteralString = """
    WITH RECURSIVE below (id) AS (
        SELECT %(beside)s::integer
         UNION
        SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
    )
    SELECT code, name FROM unit
     WHERE active AND (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
       AND (lower(code) LIKE %(start)s OR lower(normalize(name, NFKC)) LIKE %(part)s)
       AND NOT EXISTS (SELECT FROM below WHERE below.id = unit.id)
     ORDER BY code
     LIMIT %(limit)s
"""


def like(
    conn: Connection, manager: User, text: str, limit: int = 30, *, beside: int | None = None
) -> list[tuple[str, str]]:
    """(code, name) of active units whose code starts so or whose name holds it; without the unit
    `beside` (its id) and all below it, which it can't be put under.
    """
    typed = folded(text)
    facts = {"start": starting(typed), "part": holding(typed), "limit": limit}
    return conn.execute(
        LIKE, {"units": kept_units(conn, manager), "beside": beside, **facts}
    ).fetchall()


# As the list offers it, or as somebody types it who knows it by heart.
TYPED: LiteralString = """
    SELECT id FROM unit
     WHERE (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
       AND %(typed)s IN (lower(code), lower(normalize(name, NFKC)),
                         lower(normalize(code || ' ' || name, NFKC)))
     ORDER BY lower(code) = %(typed)s DESC, active DESC, code
     LIMIT 1
"""


def typed(conn: Connection, manager: User, text: str) -> int | None:
    """The id of the unit that "code", "name" or "code name" means; None where it means none."""
    facts = {"units": kept_units(conn, manager), "typed": folded(text)}
    found = scalar(conn, TYPED, **facts)
    return found if isinstance(found, int) else None


def chosen(conn: Connection, manager: User, text: str, field: str) -> int:
    """The same for a form's field; Refused 'org.unit_unknown' where it means none."""
    found = typed(conn, manager, text)
    if found is None:
        raise Refused("org.unit_unknown", field=field)
    return found


SAID: LiteralString = "SELECT code || ' ' || name FROM unit WHERE id = %(unit)s"


def said(conn: Connection, unit_id: int | None) -> str:
    """Its code and name, as fields show it; '' of none."""
    found = scalar(conn, SAID, unit=unit_id) if unit_id else None
    return found if isinstance(found, str) else ""


FEW: LiteralString = """
    SELECT id FROM unit
     WHERE active AND (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
     LIMIT %(limit)s
"""


def few(conn: Connection, manager: User, most: int) -> list[int]:
    """Ids of the active units, if there are no more than `most`; else none."""
    facts = {"units": kept_units(conn, manager), "limit": most + 1}
    found = [unit for (unit,) in conn.execute(FEW, facts)]
    return found if len(found) <= most else []


COUNT: LiteralString = """
    SELECT count(*) FROM unit
     WHERE active AND (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
"""


def count(conn: Connection, manager: User) -> int:
    """How many active units somebody keeps."""
    found = scalar(conn, COUNT, units=kept_units(conn, manager))
    assert isinstance(found, int)
    return found
