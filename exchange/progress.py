"""How far each unit has come with publishing (A9): what may be published, what is, what lacks."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from db.like import holding
from db.text import folded
from exchange.eligibility import AND, CARDS, rules_of
from exchange.kinds import Kind
from registry.words import Label

PAGE: Final = 50


class Sort(StrEnum):
    """Orders of the list; each falls back on the unit's code."""

    UNIT = "unit"
    BEHIND = "behind"  # who has most to publish first
    DONE = "done"  # who has published the smallest part first
    PHOTO = "photo"  # who lacks most photos first

    @property
    def label(self) -> Label:
        """In words."""
        return SORTS[self]


SORTS: Final = {
    Sort.UNIT: Label("单位编码", "Unit's code"),
    Sort.BEHIND: Label("未发布最多", "Most to publish"),
    Sort.DONE: Label("完成率最低", "Least done"),
    Sort.PHOTO: Label("缺照片最多", "Most without photo"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Cards of a unit: `transfer` and `share` may be published so, `open` one way or the other,
    `without_photo` of those; `drafted` and `in_review` stand on sheets, `published` on squares.
    `done`: the share of all these that is published, 0 to 100.
    """

    unit_id: int
    code: str
    unit_name: str
    open: int
    transfer: int
    share: int
    without_photo: int
    drafted: int
    in_review: int
    published: int
    done: int

    @property
    def behind(self) -> bool:
        """Whether it has something left to do itself; what is in review waits on others."""
        return self.open + self.drafted > 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The same over all units, and how many units there are and how many of them are behind."""

    units: int
    behind: int
    open: int
    without_photo: int
    drafted: int
    in_review: int
    published: int
    done: int


@dataclass(frozen=True, slots=True)
class ProgressQuery:
    """What is asked: of the viewer's units (J4). `after`: (key, code) from which on, or
    `back` from it.
    """

    units: Sequence[int]
    text: str = ""
    behind: bool = False
    sort: Sort = Sort.BEHIND
    after: tuple[str, str] | None = None
    size: int = PAGE
    back: bool = False


ORDERS: Final[dict[Sort, Callable[[Progress], tuple[int, str]]]] = {
    Sort.UNIT: lambda row: (0, row.code),
    Sort.BEHIND: lambda row: (-row.open, row.code),
    Sort.DONE: lambda row: (row.done, row.code),
    Sort.PHOTO: lambda row: (-row.without_photo, row.code),
}
KEY: Final = re.compile(r"-?\d{1,18}", re.ASCII)


def _own(kind: Kind) -> LiteralString:
    """What only this kind asks of a card (A8)."""
    asked: list[LiteralString] = [
        rule.sql for rule in rules_of(kind) if rule.hidden and rule.kinds == {kind}
    ]
    return AND.join(asked)


def _common() -> LiteralString:
    """What both ask, of every unit at once: whose card it is, is asked by the scope."""
    asked: list[LiteralString] = [
        rule.sql
        for rule in rules_of(Kind.TRANSFER)
        if rule.hidden and rule.kinds == CARDS and rule.refusal != "sheet.other_unit"
    ]
    return AND.join(asked)


PIECES: Final[dict[str, LiteralString]] = {
    # Either way by an index of its own; one that may go both ways is counted once.
    "transfer": """
    WITH eligible AS (
        SELECT card.unit_id, card.photographed, (""",
    "share": ") AS transfer, (",
    "from transfer": """) AS share
          FROM (SELECT id, unit_id, photographed, status, shareable FROM card
                 WHERE card.unit_id = ANY(%(units)s) AND (""",
    "from share": """)
                 UNION ALL
                SELECT id, unit_id, photographed, status, shareable FROM card
                 WHERE card.unit_id = ANY(%(units)s) AND (""",
    "not transfer": ") AND NOT (",
    "common": ")) AS card WHERE ",
    "rest": """
    ), publishable AS (
        SELECT unit_id, count(*) AS open,
               count(*) FILTER (WHERE transfer) AS transfer,
               count(*) FILTER (WHERE share) AS share,
               count(*) FILTER (WHERE NOT photographed) AS without_photo
          FROM eligible GROUP BY unit_id
    ), on_sheets AS (
        SELECT review.unit_id, count(*) FILTER (WHERE review.tab = 'draft') AS drafted,
               count(*) FILTER (WHERE review.tab = 'pending') AS in_review
          FROM review
          JOIN sheet ON sheet.review_id = review.id
          JOIN sheet_card ON sheet_card.sheet_id = sheet.id
         WHERE review.kind IN ('transfer_sheet', 'share_sheet')
           AND review.tab IN ('draft', 'pending') AND review.unit_id = ANY(%(units)s)
         GROUP BY review.unit_id
    ), live AS (
        SELECT unit_id, count(*) AS published
          FROM listing
         WHERE state IN ('listed', 'settling') AND card_id IS NOT NULL
           AND unit_id = ANY(%(units)s)
         GROUP BY unit_id
    ), counted AS (
        SELECT unit.id AS unit_id, unit.code, unit.name AS unit_name,
               COALESCE(open, 0) AS open, COALESCE(transfer, 0) AS transfer,
               COALESCE(share, 0) AS share, COALESCE(without_photo, 0) AS without_photo,
               COALESCE(drafted, 0) AS drafted, COALESCE(in_review, 0) AS in_review,
               COALESCE(published, 0) AS published
          FROM unit
          LEFT JOIN publishable ON publishable.unit_id = unit.id
          LEFT JOIN on_sheets ON on_sheets.unit_id = unit.id
          LEFT JOIN live ON live.unit_id = unit.id
         WHERE unit.id = ANY(%(units)s)
           AND (%(word)s = ''
                OR lower(normalize(unit.name || ' ' || unit.code, NFKC)) LIKE %(word)s)
    )""",
    "read": """
    SELECT unit_id, code, unit_name, open, transfer, share, without_photo, drafted, in_review,
           published, published * 100 / (open + drafted + in_review + published) AS done
      FROM counted
     WHERE open + drafted + in_review + published > 0
       AND (NOT %(behind)s OR open + drafted > 0)""",
}


def _counted() -> LiteralString:
    """The part of each query that counts, by the picker's own conditions."""
    transfer, share = _own(Kind.TRANSFER), _own(Kind.SHARE)
    return (
        PIECES["transfer"] + transfer + PIECES["share"] + share
        + PIECES["from transfer"] + transfer + PIECES["from share"] + share
        + PIECES["not transfer"] + transfer + PIECES["common"] + _common() + PIECES["rest"]
    )  # fmt: skip


def of_units(conn: Connection, query: ProgressQuery) -> list[Progress]:
    """All units that the query finds, in its order: thousands at most."""
    facts = {
        "units": list(query.units),
        "sheet": None,
        "word": holding(folded(query.text)),
        "behind": query.behind,
    }
    text: LiteralString = _counted() + PIECES["read"]
    with conn.cursor(row_factory=class_row(Progress)) as cursor:
        rows = cursor.execute(text, facts).fetchall()
    return sorted(rows, key=ORDERS[query.sort])


def page(rows: Sequence[Progress], query: ProgressQuery) -> tuple[list[Progress], bool]:
    """A page of them, and whether more stand the way it is read."""
    if not query.after:
        return list(rows[: query.size]), len(rows) > query.size
    key, code = query.after
    at, order = (int(key), code), ORDERS[query.sort]
    if query.back:
        before = [row for row in rows if order(row) < at]
        return before[-query.size :], len(before) > query.size
    following = [row for row in rows if order(row) > at]
    return following[: query.size], len(following) > query.size


def key_of(sort: Sort, row: Progress) -> str:
    """What the page after `row` begins after, beside its code."""
    return str(ORDERS[sort](row)[0])


def totals(rows: Iterable[Progress]) -> Totals:
    """The sums over them."""
    units = behind = open_ = without_photo = drafted = in_review = published = 0
    for row in rows:
        units += 1
        behind += row.behind
        open_ += row.open
        without_photo += row.without_photo
        drafted += row.drafted
        in_review += row.in_review
        published += row.published
    every = open_ + drafted + in_review + published
    done = published * 100 // every if every else 0
    return Totals(units, behind, open_, without_photo, drafted, in_review, published, done)


def is_key(text: str) -> bool:
    """Whether `text` can be a page's key: what an address says need not."""
    return KEY.fullmatch(text) is not None
