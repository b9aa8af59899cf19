"""Linked systems: each belongs to a unit and knows itself by a token that we keep only hashed."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry.org import Permission, User
from registry.org.people import kept_units

LONGEST_NAME: Final = 60
PREFIX: Final = "phl_"  # so that scanners for leaked secrets, and people, know what it is


@dataclass(frozen=True, slots=True)
class System:
    """A system that pushes for `unit_id`. `live` and `vanished`: its listings on a square."""

    id: int
    name: str
    unit_id: int
    unit_name: str
    active: bool
    created_by: str
    created_at: datetime
    live: int
    vanished: int


PIECES: Final[dict[str, LiteralString]] = {
    "read": """
    SELECT linked_system.id, linked_system.name, linked_system.unit_id, unit.name AS unit_name,
           linked_system.active, app_user.name AS created_by, linked_system.created_at,
           shown.live, shown.vanished
      FROM linked_system
      JOIN unit ON unit.id = linked_system.unit_id
      JOIN app_user ON app_user.id = linked_system.created_by
      CROSS JOIN LATERAL (
          SELECT count(*) AS live,
                 count(*) FILTER (WHERE linked_listing.vanished_at IS NOT NULL) AS vanished
            FROM linked_listing JOIN listing ON listing.id = linked_listing.listing_id
           WHERE linked_listing.system_id = linked_system.id
             AND listing.state IN ('listed', 'settling')) AS shown""",
    "kept": """
     WHERE (%(units)s::integer[] IS NULL OR linked_system.unit_id = ANY(%(units)s))
     ORDER BY linked_system.name""",
    "one": """
     WHERE linked_system.id = %(system)s
       AND (%(units)s::integer[] IS NULL OR linked_system.unit_id = ANY(%(units)s))""",
    "token": """
     WHERE linked_system.token_hash = %(hash)s AND linked_system.active AND unit.active""",
    "named": " WHERE linked_system.name = %(name)s",
}


def systems(conn: Connection, actor: User) -> list[System]:
    """The systems of the units that `actor` administers, by name."""
    _administers(actor)
    with conn.cursor(row_factory=class_row(System)) as cursor:
        query: LiteralString = PIECES["read"] + PIECES["kept"]
        return cursor.execute(query, {"units": kept_units(conn, actor)}).fetchall()


def require(conn: Connection, actor: User, system: int) -> System:
    """One of them; Refused 'linked.not_found', also where it is another's."""
    _administers(actor)
    found = of_units(conn, kept_units(conn, actor), system)
    if found is None:
        raise Refused("linked.not_found")
    return found


def of_units(conn: Connection, units: list[int] | None, system: int) -> System | None:
    """The system with this id, if it belongs to one of `units` (None: to any)."""
    query: LiteralString = PIECES["read"] + PIECES["one"]
    with conn.cursor(row_factory=class_row(System)) as cursor:
        return cursor.execute(query, {"units": units, "system": system}).fetchone()


def of_token(conn: Connection, token: str) -> System | None:
    """The system that is switched on, of an active unit, and bears this token."""
    query: LiteralString = PIECES["read"] + PIECES["token"]
    with conn.cursor(row_factory=class_row(System)) as cursor:
        return cursor.execute(query, {"hash": hashed(token)}).fetchone()


def named(conn: Connection, name: str) -> System:
    """The system of this name, for operators; Refused 'linked.not_found'."""
    query: LiteralString = PIECES["read"] + PIECES["named"]
    with conn.cursor(row_factory=class_row(System)) as cursor:
        found = cursor.execute(query, {"name": name}).fetchone()
    if found is None:
        raise Refused("linked.not_found")
    return found


def hashed(token: str) -> str:
    """What is kept of a token. It has 256 random bits: nobody guesses it from a plain SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def _administers(actor: User) -> None:
    if not actor.may(Permission.ADMINISTER):
        raise Refused("linked.not_found")


def _new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


ADD: LiteralString = """
    INSERT INTO linked_system (name, unit_id, token_hash, created_by, created_at)
    VALUES (%(name)s, %(unit)s, %(hash)s, %(actor)s, %(now)s)
    RETURNING id
