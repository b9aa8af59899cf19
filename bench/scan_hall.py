"""A unit with twenty people who count, their devices, and a running stocktake, for bench.scans."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, LiteralString

from db import Connection, scalar
from ops import reference
from registry.cards import categories
from registry.org import (
    Role,
    UnitKind,
    User,
    UserType,
    add_unit,
    add_user,
    divisions,
    hashing,
    user,
)
from registry.stocktake import Method, devices, tasks
from registry.stocktake.tasks import Plan

GUNS: Final = 20
WORD: Final = "bench-Kapok-17"
CARDS: LiteralString = """
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, original_value,
                      status, custodian, place)
    SELECT %(unit)s, 'TY' || lpad(n::text, 10, '0'), '台式计算机', 'A02010105',
           'general_equipment', 1, '台', 5600, 'in_use',
           '盘点员' || lpad((n %% %(guns)s)::text, 2, '0'), (1 + n %% 9) || ' 号楼'
      FROM generate_series(1, %(cards)s) AS n
"""
SETTLE: LiteralString = "ANALYZE"


@dataclass(frozen=True, slots=True)
class Hall:
    """The task that runs, a token for each gun, the codes of the cards that each is to count."""

    stocktake: int
    tokens: list[str]
    codes: list[list[str]]


def make(conn: Connection, cards: int) -> Hall:
    """The hall, in the caller's transactions; `conn` is the owner's."""
    divisions.import_csv(conn, reference.text("divisions"))
    categories.import_csv(conn, reference.text("categories"))
    unit = add_unit(
        conn, "460100222", "海口市图书馆", UnitKind.UNIT, "460100", None, "椰海大道 5 号"
    )
    clerk = _person(conn, unit, "clerk", "经办", Role.PREPARER)
    people = [
        _person(conn, unit, f"counter{number}", f"盘点员{number:02}", Role.STOCKTAKER)
        for number in range(GUNS)
    ]
    conn.execute(CARDS, {"unit": unit, "cards": cards, "guns": GUNS})
    now = datetime.now(UTC)
    plan = Plan("压测盘点", list(Method), (now + timedelta(days=9)).date())
    key = tasks.plan(conn, clerk, plan, now, "")
    tasks.start(conn, clerk, key, now, "")
    tokens = [devices.add(conn, one, "枪", now, "")[1] for one in people]
    conn.execute(SETTLE)
    codes = [
        [f"TY{n:010}" for n in range(1, cards + 1) if n % GUNS == number] for number in range(GUNS)
    ]
    return Hall(key, tokens, codes)


def _person(conn: Connection, unit: int, login: str, name: str, role: Role) -> User:
    kind = UserType.BUDGET_UNIT
    key = add_user(conn, "system:bench", login=login, name=name, type=kind, unit_id=unit,
                   roles=[role], password_hash=hashing.hashed(WORD))  # fmt: skip
    found = user(conn, key)
    assert found is not None
    return found


STORED: LiteralString = """
    SELECT count(*), count(DISTINCT client_id),
           count(*) FILTER (WHERE standing = 'valid'),
           count(DISTINCT card_id) FILTER (WHERE standing = 'valid')
      FROM stocktake_count
"""
LOST: LiteralString = """
    SELECT count(*) FROM unnest(%(clients)s::uuid[]) AS sent (client_id)
     WHERE NOT EXISTS (SELECT FROM stocktake_count WHERE stocktake_count.client_id = sent.client_id)
"""


def stored(conn: Connection) -> tuple[int, int, int, int]:
    """Rows, client ids, counts that stand, cards that are counted."""
    row = conn.execute(STORED).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3]


def lost(conn: Connection, clients: list[str]) -> int:
    """How many of what was sent is not stored."""
    found = scalar(conn, LOST, clients=clients)
    assert isinstance(found, int)
    return found
