"""What the register's address asks: filters, order, the end of the page before."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import request

from portal import asked, paging
from registry.cards import CardType, Status, register
from registry.cards.register import Query, Sort

LONGEST: Final = 64
LARGEST: Final = Decimal(10) ** 15
YES_NO: Final = {"yes": True, "no": False}
FILTERS: Final = (
    *("q", "unit", "section", "category", "type", "status", "shareable", "photo"),
    *("least", "most", "from", "to"),
)


def query(units: list[int]) -> Query:
    """The question; what is no sense is ignored."""
    args = request.args
    sort = args.get("sort", "")
    order = Sort(sort) if sort in set(Sort) else Sort.CODE
    after = _after(order)
    return Query(
        units=units,
        text=args.get("q", "").strip()[:LONGEST],
        unit=asked.number("unit"),
        section=asked.number("section"),
        category=args.get("category", "").split(" ")[0][:LONGEST],
        type=_member("type", CardType),
        status=_member("status", Status),
        shareable=YES_NO.get(args.get("shareable", "")),
        photo=YES_NO.get(args.get("photo", "")),
        least_value=_amount("least"),
        most_value=_amount("most"),
        acquired_from=_day("from"),
        acquired_to=_day("to"),
        sort=order,
        after=after,
        back=paging.back(after),
    )


def _member(name: str, members: type[CardType] | type[Status]) -> str:
    value = request.args.get(name, "")
    return value if value in set(members) else ""


def _amount(name: str) -> Decimal | None:
    try:
        value = Decimal(request.args.get(name, "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < LARGEST else None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _after(order: Sort) -> tuple[str, int] | None:
    """`<id>~<key>`, where the key is one of this order."""
    last, tilde, key = request.args.get("after", "").partition("~")
    if not tilde or not last.isascii() or not last.isdigit() or len(last) > 18:
        return None
    return (key, int(last)) if register.is_key(order, key) else None
