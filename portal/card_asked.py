"""What the register's address asks: filters, order, the end of the page before."""

from typing import Final

from flask import request

from db import Connection
from portal import asked, asked_values, card_typed, paging
from registry.cards import CardType, Status, categories, register
from registry.cards.register import Query, Sort

LONGEST: Final = 64
YES_NO: Final = {"yes": True, "no": False}
FILTERS: Final = (
    *("q", "unit", "section", "category", "type", "status", "shareable", "photo"),
    *("least", "most", "from", "to"),
)


def query(conn: Connection, units: list[int]) -> Query:
    """The question; what is no choice is said on the page."""
    order = Sort(asked_values.member("sort", Sort, Sort.CODE))
    after = _after(order)
    return Query(
        units=units,
        text=card_typed.words(),
        unit=asked_values.number("unit"),
        section=asked_values.number("section"),
        category=categories.meant(conn, asked.category()) or "",
        type=asked_values.member("type", CardType),
        status=asked_values.member("status", Status),
        shareable=YES_NO.get(asked_values.member("shareable", YES_NO)),
        photo=YES_NO.get(asked_values.member("photo", YES_NO)),
        least_value=asked.amount("least"),
        most_value=asked.amount("most"),
        acquired_from=asked.day("from"),
        acquired_to=asked.day("to"),
        sort=order,
        after=after,
        back=paging.back(after),
    )


def _after(order: Sort) -> tuple[str, int] | None:
    """`<id>~<key>`, where the key is one of this order."""
    last, tilde, key = request.args.get("after", "").partition("~")
    if not tilde or not last.isascii() or not last.isdigit() or len(last) > 18:
        return None
    return (key, int(last)) if register.is_key(order, key) else None
