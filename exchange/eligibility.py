"""What may be published (A8, B2, B3): each rule once, as SQL that picker and save check share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused
from db.like import holding
from db.text import folded
from exchange.kinds import Kind
from registry.cards import Status

PICKED_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on `card`: what is said where it doesn't hold, and whether the picker hides it.

    `sql` may name %(unit)s (the publisher's id) and %(sheet)s (the sheet that is edited, or NULL).
    """

    refusal: str
    sql: LiteralString
    kinds: frozenset[Kind]
    hidden: bool = True


LISTED: Final = "sheet.listed_already"
PHOTO: Final = "sheet.no_photo"
CARDS: Final = frozenset({Kind.TRANSFER, Kind.SHARE})
RULES: Final = (
    Rule("sheet.other_unit", "card.unit_id = %(unit)s", CARDS),
    Rule(
        "sheet.not_transferable",
        "card.status IN ('idle', 'to_dispose')",
        frozenset({Kind.TRANSFER}),
    ),
    Rule(
        "sheet.not_shareable",
        "(card.shareable AND card.status <> 'disposed')",
        frozenset({Kind.SHARE}),
    ),
    Rule(
        LISTED,
        """NOT EXISTS (SELECT FROM listing
             WHERE listing.card_id = card.id AND listing.state IN ('listed', 'settling')
               AND (listing.sheet_id = %(sheet)s::bigint) IS NOT TRUE)""",  # a linked one has none
        CARDS,
    ),
    Rule(
        "sheet.on_another_sheet",
        """NOT EXISTS (SELECT FROM sheet_card JOIN sheet ON sheet.id = sheet_card.sheet_id
              JOIN review ON review.id = sheet.review_id
             WHERE sheet_card.card_id = card.id
               AND review.state IN ('draft', 'in_review', 'returned')
               AND sheet.id IS DISTINCT FROM %(sheet)s::bigint)""",
        CARDS,
    ),
    # Shown all the same: a photo is soon added, and the page says how (B3).
    Rule(PHOTO, "card.photographed", CARDS, hidden=False),
)
AND: Final[LiteralString] = " AND "


def rules_of(kind: Kind, *but: str) -> tuple[Rule, ...]:
    """The rules of this kind, the gravest first; `but`: without those that refuse so."""
    return tuple(rule for rule in RULES if kind in rule.kinds and rule.refusal not in but)


def condition(kind: Kind, *but: str) -> LiteralString:
    """All that the picker asks, as one condition on `card`; `but`: as of `rules_of`."""
    asked: list[LiteralString] = [rule.sql for rule in rules_of(kind, *but) if rule.hidden]
    return AND.join(asked)


@dataclass(frozen=True, slots=True)
class Pick:
    """A card that may be published; `photographed` False: only once it has a photo (B3)."""

    id: int
    code: str
    name: str
    status: Status
    quantity: Decimal
    measure: str
    original_value: Decimal
    place: str
    photographed: bool
    photo: str | None
    type: str
    category: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "status", Status(self.status))


PICK: Final[dict[str, LiteralString]] = {
    "head": """
    SELECT card.id, card.code, card.name, card.status, card.quantity, card.measure,
           card.original_value, card.place, card.photographed, card.type, card.category,
           (SELECT digest FROM photo WHERE card_id = card.id ORDER BY position LIMIT 1) AS photo
      FROM card
     WHERE """,
    "asked": " AND (%(word)s = '' OR card.search LIKE %(word)s) AND card.code > %(after)s",
    "tail": " ORDER BY card.code LIMIT %(limit)s",
}


def picks(
    conn: Connection, kind: Kind, unit: int, sheet: int | None, text: str = "", after: str = ""
) -> list[Pick]:
    """A page of cards of `unit` (its id) for the picker, by code, one more than a page holds.

    `sheet`: the one that is edited, whose own cards stay eligible.
    """
    query: LiteralString = PICK["head"] + condition(kind) + PICK["asked"] + PICK["tail"]
    facts = {
        "unit": unit,
        "sheet": sheet,
        "word": holding(folded(text)),
        "after": after,
        "limit": PICKED_AT_ONCE + 1,
    }
    with conn.cursor(row_factory=class_row(Pick)) as cursor:
        return cursor.execute(query, facts).fetchall()


CHOSEN: LiteralString = """ card.unit_id = %(unit)s AND card.code = ANY(%(codes)s)"""


def chosen(conn: Connection, unit: int, codes: Sequence[str]) -> list[Pick]:
    """The cards of `unit` (its id) with these codes, in their order, eligible or not."""
    query: LiteralString = PICK["head"] + CHOSEN
    with conn.cursor(row_factory=class_row(Pick)) as cursor:
        rows = cursor.execute(query, {"unit": unit, "codes": list(codes)}).fetchall()
    found = {one.code: one for one in rows}
    return [found[code] for code in dict.fromkeys(codes) if code in found]


CHECKED: Final[dict[str, LiteralString]] = {
    "head": "SELECT card.code, card.name, ARRAY[",
    "tail": "] FROM card WHERE card.code = ANY(%(codes)s)",
}
COMMA: Final[LiteralString] = ", "


def check(
    conn: Connection, kind: Kind, unit: int, sheet: int | None, codes: Sequence[str], *but: str
) -> dict[str, Refused]:
    """Why cards may not be published, by code; the same rules as the picker's (B2, B3).

    `but`: refusals that the caller answers for.
    """
    rules = rules_of(kind, *but)
    expressions: list[LiteralString] = [rule.sql for rule in rules]
    query: LiteralString = CHECKED["head"] + COMMA.join(expressions) + CHECKED["tail"]
    facts: dict[str, Any] = {"unit": unit, "sheet": sheet, "codes": list(codes)}
    known = {code: (name, holds) for code, name, holds in conn.execute(query, facts)}
    refused: dict[str, Refused] = {}
    for code in codes:
        if code not in known or not known[code][1][0]:
            # Another unit's card is as if it weren't there (J4).
            refused[code] = Refused("sheet.no_such_card", field="cards", code=code)
            continue
        name, holds = known[code]
        broken = next((rule for rule, held in zip(rules, holds, strict=True) if not held), None)
        if broken:
            refused[code] = Refused(broken.refusal, field="cards", code=code, name=name)
    return refused


COUNT: Final[dict[str, LiteralString]] = {
    "head": "SELECT count(*) FROM card WHERE ",
    "card": " AND card.id = %(card)s",
}


def eligible(conn: Connection, kind: Kind, unit: int, sheet: int | None, card: int) -> bool:
    """Whether a card (its id) may be published, once it has a photo: as the picker says."""
    return _holds(conn, condition(kind), unit, sheet, card)


def stays(conn: Connection, kind: Kind, unit: int, sheet: int | None, card: int) -> bool:
    """Whether a listed card may stay listed; it stands there once, by whatever way (B2, F1)."""
    return _holds(conn, condition(kind, LISTED), unit, sheet, card)


def _holds(conn: Connection, asked: LiteralString, unit: int, sheet: int | None, card: int) -> bool:
    query: LiteralString = COUNT["head"] + asked + COUNT["card"]
    row = conn.execute(query, {"unit": unit, "sheet": sheet, "card": card}).fetchone()
    return bool(row and row[0])