"""


def register(
    conn: Connection, actor: User, unit: int, name: str, now: datetime, request: str = ""
) -> tuple[int, str]:
    """(id, token) of a new system of `unit` (its id). The token is told this once.

    Raises Refused 'linked.name_missing', 'linked.name_taken', 'org.unit_unknown'.
    """
    _administers(actor)
    units, name, token = kept_units(conn, actor), clean(name), _new_token()
    if units is not None and unit not in units:
        raise Refused("org.unit_unknown", field="unit")
    if not name or len(name) > LONGEST_NAME:
        raise Refused("linked.name_missing", field="name", most=LONGEST_NAME)
    facts = {"name": name, "unit": unit, "hash": hashed(token), "actor": actor.id, "now": now}
    try:
        with conn.transaction():
            key = scalar(conn, ADD, **facts)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("linked.name_taken", field="name", name=name) from error
    assert isinstance(key, int)
    subject = f"linked_system:{key}"
    audit.record(conn, actor.login, "linked_system.added", subject, request, name=name, unit=unit)
    return key, token


RENEW: LiteralString = "UPDATE linked_system SET token_hash = %(hash)s WHERE id = %(system)s"


def renew(conn: Connection, actor: User, system: int, request: str = "") -> str:
    """A new token, told this once; the old one opens nothing any more."""
    require(conn, actor, system)
    token = _new_token()
    conn.execute(RENEW, {"system": system, "hash": hashed(token)})
    subject = f"linked_system:{system}"
    audit.record(conn, actor.login, "linked_system.token_renewed", subject, request)
    return token


SWITCH: LiteralString = "UPDATE linked_system SET active = %(active)s WHERE id = %(system)s"


def switch(conn: Connection, actor: User, system: int, active: bool, request: str = "") -> None:
    """Switch it on, or off: what it listed stays, and it pushes nothing more."""
    if require(conn, actor, system).active == active:
        return
    conn.execute(SWITCH, {"system": system, "active": active})
    verb = "linked_system.switched_on" if active else "linked_system.switched_off"
    audit.record(conn, actor.login, verb, f"linked_system:{system}", request)


@dataclass(frozen=True, slots=True)
class Push:
    """What one push did; `refused` rows: then it did nothing."""

    system_id: int
    at: datetime
    way: str
    complete: bool
    refused: int
    added: int
    refreshed: int
    unchanged: int
    closed: int
    withdrawn: int
    vanished: int
    settling: int


LAST: LiteralString = """
    SELECT system_id, at, way, complete, refused, added, refreshed, unchanged, closed, withdrawn,
           vanished, settling
      FROM linked_push
     WHERE system_id = %(system)s
     ORDER BY id DESC
     LIMIT %(limit)s
"""


def last_pushes(conn: Connection, system: int, limit: int) -> list[Push]:
    """Its last pushes, the newest first. The caller answers for who may see the system."""
    with conn.cursor(row_factory=class_row(Push)) as cursor:
        return cursor.execute(LAST, {"system": system, "limit": limit}).fetchall()


@dataclass(frozen=True, slots=True)
class Vanished:
    """A listing that still stands, though its system's last complete push lacked it."""

    listing_id: int
    key: str
    kind: str
    name: str
    code: str
    vanished_at: datetime


VANISHED: LiteralString = """
    SELECT listing.id AS listing_id, linked_listing.key, listing.kind, listing.name, listing.code,
           linked_listing.vanished_at
      FROM linked_listing JOIN listing ON listing.id = linked_listing.listing_id
     WHERE linked_listing.system_id = %(system)s AND linked_listing.vanished_at IS NOT NULL
       AND listing.state IN ('listed', 'settling')
     ORDER BY linked_listing.vanished_at DESC, listing.id
     LIMIT %(limit)s
"""


def vanished(conn: Connection, system: int, limit: int) -> list[Vanished]:
    """Listings that have vanished at their source. The caller answers for who may see them."""
    with conn.cursor(row_factory=class_row(Vanished)) as cursor:
        return cursor.execute(VANISHED, {"system": system, "limit": limit}).fetchall()
