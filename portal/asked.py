"""What a request asks, read from its address: a value without sense counts as none."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import abort, request
from werkzeug.datastructures import MultiDict

from portal.formats import ZONE
from registry import outside_json

LARGEST_KEY: Final = 2**63 - 1
LARGEST_NUMBER: Final = 2**31 - 1
LARGEST_AMOUNT: Final = Decimal(10) ** 15  # ¥, more than the column holds
YEARS: Final = range(2000, 2101)


def refuse_nul() -> None:
    """400 where any text has a NUL: no person types one, and PostgreSQL can't store it."""
    texts = (request.path, *_all(request.args), *_all(request.form))
    if any("\0" in text for text in texts):
        abort(400)


def _all(form: MultiDict[str, str]) -> Iterator[str]:
    """Every value, of names that stand several times too."""
    return (text for _name, text in form.items(multi=True))


def json_body() -> object:
    """What the request's JSON says; None where it is none, or deeper or more than anybody sends."""
    if not request.is_json:
        return None
    try:
        return outside_json.parse(request.get_data(cache=False))
    except outside_json.Unreadable:
        return None


def number(name: str) -> int | None:
    """A number that fits an `integer` column."""
    return bounded(request.args.get(name, ""), LARGEST_NUMBER)


def key(name: str) -> int | None:
    """A row's id."""
    return bounded(request.args.get(name, ""), LARGEST_KEY)


def amount_and_key(name: str) -> tuple[Decimal, int] | None:
    """`<amount>~<id>`: where the page before ended."""
    amount, _tilde, last = request.args.get(name, "").partition("~")
    key = bounded(last, LARGEST_KEY)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    sensible = value.is_finite() and abs(value) < LARGEST_AMOUNT
    return (value, key) if sensible and key is not None else None


def moment(name: str) -> datetime | None:
    """An aware moment (ISO 8601); without an offset it is Chinese time."""
    try:
        found = datetime.fromisoformat(request.args.get(name, "").replace(" ", "+"))
    except ValueError:
        return None
    if found.year not in YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def bounded(text: str, most: int) -> int | None:
    """A number from 0 to `most` in plain figures; None for anything else."""
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    found = int(text)
    return found if found <= most else None


def moment_and_key(name: str) -> tuple[datetime, int] | None:
    """`<moment>~<id>`: where the page before ended."""
    text, _tilde, last = request.args.get(name, "").partition("~")
    key = bounded(last, LARGEST_KEY)
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    if key is None or found.tzinfo is None or found.year not in YEARS:
        return None
    return found, key


def form_number(name: str) -> int:
    """A number that a form's hidden field bears; 400 where it bears none."""
    found = bounded(request.form.get(name, ""), LARGEST_NUMBER)
    if found is None:
        abort(400)
    return found
