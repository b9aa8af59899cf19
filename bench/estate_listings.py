"""Two hundred thousand listings among the province's cards, made in the database itself."""

from typing import Final, LiteralString

from db import Connection, scalar

ON_A_SHEET: Final = 20
DEMANDS: Final = 4_000
FOREIGN: Final = 10_000

# Idle cards are transferred, shareable ones shared; disposed ones once were listed. Of each unit's
# three in ten are national, and six in ten of those are decided.
STAGE: LiteralString = """
    CREATE TEMPORARY TABLE staged_listing AS
    SELECT card.id AS card_id, card.unit_id, kind.name AS kind, drawn.scope,
           card.status = 'disposed' AS closed, drawn.hash,
           'B-' || card.unit_id || '-' || kind.name || '-' || drawn.scope || '-'
           || (row_number() OVER (PARTITION BY card.unit_id, kind.name, drawn.scope ORDER BY card.id) - 1)
              / %(on_a_sheet)s AS batch
      FROM card
     CROSS JOIN LATERAL (SELECT CASE WHEN card.status IN ('idle', 'to_dispose', 'disposed') THEN 'transfer'
                                     ELSE 'share' END AS name) AS kind
     CROSS JOIN LATERAL (SELECT abs(hashint8(card.id + 7))::bigint AS hash,
                                CASE WHEN abs(hashint8(card.id + 7)) %% 10 < 3 THEN 'national' ELSE 'local' END
                                AS scope) AS drawn
     WHERE card.status IN ('idle', 'to_dispose', 'disposed') OR card.shareable AND card.status = 'in_use'
"""
STAGE_DEMANDS: LiteralString = """
    INSERT INTO staged_listing (card_id, unit_id, kind, scope, closed, hash, batch)
    SELECT NULL, unit.id, 'demand', CASE WHEN n %% 3 = 0 THEN 'national' ELSE 'local' END, false,
           abs(hashint8(n))::bigint, 'D-' || n
      FROM generate_series(1, %(demands)s) AS n
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nth, count(*) OVER () AS units
              FROM unit WHERE kind = 'unit') AS unit ON unit.nth = 1 + n %% unit.units
"""
REVIEWS: LiteralString = """
    INSERT INTO review (kind, scope, number, title, unit_id, prepared_by, state, round, version, moved_at)
    SELECT kind || '_sheet', scope,
           CASE kind WHEN 'transfer' THEN 'TJ' WHEN 'share' THEN 'GX' ELSE 'XQ' END || '-2026-'
           || lpad(row_number() OVER (PARTITION BY kind ORDER BY batch)::text, 6, '0'),
           batch, unit_id, %(by)s, 'approved', 1, 2, now() - make_interval(hours => (min(hash) %% 8000)::integer)
      FROM staged_listing GROUP BY kind, scope, batch, unit_id
"""
NUMBERS: LiteralString = """
    INSERT INTO document_number (prefix, year, last)
    SELECT left(number, 2), 2026, count(*) FROM review WHERE kind <> 'card_change' GROUP BY left(number, 2)
"""
SHEETS: LiteralString = """
    INSERT INTO sheet (review_id, kind, scope, unit_id, contact, phone, address, demand, drafted_by, drafted_at)
    SELECT id, split_part(kind, '_', 1), scope, unit_id, '符海燕', '0898-65300001', '国兴大道 9 号',
           CASE kind WHEN 'demand_sheet' THEN jsonb_build_object('title', title) ELSE '{}' END, %(by)s, moved_at
      FROM review WHERE kind <> 'card_change'
"""
ADDRESSES: LiteralString = """
    UPDATE review
       SET address = CASE sheet.kind WHEN 'demand' THEN '/demands/' ELSE '/' || sheet.kind || '/' END || sheet.id
      FROM sheet WHERE sheet.review_id = review.id
"""
ON_SHEETS: LiteralString = """
    INSERT INTO sheet_card (sheet_id, card_id, position, card_version)
    SELECT sheet.id, staged.card_id,
           row_number() OVER (PARTITION BY sheet.id ORDER BY staged.card_id) - 1, 1
      FROM staged_listing AS staged
      JOIN review ON review.title = staged.batch
      JOIN sheet ON sheet.review_id = review.id
     WHERE staged.card_id IS NOT NULL
"""
# The GIN index is built anew afterwards: row by row it would take the longest.
DROP: LiteralString = "DROP INDEX listing_search"
BUILD: LiteralString = """
    CREATE INDEX listing_search ON listing
     USING gin (listing_terms(search, kind, division, category, on_local, on_national))
     WHERE on_local OR on_national
"""
OF_CARDS: LiteralString = """
    INSERT INTO listing (kind, scope, origin, sheet_id, card_id, unit_id, state, ministry, name, code, category,
                         card_type, division, status, quantity, measure, value, unit_name, photo, facts, contact,
                         listed_at, closed_at, until_on)
    SELECT staged.kind, staged.scope, 'own', sheet.id, card.id, card.unit_id,
           CASE WHEN staged.closed THEN 'settled' ELSE 'listed' END,
           CASE WHEN staged.scope = 'local' THEN 'none' WHEN staged.hash / 10 %% 10 < 6 THEN 'decided'
                WHEN staged.hash / 10 %% 10 < 8 THEN 'reported' ELSE 'unreported' END,
           card.name, card.code, card.category, card.type, unit.division, card.status, card.quantity, card.measure,
           card.original_value, unit.name,
           CASE WHEN card.photographed THEN encode(sha256(card.code::bytea), 'hex') END,
           jsonb_build_object('code', card.code, 'name', card.name, 'category', card.category, 'type', card.type,
               'quantity', card.quantity::text, 'measure', card.measure, 'brand', card.brand, 'model', card.model,
               'serial_number', card.serial_number, 'maker', card.maker, 'supplier', card.supplier,
               'acquired_on', card.acquired_on::text, 'original_value', card.original_value::text,
               'net_value', card.net_value::text, 'status', card.status, 'shareable', card.shareable::text,
               'custodian', card.custodian, 'place', card.place),
           '{"contact": "符海燕", "phone": "0898-65300001", "address": "国兴大道 9 号", "note": ""}',
           now() - make_interval(secs => (staged.hash %% 31000000)::integer),
           CASE WHEN staged.closed THEN now() END,
           CASE WHEN card.status = 'to_dispose' THEN current_date + (staged.hash %% 15)::integer END
      FROM staged_listing AS staged
      JOIN card ON card.id = staged.card_id
      JOIN unit ON unit.id = card.unit_id
      JOIN review ON review.title = staged.batch
      JOIN sheet ON sheet.review_id = review.id
"""
DEMANDED: LiteralString = """
    INSERT INTO listing (kind, scope, origin, sheet_id, unit_id, ministry, name, category, division, status,
                         quantity, measure, unit_name, facts, contact, listed_at, until_on)
    SELECT 'demand', staged.scope, 'own', sheet.id, staged.unit_id,
           CASE staged.scope WHEN 'local' THEN 'none' ELSE 'decided' END,
           '求' || wanted.name, wanted.category, unit.division,
           CASE WHEN staged.hash %% 4 = 0 THEN 'share' ELSE 'transfer' END, 1 + staged.hash %% 9, wanted.measure,
           unit.name,
           jsonb_build_object('title', '求' || wanted.name, 'description', '办公用，近五年购置', 'wanted_by',
               (current_date + (staged.hash %% 90)::integer)::text, 'quantity', (1 + staged.hash %% 9)::text),
           '{"contact": "符海燕", "phone": "0898-65300001", "address": "国兴大道 9 号", "note": ""}',
           now() - make_interval(secs => (staged.hash %% 3000000)::integer),
           current_date + 1 + (staged.hash %% 60)::integer
      FROM staged_listing AS staged
      JOIN unit ON unit.id = staged.unit_id
      JOIN review ON review.title = staged.batch
      JOIN sheet ON sheet.review_id = review.id
      JOIN LATERAL (SELECT name, category, measure FROM card
                     WHERE unit_id = staged.unit_id ORDER BY code OFFSET staged.hash %% 40 LIMIT 1) AS wanted ON true
     WHERE staged.kind = 'demand'
"""
FROM_ELSEWHERE: LiteralString = """
    INSERT INTO listing (kind, scope, origin, ministry, name, code, category, card_type, division, status, quantity,
                         measure, value, unit_name, facts, contact, listed_at)
    SELECT CASE n %% 3 WHEN 0 THEN 'share' ELSE 'transfer' END, 'national', 'foreign', 'decided', card.name,
           'WS' || lpad(n::text, 8, '0'), card.category, card.type, place.code, 'idle', 1, card.measure,
           card.original_value, place.name || '第' || n %% 40 || '单位',
           jsonb_build_object('brand', card.brand, 'model', card.model, 'division_name', place.name),
           '{"contact": "陈志远", "phone": "020-83100000", "address": "", "note": ""}',
           now() - make_interval(mins => (n * 37 %% 400000)::integer)
      FROM generate_series(1, %(foreign)s) AS n
      JOIN (VALUES (0, '440100', '广东省广州市'), (1, '440300', '广东省深圳市'), (2, '450100', '广西壮族自治区南宁市'),
                   (3, '530100', '云南省昆明市'), (4, '430100', '湖南省长沙市'), (5, '320100', '江苏省南京市'),
                   (6, '330100', '浙江省杭州市'), (7, '510100', '四川省成都市')) AS place (nth, code, name)
        ON place.nth = n %% 8
      JOIN card ON card.id = (SELECT min(id) FROM card) + n * 11
"""
EVENTS: LiteralString = """
    INSERT INTO listing_event (listing_id, at, actor, event) SELECT id, listed_at, 'small', 'listed' FROM listing
"""
FORGET: LiteralString = "DROP TABLE staged_listing"
LIVE: LiteralString = "SELECT count(*) FROM listing WHERE on_local OR on_national"


def put_up(conn: Connection, by: int) -> int:
    """Lists a fifth of the province's cards, with demands and other provinces' listings; how many live.

    `conn` is the owner's, in autocommit; `by` a user's id.
    """
    facts = {"by": by, "on_a_sheet": ON_A_SHEET, "demands": DEMANDS, "foreign": FOREIGN}
    conn.execute(DROP)
    for statement in (STAGE, STAGE_DEMANDS, REVIEWS, NUMBERS, SHEETS, ADDRESSES, ON_SHEETS, OF_CARDS,
                      DEMANDED, FROM_ELSEWHERE, EVENTS, FORGET, BUILD):  # fmt: skip
        conn.execute(statement, {name: facts[name] for name in facts if f"%({name})" in statement})
    found = scalar(conn, LIVE)
    assert isinstance(found, int)
    return found
