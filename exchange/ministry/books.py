"""Cards, sheets and listings among themselves: what differs here, whatever the aggregator has."""

from collections.abc import Iterator
from typing import Final, LiteralString

from db import Connection
from exchange import eligibility
from exchange.kinds import Kind as Published
from exchange.ministry.difference import Difference, Kind

DIFFERS: LiteralString = """
    SELECT listing.id, listing.uid, listing.name,
           array_remove(ARRAY[
               CASE WHEN listing.name <> card.name THEN 'name' END,
               CASE WHEN listing.code <> card.code THEN 'code' END,
               CASE WHEN listing.category <> card.category THEN 'category' END,
               CASE WHEN listing.card_type <> card.type THEN 'type' END,
               CASE WHEN listing.status <> card.status THEN 'status' END,
               CASE WHEN listing.quantity <> card.quantity THEN 'quantity' END,
               CASE WHEN listing.measure <> card.measure THEN 'measure' END,
               CASE WHEN listing.value <> card.original_value THEN 'original_value' END,
               CASE WHEN listing.photo IS DISTINCT FROM
                         (SELECT digest FROM photo WHERE card_id = card.id
                           ORDER BY position LIMIT 1) THEN 'photo' END], NULL) AS fields
      FROM listing JOIN card ON card.id = listing.card_id
     WHERE listing.origin = 'own' AND listing.state IN ('listed', 'settling')
       AND (listing.name, listing.code, listing.category, listing.card_type, listing.status,
            listing.quantity, listing.measure, listing.value, COALESCE(listing.photo, ''))
           IS DISTINCT FROM
           (card.name, card.code, card.category, card.type, card.status, card.quantity,
            card.measure, card.original_value,
            COALESCE((SELECT digest FROM photo WHERE card_id = card.id
                       ORDER BY position LIMIT 1), ''))
     ORDER BY listing.id
"""
UNIT_DIFFERS: LiteralString = """
    SELECT listing.id, listing.uid, listing.name,
           array_remove(ARRAY[
               CASE WHEN listing.unit_name <> unit.name THEN 'unit' END,
               CASE WHEN card_id IS NOT NULL AND listing.division <> unit.division
                    THEN 'division' END], NULL) AS fields
      FROM listing JOIN unit ON unit.id = listing.unit_id
     WHERE listing.origin = 'own' AND listing.state IN ('listed', 'settling')
       AND (listing.unit_name <> unit.name
            OR card_id IS NOT NULL AND listing.division <> unit.division)
     ORDER BY listing.id
"""
SHEETS: LiteralString = """
    SELECT DISTINCT listing.sheet_id, listing.kind, sheet.unit_id
      FROM listing JOIN sheet ON sheet.id = listing.sheet_id
     WHERE listing.origin = 'own' AND listing.state IN ('listed', 'settling')
       AND listing.card_id IS NOT NULL
     ORDER BY listing.sheet_id
"""
INELIGIBLE: Final[dict[str, LiteralString]] = {
    "head": """
    SELECT listing.id, listing.uid, listing.name, card.status
      FROM listing JOIN card ON card.id = listing.card_id
     WHERE listing.sheet_id = %(sheet)s AND listing.state IN ('listed', 'settling') AND NOT (""",
    "tail": ") ORDER BY listing.id",
}
SHORT_SHEETS: LiteralString = """
    SELECT DISTINCT sheet.id, sheet.kind, sheet.unit_id
      FROM sheet JOIN review ON review.id = sheet.review_id
      JOIN sheet_card ON sheet_card.sheet_id = sheet.id
     WHERE review.state = 'approved'
       AND NOT EXISTS (SELECT FROM listing
                        WHERE listing.card_id = sheet_card.card_id
                          AND listing.sheet_id >= sheet.id AND listing.reason <> 'revoked')
     ORDER BY sheet.id
"""
# A later sheet's listing will do; what may not be published now needs none.
UNLISTED: Final[dict[str, LiteralString]] = {
    "head": """
    SELECT review.number, card.code, card.name
      FROM sheet JOIN review ON review.id = sheet.review_id
      JOIN sheet_card ON sheet_card.sheet_id = sheet.id
      JOIN card ON card.id = sheet_card.card_id
     WHERE sheet.id = %(sheet)s
       AND NOT EXISTS (SELECT FROM listing
                        WHERE listing.card_id = card.id
                          AND listing.sheet_id >= sheet.id AND listing.reason <> 'revoked')
       AND (""",
    "tail": ") ORDER BY sheet_card.position",
}
UNLISTED_DEMANDS: LiteralString = """
    SELECT review.number, sheet.demand ->> 'title'
      FROM sheet JOIN review ON review.id = sheet.review_id
     WHERE review.state = 'approved' AND sheet.kind = 'demand'
       AND NOT EXISTS (SELECT FROM listing
                        WHERE listing.sheet_id = sheet.id AND listing.reason <> 'revoked')
     ORDER BY sheet.id
"""
TWICE: LiteralString = """
    SELECT listing.id, listing.uid, listing.name, listing.code
      FROM listing JOIN (
           SELECT unit_name, code FROM listing
            WHERE origin = 'foreign' AND state IN ('listed', 'settling') AND code <> ''
            GROUP BY unit_name, code HAVING count(*) > 1) AS twice USING (unit_name, code)
     WHERE listing.origin = 'foreign' AND listing.state IN ('listed', 'settling')
     ORDER BY listing.id
"""


def differences(conn: Connection) -> Iterator[Difference]:
    """Listings against cards and units, approved sheets without listings, foreign ones twice."""
    for key, uid, name, fields in conn.execute(DIFFERS).fetchall():
        yield Difference(Kind.CARD_DIFFERS, name, uid, key, {"fields": ", ".join(fields)})
    for key, uid, name, fields in conn.execute(UNIT_DIFFERS).fetchall():
        yield Difference(Kind.UNIT_DIFFERS, name, uid, key, {"fields": ", ".join(fields)})
    for sheet, kind, unit in conn.execute(SHEETS).fetchall():
        condition = eligibility.condition(Published(kind), eligibility.LISTED)
        query: LiteralString = INELIGIBLE["head"] + condition + INELIGIBLE["tail"]
        asked = {"sheet": sheet, "unit": unit}
        for key, uid, name, status in conn.execute(query, asked).fetchall():
            yield Difference(Kind.NOT_ELIGIBLE, name, uid, key, {"status": status})
    yield from _unlisted(conn)
    for key, uid, name, code in conn.execute(TWICE).fetchall():
        yield Difference(Kind.DOUBLED_HERE, name, uid, key, {"code": code})


def _unlisted(conn: Connection) -> Iterator[Difference]:
    for sheet, kind, unit in conn.execute(SHORT_SHEETS).fetchall():
        condition = eligibility.condition(Published(kind))
        query: LiteralString = UNLISTED["head"] + condition + UNLISTED["tail"]
        for number, code, name in conn.execute(query, {"sheet": sheet, "unit": unit}).fetchall():
            yield Difference(Kind.NO_LISTING, name, facts={"sheet": number, "code": code})
    for number, title in conn.execute(UNLISTED_DEMANDS).fetchall():
        yield Difference(Kind.NO_LISTING, title, facts={"sheet": number})
