"""The tree of units as administrators keep it: opened, changed, moved, closed; their sections.

A 001 administrator keeps all of it. Another administrator keeps the units in their scope, and can
neither reach beyond it by moving one nor make a finance bureau: it would widen who sees what (J4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar, text
from registry import phones
from registry.org import user_types
from registry.org.followers import FOLLOWERS, Copied
from registry.org.people import keeps_everybody, kept_units
from registry.org.units import UnitKind, add_unit, hold_unit
from registry.org.users import User

LONGEST: Final = 120
AUDITED: Final = ("code", "name", "kind", "division", "parent_name", "address", "phone")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, what is below it counted."""

    id: int
    code: str
    name: str
    kind: UnitKind
    division: str
    division_name: str
    parent_id: int | None
    parent_name: str
    address: str
    phone: str
    active: bool
    version: int
    people: int
    sections: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", UnitKind(self.kind))

    @property
    def copied(self) -> Copied:
        """What others copy of it."""
        return Copied(self.name, self.division, self.address, self.phone)


@dataclass(frozen=True, slots=True)
class UnitForm:
    """What a form says about a unit."""

    code: str
    name: str
    kind: UnitKind
    division: str
    parent_id: int | None
    address: str = ""
    phone: str = ""


UNITS: LiteralString = """
    SELECT unit.id, unit.code, unit.name, unit.kind, unit.division,
           division.name AS division_name, unit.parent_id, COALESCE(above.name, '') AS parent_name,
           unit.address, unit.phone, unit.active, unit.version,
           (SELECT count(*) FROM app_user WHERE unit_id = unit.id AND app_user.active) AS people,
           (SELECT count(*) FROM section WHERE unit_id = unit.id) AS sections
      FROM unit
      JOIN division ON division.code = unit.division
      LEFT JOIN unit AS above ON above.id = unit.parent_id
     WHERE (%(units)s::integer[] IS NULL OR unit.id = ANY(%(units)s))
       AND (%(unit)s::integer IS NULL OR unit.id = %(unit)s)
     ORDER BY unit.division, unit.code
"""


def units(conn: Connection, manager: User) -> list[Unit]:
    """Every unit that `manager` keeps, by division and code."""
    with conn.cursor(row_factory=class_row(Unit)) as cursor:
        facts = {"units": kept_units(conn, manager), "unit": None}
        return cursor.execute(UNITS, facts).fetchall()


def unit(conn: Connection, manager: User, unit_id: int) -> Unit | None:
    """One that `manager` keeps; None where there is none such (J4)."""
    with conn.cursor(row_factory=class_row(Unit)) as cursor:
        facts = {"units": kept_units(conn, manager), "unit": unit_id}
        return cursor.execute(UNITS, facts).fetchone()


DIVISIONS: LiteralString = """
    SELECT DISTINCT division FROM unit WHERE id = ANY(%(units)s) ORDER BY division
"""


def divisions_kept(conn: Connection, manager: User) -> list[str]:
    """Codes of the divisions of the units that a local `manager` keeps."""
    facts = {"units": kept_units(conn, manager)}
    return [code for (code,) in conn.execute(DIVISIONS, facts)]


def required(conn: Connection, manager: User, unit_id: int) -> Unit:
    """The unit, to be changed; Refused 'org.unit_not_found'."""
    found = unit(conn, manager, unit_id)
    if found is None:
        raise Refused("org.unit_not_found")
    return found


def _checked(conn: Connection, manager: User, form: UnitForm, before: Unit | None) -> UnitForm:
    """The same without blanks around; Refused where the manager may not have it so."""
    clean = UnitForm(
        text.clean(form.code),
        text.clean(form.name),
        form.kind,
        text.clean(form.division),
        form.parent_id,
        text.clean(form.address)[:LONGEST],
        text.clean(form.phone),
    )
    if clean.phone and not phones.plausible(clean.phone):
        raise Refused("org.phone_malformed", field="phone", most=phones.LONGEST)
    for field in ("code", "name"):
        if not 0 < len(getattr(clean, field)) <= LONGEST:
            raise Refused("org.unit_lacks", field=field, most=LONGEST)
    if not keeps_everybody(manager):
        _check_reach(conn, manager, clean, before)
    return clean


def _check_reach(conn: Connection, manager: User, form: UnitForm, before: Unit | None) -> None:
    """A local administrator's unit stays in its division and below what they keep."""
    if form.kind is UnitKind.FINANCE and (before is None or before.kind is not form.kind):
        raise Refused("org.beyond_scope", field="kind")
    if before and (form.parent_id, form.division) == (before.parent_id, before.division):
        return
    if before and unit(conn, manager, before.parent_id or 0) is None:
        raise Refused("org.beyond_scope", field="parent")
    above = unit(conn, manager, form.parent_id) if form.parent_id else None
    if above is None:
        raise Refused("org.beyond_scope", field="parent")
    if form.division != above.division and (before is None or form.division != before.division):
        raise Refused("org.beyond_scope", field="division")


