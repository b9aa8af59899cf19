"""Days on which a unit is closed by its own decision: for it, and for the units below it.

They are no working days for its assets (I3): nobody is blamed for what stands still in a building
that is being renovated. Administrators keep them for the units that they keep.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar, text
from registry.org import structure
from registry.org.people import kept_units
from registry.org.users import User

YEARS: Final = range(2000, 2101)
LONGEST_DAYS: Final = 366  # a year; as the table's check says
LONGEST_REASON: Final = 100
AUDITED: Final = ("unit_code", "unit_name", "since", "until", "reason")


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a unit (its id) from `since` to `until`, both included, and why."""

    unit_id: int
    since: date
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure as its administrators see it; `kept`: they may change it."""

    id: int
    unit_id: int
    unit_code: str
    unit_name: str
    since: date
    until: date
    reason: str
    made_by: str
    made_at: datetime
    version: int
    kept: bool

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True)
class ClosureForm:
    """What a form says of a closure; a day that is None is missing or no day."""

    unit_id: int
    since: date | None
    until: date | None
    reason: str


# A closure holds for the units below, so what holds for one is found going up.
LIST: LiteralString = """
    WITH RECURSIVE above (id) AS (
        SELECT id FROM unit
         WHERE id = ANY(%(of)s) AND (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
         UNION
        SELECT unit.parent_id FROM unit JOIN above ON unit.id = above.id
         WHERE unit.parent_id IS NOT NULL
    )
    SELECT closure.id, closure.unit_id, unit.code AS unit_code, unit.name AS unit_name,
           closure.since, closure.until, closure.reason, closure.made_by, closure.made_at,
           closure.version,
           %(units)s::integer[] IS NULL OR closure.unit_id = ANY(%(units)s) AS kept
      FROM closure JOIN unit ON unit.id = closure.unit_id
     WHERE closure.until >= %(first)s AND closure.since <= %(last)s
       AND (%(of)s::integer[] IS NULL OR closure.unit_id IN (SELECT id FROM above))
     ORDER BY closure.since, unit.code, closure.id
     LIMIT %(limit)s
"""


def closures(
    conn: Connection, manager: User, year: int, unit: int | None, most: int
) -> list[Closure]:
    """The first `most` closures of `year` that hold for units that `manager` keeps, by day (J4).

    With `unit` (an id) the ones that hold for it, if it is one of those. One of a unit above, which
    is not theirs to change, is among them: it holds for theirs, too.
    """
    units = kept_units(conn, manager)
    facts = {
        "of": units if unit is None else [unit],
        "units": units,
        "first": date(year, 1, 1),
        "last": date(year, 12, 31),
        "limit": most,
    }
    with conn.cursor(row_factory=class_row(Closure)) as cursor:
        return cursor.execute(LIST, facts).fetchall()


ONE: LiteralString = """
    SELECT closure.id, closure.unit_id, unit.code AS unit_code, unit.name AS unit_name,
           closure.since, closure.until, closure.reason, closure.made_by, closure.made_at,
           closure.version, true AS kept
      FROM closure JOIN unit ON unit.id = closure.unit_id
     WHERE closure.id = %(closure)s
       AND (%(units)s::integer[] IS NULL OR closure.unit_id = ANY(%(units)s))
"""


def closure(conn: Connection, manager: User, closure_id: int) -> Closure | None:
    """One of a unit that `manager` keeps; None where there is none such (J4)."""
    with conn.cursor(row_factory=class_row(Closure)) as cursor:
        facts = {"closure": closure_id, "units": kept_units(conn, manager)}
        return cursor.execute(ONE, facts).fetchone()


def required(conn: Connection, manager: User, closure_id: int) -> Closure:
    """The same, to be changed; Refused 'org.closure_not_found'."""
    found = closure(conn, manager, closure_id)
    if found is None:
        raise Refused("org.closure_not_found")
    return found


def _checked(form: ClosureForm) -> Span:
    """The days and the reason; Refused with the field that is wrong (J3)."""
    for field, day in (("since", form.since), ("until", form.until)):
        if day is None or day.year not in YEARS:
            raise Refused("org.closure_day", field=field)
    assert form.since is not None
    assert form.until is not None
    if form.until < form.since:
        raise Refused("org.closure_turned", field="until", since=form.since)
    if (form.until - form.since).days >= LONGEST_DAYS:
        raise Refused("org.closure_long", field="until", most=LONGEST_DAYS)
    reason = text.clean(form.reason)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Refused("org.closure_reason", field="reason", most=LONGEST_REASON)
    return Span(form.unit_id, form.since, form.until, reason)


OTHER: LiteralString = """
    SELECT unit_id, since, until, reason FROM closure
     WHERE unit_id = %(unit)s AND id IS DISTINCT FROM %(closure)s
       AND since <= %(until)s AND until >= %(since)s
     ORDER BY since
     LIMIT 1
"""


def _overlaps(conn: Connection, unit: int, span: Span, closure_id: int | None) -> Refused:
    facts = {"unit": unit, "closure": closure_id, "since": span.since, "until": span.until}
    with conn.cursor(row_factory=class_row(Span)) as cursor:
        other = cursor.execute(OTHER, facts).fetchone() or span
    return Refused(
        "org.closure_overlaps",
        field="since",
        since=other.since,
        until=other.until,
        reason=other.reason,
    )


ADD: LiteralString = """
    INSERT INTO closure (unit_id, since, until, reason, made_by, made_at)
    VALUES (%(unit)s, %(since)s, %(until)s, %(reason)s, %(by)s, %(now)s)
    RETURNING id
"""


def add(
    conn: Connection, manager: User, form: ClosureForm, now: datetime, request: str = ""
) -> int:
    """A new closure; its id.

    Raises Refused 'org.unit_not_found', 'org.closure_day', 'org.closure_turned',
    'org.closure_long', 'org.closure_reason', 'org.closure_overlaps'.
    """
    unit, span = structure.required(conn, manager, form.unit_id), _checked(form)
    facts = {"unit": unit.id, "since": span.since, "until": span.until, "reason": span.reason}
    try:
        with conn.transaction():
            key = scalar(conn, ADD, **facts, by=manager.login, now=now)
    except psycopg.errors.ExclusionViolation as error:
        raise _overlaps(conn, unit.id, span, None) from error
    assert isinstance(key, int)
    facts["unit"] = unit.code
    audit.record(conn, manager.login, "closure.added", f"closure:{key}", request, **facts)
    return key


CHANGE: LiteralString = """
    UPDATE closure
       SET unit_id = %(unit)s, since = %(since)s, until = %(until)s, reason = %(reason)s,
           version = version + 1
     WHERE id = %(closure)s AND version = %(seen)s
    RETURNING id
"""


def change(
    conn: Connection,
    manager: User,
    closure_id: int,
    form: ClosureForm,
    seen: int | None,
    request: str = "",
) -> None:
    """Correct it. `seen` is the version that the form showed: 'org.closure_stale' where it has
    been changed since. Raises further 'org.closure_not_found' and those of adding.
    """
    before = required(conn, manager, closure_id)
    unit, span = structure.required(conn, manager, form.unit_id), _checked(form)
    facts = {"unit": unit.id, "since": span.since, "until": span.until, "reason": span.reason}
    try:
        with conn.transaction():
            stored = scalar(conn, CHANGE, **facts, closure=closure_id, seen=seen)
    except psycopg.errors.ExclusionViolation as error:
        raise _overlaps(conn, unit.id, span, closure_id) from error
    if stored is None:
        raise Refused("org.closure_stale")
    changed = audit.differences(before, required(conn, manager, closure_id), AUDITED)
    subject = f"closure:{closure_id}"
    audit.record(conn, manager.login, "closure.changed", subject, request, changed=changed)


REMOVE: LiteralString = "DELETE FROM closure WHERE id = %(closure)s RETURNING id"


def remove(conn: Connection, manager: User, closure_id: int, request: str = "") -> Closure:
    """Delete it: those days count again; what it was. Raises Refused 'org.closure_not_found'."""
    gone = required(conn, manager, closure_id)
    if scalar(conn, REMOVE, closure=closure_id) is None:
        raise Refused("org.closure_not_found")
    facts = {"unit": gone.unit_code, "since": gone.since, "until": gone.until}
    subject = f"closure:{closure_id}"
    audit.record(
        conn, manager.login, "closure.removed", subject, request, **facts, reason=gone.reason
    )
    return gone


HOLDING: LiteralString = """
    WITH RECURSIVE above (unit, id) AS (
        SELECT id, id FROM unit WHERE id = ANY(%(units)s)
         UNION
        SELECT above.unit, unit.parent_id FROM unit JOIN above ON unit.id = above.id
         WHERE unit.parent_id IS NOT NULL
    )
    SELECT above.unit, closure.unit_id, closure.since, closure.until, closure.reason
      FROM above JOIN closure ON closure.unit_id = above.id
     WHERE closure.until >= %(first)s AND closure.since <= %(last)s
     ORDER BY closure.since, closure.until, closure.id
"""


def holding(
    conn: Connection, units: Iterable[int], first: date, last: date
) -> dict[int, list[Span]]:
    """By unit (an id) the closures of it and of those above it that touch `first` to `last`.

    Units that were open all the time are left out. The caller has checked who may see them (J4).
    """
    found: dict[int, list[Span]] = {}
    facts = {"units": list(set(units)), "first": first, "last": last}
    for unit, *span in conn.execute(HOLDING, facts):
        found.setdefault(unit, []).append(Span(*span))
    return found
