"""Writing cards from canonical values: the only statements that insert or change a card (A4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.types.json import Jsonb

from db import Connection, Refused, scalar
from registry.cards.fields import CHARACTERISTIC

NAMES = tuple(field.name for field in CHARACTERISTIC)

# From the values given, or from the staged rows of an import. Sections come by name. In the order
# of codes: of two imports with common codes one waits for the other, and neither is a deadlock.
INSERT: LiteralString = """
    INSERT INTO card (unit_id, origin_id, code, name, category, type, quantity, measure,
           acquisition_way, acquired_on, brand, model, serial_number, maker, supplier,
           original_value, accumulated_depreciation, fiscal_funds, other_funds, value_type,
           ledger_account, voucher_number, status, shareable, using_section_id, custodian,
           managing_section_id, place, purpose, characteristic)
    SELECT %(unit)s, %(origin)s::bigint, v->>'code', v->>'name', v->>'category', v->>'type',
           (v->>'quantity')::numeric, v->>'measure', COALESCE(v->>'acquisition_way', ''),
           NULLIF(v->>'acquired_on', '')::date, COALESCE(v->>'brand', ''),
           COALESCE(v->>'model', ''), COALESCE(v->>'serial_number', ''), COALESCE(v->>'maker', ''),
           COALESCE(v->>'supplier', ''), (v->>'original_value')::numeric,
           COALESCE(NULLIF(v->>'accumulated_depreciation', ''), '0')::numeric,
           COALESCE(NULLIF(v->>'fiscal_funds', ''), '0')::numeric,
           COALESCE(NULLIF(v->>'other_funds', ''), '0')::numeric,
           COALESCE(v->>'value_type', ''), COALESCE(v->>'ledger_account', ''),
           COALESCE(v->>'voucher_number', ''), v->>'status', (v->>'shareable')::boolean, used.id,
           COALESCE(v->>'custodian', ''), managed.id, COALESCE(v->>'place', ''),
           COALESCE(v->>'purpose', ''),
           (SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(v)
             WHERE key = ANY(%(characteristic)s) AND value <> '""')
      FROM (SELECT %(values)s::jsonb AS v WHERE %(change)s::bigint IS NULL
             UNION ALL
            SELECT vals FROM card_import_row WHERE change_id = %(change)s::bigint) AS given
      LEFT JOIN section AS used ON used.unit_id = %(unit)s AND used.name = v->>'using_section'
      LEFT JOIN section AS managed
             ON managed.unit_id = %(unit)s AND managed.name = v->>'managing_section'
     ORDER BY v->>'code'
    RETURNING id
"""


def insert(
    conn: Connection, unit: int, values: Mapping[str, str], origin: int | None = None
) -> int:
    """A new card of `unit` (its id) from canonical values; its id.

    `origin`: id of the card that it was split from. Raises Refused 'card.code_taken'.
    """
    facts = {"unit": unit, "origin": origin, "values": Jsonb(dict(values)), "change": None}
    try:
        with conn.transaction():
            key = scalar(conn, INSERT, characteristic=list(NAMES), **facts)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("card.code_taken", field="code", code=values["code"]) from error
    assert isinstance(key, int)
    return key


def insert_staged(conn: Connection, unit: int, change: int) -> int:
    """Bring in the staged rows of an import (its change's id), all or none; how many.

    Raises Refused 'card.codes_taken' where a code has come into use meanwhile.
    """
    facts = {"unit": unit, "origin": None, "values": Jsonb({}), "change": change}
    try:
        with conn.transaction():
            return conn.execute(INSERT, {**facts, "characteristic": list(NAMES)}).rowcount
    except psycopg.errors.UniqueViolation as error:
        raise Refused("card.codes_taken") from error


# A value that isn't given stays; in `characteristic` null takes the key away.
UPDATE: LiteralString = """
    UPDATE card SET
           name = COALESCE(v->>'name', name),
           category = COALESCE(v->>'category', category),
           quantity = COALESCE((v->>'quantity')::numeric, quantity),
           measure = COALESCE(v->>'measure', measure),
           acquisition_way = COALESCE(v->>'acquisition_way', acquisition_way),
           acquired_on = CASE WHEN v ? 'acquired_on'
                              THEN NULLIF(v->>'acquired_on', '')::date ELSE acquired_on END,
           brand = COALESCE(v->>'brand', brand),
           model = COALESCE(v->>'model', model),
           serial_number = COALESCE(v->>'serial_number', serial_number),
           maker = COALESCE(v->>'maker', maker),
           supplier = COALESCE(v->>'supplier', supplier),
           original_value = COALESCE((v->>'original_value')::numeric, original_value),
           accumulated_depreciation = CASE WHEN v ? 'accumulated_depreciation'
               THEN COALESCE(NULLIF(v->>'accumulated_depreciation', ''), '0')::numeric
               ELSE accumulated_depreciation END,
           fiscal_funds = CASE WHEN v ? 'fiscal_funds'
               THEN COALESCE(NULLIF(v->>'fiscal_funds', ''), '0')::numeric ELSE fiscal_funds END,
           other_funds = CASE WHEN v ? 'other_funds'
               THEN COALESCE(NULLIF(v->>'other_funds', ''), '0')::numeric ELSE other_funds END,
           value_type = COALESCE(v->>'value_type', value_type),
           ledger_account = COALESCE(v->>'ledger_account', ledger_account),
           voucher_number = COALESCE(v->>'voucher_number', voucher_number),
           status = COALESCE(v->>'status', status),
           shareable = COALESCE((v->>'shareable')::boolean, shareable),
           using_section_id = CASE WHEN v ? 'using_section'
               THEN (SELECT id FROM section
                      WHERE section.unit_id = card.unit_id AND section.name = v->>'using_section')
               ELSE using_section_id END,
           custodian = COALESCE(v->>'custodian', custodian),
           managing_section_id = CASE WHEN v ? 'managing_section'
               THEN (SELECT id FROM section
                      WHERE section.unit_id = card.unit_id
                        AND section.name = v->>'managing_section')
               ELSE managing_section_id END,
           place = COALESCE(v->>'place', place),
           purpose = COALESCE(v->>'purpose', purpose),
           characteristic = jsonb_strip_nulls(characteristic || %(characteristic)s),
           version = version + 1,
           updated_at = %(now)s
      FROM (SELECT %(values)s::jsonb AS v) AS given
     WHERE card.id = %(card)s AND card.version = %(version)s
    RETURNING card.id
"""


def update(
    conn: Connection, card: int, version: int, values: Mapping[str, str], now: datetime
) -> None:
    """Change a card that is still of `version`; the version rises by one.

    Raises Refused 'change.outdated' where somebody was quicker (A4).
    """
    changed = {name: value or None for name, value in values.items() if name in NAMES}
    facts = {
        "card": card,
        "version": version,
        "values": Jsonb({name: value for name, value in values.items() if name not in NAMES}),
        "characteristic": Jsonb(changed),
        "now": now,
    }
    if scalar(conn, UPDATE, **facts) is None:
        raise Refused("change.outdated")
