"""The small organisation of the registry's tests, with listings on its squares."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from registry.cards import held, values_of, write
from tests.fixtures.database import Copy
from tests.registry.conftest import (  # noqa: F401  # fixtures of this room too
    VALUES,
    Desk,
    MakeCard,
    Organisation,
    Person,
    desk,
    furnish,
    make_card,
    organisation,
    organise,
    person,
)

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CONTACT = {"contact": "符海燕", "phone": "0898-65300001", "address": "海口市国兴大道", "note": ""}
DEMAND = {
    "title": "求台式计算机",
    "wanted": "transfer",
    "description": "办公用，近五年购置",
    "category": "A02010105",
    "wanted_by": "2026-12-31",
    "ledger_account": "",
    "division": "460100",
    "quantity": "2.00",
    "measure": "台",
    "urgency": "ordinary",
    "creator": "符海燕",
    "closing_on": "2026-12-20",
    "handler": "符海燕",
}
MakeListing = Callable[..., int]
_numbers = count(1)

REVIEW = """
    INSERT INTO review (kind, scope, number, title, unit_id, prepared_by, state, round)
    VALUES (%(kind)s, %(scope)s, %(number)s, %(number)s, %(unit)s, %(by)s, 'approved', 1)
    RETURNING id
"""
SHEET = """
    INSERT INTO sheet (review_id, kind, scope, unit_id, contact, phone, address, demand,
                       drafted_by, drafted_at)
    VALUES (%(review)s, %(kind)s, %(scope)s, %(unit)s, '符海燕', '0898-65300001', '海口市国兴大道',
            %(demand)s, %(by)s, %(now)s)
    RETURNING id
"""
ON_SHEET = """
    INSERT INTO sheet_card (sheet_id, card_id, position, card_version) VALUES (%s, %s, 0, 1)
"""
LISTING = """
    INSERT INTO listing (kind, scope, origin, sheet_id, card_id, unit_id, state, reason, ministry,
                         name, code, category, card_type, division, status, quantity, measure,
                         value, unit_name, photo, facts, contact, listed_at, closed_at, until_on)
    VALUES (%(kind)s, %(scope)s, %(origin)s, %(sheet_id)s, %(card_id)s, %(unit_id)s, %(state)s,
            %(reason)s, %(ministry)s, %(name)s, %(code)s, %(category)s, %(card_type)s,
            %(division)s, %(status)s, %(quantity)s, %(measure)s, %(value)s, %(unit_name)s,
            %(photo)s, %(facts)s, %(contact)s, %(listed_at)s, %(closed_at)s, %(until_on)s)
    RETURNING id
"""


class Listings:
    """Makes listings as the review's final approval would, without the way there."""

    def __init__(self, conn: Connection, organisation: Organisation, make_card: MakeCard) -> None:  # noqa: F811
        self.conn, self.organisation, self.make_card = conn, organisation, make_card

    def make(self, kind: str = "transfer", unit: str = "图书馆", **columns: Any) -> int:
        """A live one of `unit`, local and own unless `columns` say otherwise; its id.

        Cards of transfers and shares, and the sheet of what is own, are made along.
        """
        row = self._plain(kind, unit, columns) | columns
        if row["state"] in {"settled", "delisted"} and not row["closed_at"]:
            row["closed_at"] = NOW
        if kind != "demand" and row["origin"] == "own" and not row["card_id"]:
            row |= self._card(kind, unit, row) | columns
        if row["origin"] == "own" and not row["sheet_id"]:
            row["sheet_id"] = self._sheet(row)
        row |= {name: Jsonb(row[name]) for name in ("facts", "contact")}
        key = scalar(self.conn, LISTING, **row)
        assert isinstance(key, int)
        return key

    def _plain(self, kind: str, unit: str, columns: dict[str, Any]) -> dict[str, Any]:
        demand = kind == "demand"
        foreign = columns.get("origin") == "foreign"
        national = foreign or columns.get("scope") == "national"
        return {
            "kind": kind,
            "scope": "national" if national else "local",
            "origin": "own",
            "sheet_id": None,
            "card_id": None,
            "unit_id": None if foreign else self.organisation.units[unit],
            "state": "listed",
            "reason": "",
            "ministry": ("decided" if foreign else "unreported") if national else "none",
            "name": DEMAND["title"] if demand else "台式计算机",
            "code": "" if demand else f"LS2026{next(_numbers):06}",
            "category": "A02010105",
            "card_type": "" if demand else "general_equipment",
            "division": "460100",
            "status": "transfer" if demand else "idle",
            "quantity": "2" if demand else "1",
            "measure": "台",
            "value": "0" if demand else "5600",
            "unit_name": unit,
            "photo": None,
            "facts": DEMAND if demand else {"brand": "联想", "model": "启天 M4"},
            "contact": CONTACT,
            "listed_at": NOW,
            "closed_at": None,
            "until_on": None,
        }

    def _card(self, kind: str, unit: str, row: dict[str, Any]) -> dict[str, Any]:
        typed = {
            "code": row["code"],
            "name": row["name"],
            "category": row["category"],
            "status": row["status"],
            "shareable": "true" if kind == "share" else "false",
            "using_section": "",
        }
        key = self.make_card(unit=unit, **typed)
        values = values_of(held(self.conn, key))
        return {"card_id": key, "facts": {name: value for name, value in values.items() if value}}

    def _sheet(self, row: dict[str, Any]) -> int:
        facts = {
            "kind": row["kind"],
            "scope": row["scope"],
            "unit": row["unit_id"],
            "by": self.organisation.users["clerk"],
            "demand": Jsonb(row["facts"] if row["kind"] == "demand" else {}),
            "number": f"SHEET-{next(_numbers)}",
            "now": NOW,
        }
        review = scalar(self.conn, REVIEW, **facts | {"kind": f"{row['kind']}_sheet"})
        sheet = scalar(self.conn, SHEET, **facts, review=review)
        assert isinstance(sheet, int)
        if row["card_id"]:
            self.conn.execute(ON_SHEET, (sheet, row["card_id"]))
        return sheet


@pytest.fixture
def make_listing(
    conn: Connection,
    organisation: Organisation,  # noqa: F811
    make_card: MakeCard,  # noqa: F811
) -> MakeListing:
    """Make a live listing of the library: `make_listing(kind="share", scope="national", …)`; its id.

    Any column of `listing` may be given; `unit` is the owner's name.
    """
    return Listings(conn, organisation, make_card).make


@dataclass(frozen=True, slots=True)
class Standing:
    """A database of one's own with the organisation in it, as its processes find it.

    `conn` commits each statement; `exchange` is what the exchange process connects by.
    """

    conn: Connection
    organisation: Organisation
    make_listing: MakeListing
    exchange: Database


@pytest.fixture
def standing(database: Copy) -> Iterator[Standing]:
    """For what commits: jobs of the exchange process."""
    with (
        single_connection(database.url(), autocommit=True) as conn,
        Database(database.url(DatabaseRole.EXCHANGE)) as exchange,
    ):
        organised = organise(conn)
        furnish(conn, organised)

        def make(unit: str = "图书馆", **values: str) -> int:
            return write.insert(conn, organised.units[unit], {**VALUES, **values})

        yield Standing(conn, organised, Listings(conn, organised, make).make, exchange)