def open_unit(conn: Connection, manager: User, form: UnitForm, request: str = "") -> int:
    """A new unit; its id. Raises Refused 'org.unit_taken', 'org.unit_above_unknown' and others."""
    clean = _checked(conn, manager, form, None)
    _require_open(conn, clean.parent_id)
    key = add_unit(
        conn,
        clean.code,
        clean.name,
        clean.kind,
        clean.division,
        clean.parent_id,
        clean.address,
        clean.phone,
    )
    facts = {"kind": clean.kind.value, "division": clean.division, "parent": clean.parent_id}
    audit.record(conn, manager.login, "unit.added", f"unit:{clean.code}", request, **facts)
    return key


def _require_open(conn: Connection, parent_id: int | None) -> None:
    if parent_id is not None and not hold_unit(conn, parent_id):
        raise Refused("org.unit_closed", field="parent")


# Who moves units does so one after the other: two moves could close a circle together.
TREE_LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('registry.org.structure'))"
BELOW: LiteralString = """
    WITH RECURSIVE below (id) AS (
        SELECT %(unit)s::integer
         UNION
        SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
    )
    SELECT 1 FROM below WHERE id = %(parent)s
"""
CHANGE: LiteralString = """
    UPDATE unit
       SET code = %(code)s, name = %(name)s, kind = %(kind)s, division = %(division)s,
           parent_id = %(parent)s, address = %(address)s, phone = %(phone)s, version = version + 1
     WHERE id = %(unit)s AND version = %(seen)s
    RETURNING id
"""


def change(
    conn: Connection,
    manager: User,
    unit_id: int,
    form: UnitForm,
    seen: int,
    now: datetime,
    request: str = "",
) -> Unit:
    """Rename it, move it, or what else the form says; as it is now. What copies it follows (F1).

    Raises Refused 'org.unit_stale' (changed since `seen`), 'org.unit_circle' and those of opening.
    """
    conn.execute(TREE_LOCK)
    before = required(conn, manager, unit_id)
    clean = _checked(conn, manager, form, before)
    if clean.parent_id != before.parent_id:
        _require_open(conn, clean.parent_id)
    if clean.parent_id and scalar(conn, BELOW, unit=unit_id, parent=clean.parent_id) is not None:
        raise Refused("org.unit_circle", field="parent")
    _store(conn, unit_id, clean, seen)
    retyped = user_types.follow(conn, unit_id, clean.kind) if clean.kind != before.kind else []
    after = required(conn, manager, unit_id)
    if after.copied != before.copied:
        for follower in FOLLOWERS:
            follower.changed(conn, unit_id, before.copied, after.copied, manager.login, now)
    changed = audit.differences(before, after, AUDITED)
    facts = {"changed": changed} | ({"retyped": retyped} if retyped else {})
    audit.record(conn, manager.login, "unit.changed", f"unit:{after.code}", request, **facts)
    return after


def _store(conn: Connection, unit_id: int, form: UnitForm, seen: int) -> None:
    facts = {
        "unit": unit_id,
        "seen": seen,
        "code": form.code,
        "name": form.name,
        "kind": form.kind.value,
        "division": form.division,
        "parent": form.parent_id,
        "address": form.address,
        "phone": form.phone,
    }
    try:
        with conn.transaction():
            stored = scalar(conn, CHANGE, **facts)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("org.unit_taken", field="code", code=form.code, name=form.name) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused(
            "org.unit_above_unknown", field="division", division=form.division, parent=""
        ) from error
    if stored is None:
        raise Refused("org.unit_stale")


SET_OPEN: LiteralString = """
    UPDATE unit SET active = %(active)s, version = version + 1 WHERE id = %(unit)s
"""
UNITS_BELOW: LiteralString = "SELECT count(*) FROM unit WHERE parent_id = %(unit)s AND active"
# The lock waits for whoever is just adding a person to it (they hold it in share), not for what
# refers to it: that one may hold what a follower waits for.
HOLD: LiteralString = "SELECT active FROM unit WHERE id = %(unit)s FOR NO KEY UPDATE"


def closable(conn: Connection, manager: User, unit_id: int) -> Unit:
    """The unit, where nobody is in it and none stands below it. Raises Refused as `close`."""
    found = required(conn, manager, unit_id)
    if found.people:
        raise Refused("org.unit_has_people", count=found.people)
    below = scalar(conn, UNITS_BELOW, unit=unit_id)
    if below:
        raise Refused("org.unit_has_units", count=below)
    return found


def close(conn: Connection, manager: User, unit_id: int, now: datetime, request: str = "") -> Unit:
    """Deactivate it; what it did stays.

    Raises Refused 'org.unit_has_people', 'org.unit_has_units' (fact: count), or what a follower
    refuses.
    """
    conn.execute(HOLD, {"unit": unit_id})
    found = closable(conn, manager, unit_id)
    conn.execute(SET_OPEN, {"unit": unit_id, "active": False})
    for follower in FOLLOWERS:
        follower.closed(conn, unit_id, manager.login, now)
    audit.record(conn, manager.login, "unit.deactivated", f"unit:{found.code}", request)
    return found


def reopen(conn: Connection, manager: User, unit_id: int, request: str = "") -> Unit:
    """Activate it again; Refused 'org.unit_closed' where the one above is not active."""
    found = required(conn, manager, unit_id)
    _require_open(conn, found.parent_id)
    conn.execute(SET_OPEN, {"unit": unit_id, "active": True})
    audit.record(conn, manager.login, "unit.activated", f"unit:{found.code}", request)
    return found
