"""A province with a million cards and their listings, made in the database itself within minutes."""

from dataclasses import dataclass
from typing import Final, LiteralString

from bench import estate_listings
from db import Connection, scalar
from ops import reference
from registry.cards import categories
from registry.org import Role, UnitKind, UserType, add_unit, add_user, divisions, hashing

DEPARTMENTS: Final = 20
UNITS: Final = 200
SECTIONS: Final = (
    "办公室",
    "信息科",
    "财务科",
    "后勤科",
    "业务一科",
    "业务二科",
    "实验中心",
    "资料室",
)
WORD: Final = "bench-Kapok-17"

SEATS: LiteralString = """
    SELECT code FROM division WHERE level IN ('prefecture', 'county') ORDER BY code
"""
SECTION: LiteralString = "INSERT INTO section (unit_id, name) VALUES (%(unit)s, %(name)s)"
# GIN indexes are built anew afterwards: row by row they would take the longest.
DROP: LiteralString = "DROP INDEX card_search, card_search_pairs"
BUILD: tuple[LiteralString, ...] = (
    "CREATE INDEX card_search ON card USING gin (search gin_trgm_ops)",
    "CREATE INDEX card_search_pairs ON card USING gin (cjk_pairs(search))",
)
# Every tenth card is of the largest unit, the others are spread evenly. Drawn by number, not by
# chance: each run has the same cards.
CARDS: LiteralString = """
    WITH kind AS (
        SELECT * FROM (VALUES
            (0, '台式计算机', 'A02010105', 'general_equipment', '台', '联想', '启天 M4', 5600),
            (1, '便携式计算机', 'A02010108', 'general_equipment', '台', '华为', 'MateBook B5', 7200),
            (2, '激光工程投影仪', 'A02020200', 'general_equipment', '台', '爱普生', 'CB-L730U', 38600),
            (3, '彩色多功能复印机', 'A02020100', 'general_equipment', '台', '理光', 'IM C3010', 26800),
            (4, '立柜式空调机', 'A02061804', 'general_equipment', '台', '格力', 'RF7.2', 9800),
            (5, '钢制双面书架', 'A05010000', 'furniture', '组', '顺发', '六层', 2100),
            (6, '会议桌椅', 'A05010000', 'furniture', '套', '圣奥', 'H-12', 11600),
            (7, '彩色超声诊断仪', 'A02320000', 'special_equipment', '台', '迈瑞', 'Resona 7', 1280000),
            (8, '公务用车', 'A02030500', 'vehicle', '辆', '比亚迪', '汉 EV', 219800),
            (9, '气相色谱质谱联用仪', 'A02100000', 'instrument', '台', 'Agilent', '8890-5977C', 965000)
        ) AS list (n, name, category, type, measure, brand, model, price)
    ), held AS (
        SELECT kind.*, COALESCE(category.code, (SELECT min(code) FROM category)) AS known
          FROM kind LEFT JOIN category ON category.code = kind.category
    ), place AS (
        SELECT unit.id AS unit_id, section.id AS section_id,
               row_number() OVER (PARTITION BY unit.id ORDER BY section.id) - 1 AS at, owner.nth
          FROM unnest(%(units)s::integer[]) WITH ORDINALITY AS owner (id, nth)
          JOIN unit ON unit.id = owner.id
          JOIN section ON section.unit_id = unit.id
    )
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, acquisition_way,
                      acquired_on, brand, model, serial_number, maker, supplier, original_value,
                      accumulated_depreciation, fiscal_funds, value_type, ledger_account, status,
                      shareable, using_section_id, custodian, managing_section_id, place, updated_at,
                      photographed)
    SELECT place.unit_id, 'TY' || lpad(drawn.n::text, 10, '0'), held.name, held.known, held.type,
           1, held.measure, 'purchase', date '2012-01-01' + (hash %% 5200)::integer, held.brand,
           held.model, upper(to_hex(hash * 7919)), held.brand, '海南省政府采购中标供应商',
           held.price + hash %% 5000, (held.price * (hash %% 90) / 100.0)::numeric(16, 2),
           held.price, 'original', '1601 固定资产',
           CASE WHEN hash %% 100 < 86 THEN 'in_use' WHEN hash %% 100 < 93 THEN 'idle'
                WHEN hash %% 100 < 96 THEN 'to_dispose' WHEN hash %% 100 < 97 THEN 'lent'
                WHEN hash %% 100 < 98 THEN 'leased' ELSE 'disposed' END,
           hash / 100 %% 10 = 0, place.section_id,
           substr('赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张', 1 + (hash %% 24)::integer, 1)
           || substr('海燕德安丽君积光小梅清源明珠敏增强晓虹云舒志远怀', 1 + (hash / 24 %% 24)::integer, 2),
           place.section_id, (1 + hash %% 9) || ' 号楼 ' || (100 + hash %% 800) || ' 室',
           timestamptz '2026-11-20 02:00Z' - make_interval(secs => (hash %% 40000000)::integer),
           drawn.n / 7 %% 10 < 7
      FROM (SELECT n, abs(hashint8(n))::bigint AS hash FROM generate_series(%(first)s::bigint, %(last)s) AS n) AS drawn
      JOIN held ON held.n = hash %% 10
      JOIN place ON place.nth = CASE WHEN drawn.n %% 10 = 0 THEN 1 ELSE 1 + drawn.n %% %(count)s END
                AND place.at = hash / 10 %% %(sections)s
"""
PHOTOS: LiteralString = """
    INSERT INTO photo (card_id, position, digest, media, width, height, taken_at)
    SELECT id, 0, encode(sha256(code::bytea), 'hex'), 'image/jpeg', 1600, 1200, updated_at
      FROM card WHERE photographed AND %(by)s IS NOT NULL
"""
QUIET: LiteralString = "ALTER TABLE photo DISABLE TRIGGER photo_added"  # the cards say it already
LOUD: LiteralString = "ALTER TABLE photo ENABLE TRIGGER photo_added"
REVIEWS: LiteralString = """
    INSERT INTO review (kind, scope, number, title, unit_id, prepared_by, state, round, position,
                        version, moved_at, address)
    SELECT 'card_change', 'ordinary', 'BD-2026-' || lpad(row_number() OVER (ORDER BY id)::text, 6, '0'),
           name || ' ' || code, unit_id, %(by)s,
           CASE WHEN id %% 100 = 3 THEN 'in_review' ELSE 'approved' END, 1,
           CASE WHEN id %% 100 = 3 THEN 1 END, 2, updated_at, ''
      FROM card WHERE id %% 5 = 3
"""
CHANGES: LiteralString = """
    INSERT INTO card_change (review_id, unit_id, kind, card_id, card_version, before, after,
                             drafted_by, drafted_at, applied_at)
    SELECT review.id, card.unit_id, 'status', card.id, 1, '{"status": "in_use"}',
           '{"status": "idle"}', %(by)s, review.moved_at,
           CASE WHEN review.state = 'approved' THEN review.moved_at END
      FROM review JOIN card ON review.title = card.name || ' ' || card.code
"""
NUMBERS: LiteralString = """
    INSERT INTO document_number (prefix, year, last)
    SELECT 'BD', 2026, count(*) FROM review WHERE %(by)s IS NOT NULL
"""
ADDRESSES: LiteralString = """
    UPDATE review SET address = '/changes/' || card_change.id
      FROM card_change WHERE card_change.review_id = review.id
"""
STEPS: LiteralString = """
    INSERT INTO review_step (review_id, position, body, unit_id, waiting)
    SELECT id, 1, 'unit', unit_id, state = 'in_review' FROM review
"""
EVENTS: LiteralString = """
    INSERT INTO review_event (review_id, round, at, actor_id, action, position, body, opinion)
    SELECT id, 1, moved_at, %(by)s, 'submit', NULL, NULL, '' FROM review
"""
SETTLE: LiteralString = "VACUUM ANALYZE"
SHOWN: LiteralString = """
    SELECT id FROM listing WHERE kind = 'transfer' AND on_local ORDER BY listed_at DESC LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Province:
    """What was made: logins by what they see, how many cards, how many live listings, and ids of
    some transfers on the square.
    """

    logins: dict[str, str]
    cards: int
    listings: int
    shown: list[int]


def make(conn: Connection, cards: int) -> Province:
    """The province, in the caller's transactions: `conn` is the owner's, in autocommit."""
    divisions.import_csv(conn, reference.text("divisions"))
    categories.import_csv(conn, reference.text("categories"))
    units = _units(conn)
    logins = _people(conn, units)
    by = scalar(conn, "SELECT min(id) FROM app_user")
    assert isinstance(by, int)
    conn.execute(DROP)
    conn.execute(QUIET)
    facts = {"units": units, "count": len(units), "sections": len(SECTIONS)}
    for first in range(1, cards + 1, 100_000):
        last = min(first + 99_999, cards)
        conn.execute(CARDS, {**facts, "first": first, "last": last})
    for statement in BUILD:
        conn.execute(statement)
    for changes in (PHOTOS, REVIEWS, NUMBERS, CHANGES, ADDRESSES, STEPS, EVENTS):
        conn.execute(changes, {"by": by})
    conn.execute(LOUD)
    listed = estate_listings.put_up(conn, by)
    conn.execute(SETTLE)
    return Province(logins, cards, listed, [key for (key,) in conn.execute(SHOWN)])


def _units(conn: Connection) -> list[int]:
    """Units below departments of Haikou and of each county; the first is the largest."""
    add_unit(conn, "900000000", "省财政厅", UnitKind.FINANCE, "460001")
    found = []
    seats = [code for (code,) in conn.execute(SEATS)]
    for number in range(DEPARTMENTS):
        code, name = f"91{number:07}", f"第{number + 1}主管部门"
        seat = seats[number % len(seats)]
        above = add_unit(conn, code, name, UnitKind.DEPARTMENT, seat)
        for place in range(UNITS // DEPARTMENTS):
            nth = number * (UNITS // DEPARTMENTS) + place
            unit = add_unit(conn, f"92{nth:07}", f"第{nth + 1}单位", UnitKind.UNIT, seat, above)
            found.append(unit)
            for section in SECTIONS:
                conn.execute(SECTION, {"unit": unit, "name": section})
    return found


BODY: LiteralString = "SELECT id FROM unit WHERE name = %(name)s"


def _people(conn: Connection, units: list[int]) -> dict[str, str]:
    """One clerk of an ordinary unit and one of the largest, a department's reviewer, finance."""
    finance, department = (scalar(conn, BODY, name=name) for name in ("省财政厅", "第1主管部门"))
    assert isinstance(finance, int)
    assert isinstance(department, int)
    people = {
        "unit": ("small", UserType.BUDGET_UNIT, units[7], {Role.PREPARER, Role.REVIEWER}),
        "large unit": ("large", UserType.BUDGET_UNIT, units[0], {Role.PREPARER}),
        "department": ("department", UserType.BUDGET_UNIT, department, {Role.REVIEWER}),
        "province": ("finance", UserType.FINANCE, finance, {Role.REVIEWER}),
    }
    for login, type_, unit, roles in people.values():
        add_user(conn, "system:bench", login=login, name=login, type=type_, unit_id=unit,
                 roles=roles, password_hash=hashing.hashed(WORD))  # fmt: skip
    return {sees: person[0] for sees, person in people.items()}
