"""What a request asks, read from its address: a value without sense counts as none.

Choices of closed sets are `portal.asked_values`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from flask import abort, current_app, request, url_for
from werkzeug.datastructures import MultiDict

from db import keyset
from portal.formats import ZONE
from portal.language import gettext as _
from registry import outside_json

LONGEST: Final = 64  # characters of a filter
LARGEST_KEY: Final = 2**63 - 1
LARGEST_NUMBER: Final = 2**31 - 1
LARGEST_AMOUNT: Final = Decimal(10) ** 15  # ¥, more than the column holds
YEARS: Final = range(2000, 2101)
DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


def refuse_nul() -> None:
    """400 where any text has a NUL: no person types one, and PostgreSQL can't store it."""
    texts = (request.path, *_all(request.args), *_all(request.form))
    if any("\0" in text for text in texts):
        abort(400)


def came_from() -> str | None:
    """The page that had the form, where it is another one of ours, with what it asked."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path == request.path:
        return None
    return f"{came.path}?{came.query}" if came.query else came.path


def opened_at() -> str:
    """Where this page can be opened again: one that answers a form which no address opens, at the
    page that had the form.
    """
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return opened_elsewhere() or request.path


def opened_elsewhere() -> str:
    """The page that had the form, where this one answers it and no address opens it; else ''.

    The browser keeps that address in its history: else Back and reloading would ask for one that
    there is not.
    """
    routes = current_app.create_url_adapter(request)
    if request.method == "GET" or (routes is not None and routes.test(request.path, "GET")):
        return ""
    return came_from() or url_for("home.show")


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


def category() -> str:
    """What was chosen or typed last as a category: a code (without the name that is put after
    it), its start, a name.
    """
    found = [one.strip()[:LONGEST] for one in request.args.getlist("category") if one.strip()]
    text = found[-1] if found else ""
    code = text.split(" ")[0]
    return code if code.isascii() else text


UNITS: Final = {"万": Decimal(10**4), "亿": Decimal(10**8)}


def amount(name: str) -> Decimal | None:
    """Yuan as people write them: 1,000, １０００, 1.5万, ¥20 元; None where it says no amount."""
    text = unicodedata.normalize("NFKC", request.args.get(name, ""))
    text = re.sub(r"[,，\s]", "", text).removeprefix("¥").removesuffix("元")
    plain, by = (text[:-1], UNITS[text[-1:]]) if text[-1:] in UNITS else (text, Decimal(1))
    try:
        value = Decimal(plain) * by
        return value if value.is_finite() and 0 <= value < LARGEST_AMOUNT else None
    except ArithmeticError:
        return None


def day(name: str) -> date | None:
    """A day (ISO 8601, or as 2026/3/18, 2026年3月18日, 20260318); None where it says none."""
    return _day(request.args.get(name, ""))


def form_day(name: str) -> date | None:
    """The same of a form's field."""
    return _day(request.form.get(name, ""))


def _day(text: str) -> date | None:
    match = DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def moment_or_day(name: str) -> datetime | None:
    """A moment, or the beginning of a day as people write it, in Chinese time."""
    on = day(name)
    if on is None:
        return moment(name)
    return datetime(on.year, on.month, on.day, tzinfo=ZONE) if on.year in YEARS else None


def faults(
    amounts: tuple[str, str] | None = None,
    days: tuple[str, str] | None = None,
    moments: tuple[str, str] | None = None,
) -> dict[str, str]:
    """What a list's filter can't read, in words by field: it is never passed over in silence."""
    found: dict[str, str] = {}
    if amounts:
        no_amount = _("不是金额，没有按它筛选。例如 5000 或 1.5 万：")
        found |= _of_range(amounts, amount, no_amount, _("上限小于下限，没有符合的结果。"))
    turned = _("截止日期早于起始日期，没有符合的结果。")
    illegible = _("不是日期，没有按它筛选。例如 2026-03-18：")
    if days:
        found |= _of_range(days, day, illegible, turned)
    if moments:
        found |= _of_range(moments, moment_or_day, illegible, turned)
    return found


def category_fault(code: str) -> dict[str, str]:
    """The same of a category, where what was typed means none (`code` is '')."""
    if code or not category():
        return {}
    return {"category": _("没有这样的分类，没有按它筛选：") + category()[:40]}


def _of_range(
    names: tuple[str, str],
    read: Callable[[str], Decimal | date | None],
    illegible: str,
    turned: str,
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        text = request.args.get(name, "").strip()
        if text and read(name) is None:
            found[name] = illegible + text[:40]
    low, high = (read(name) for name in names)
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        found[names[1]] = turned
    return found


def amount_and_key(name: str) -> tuple[Decimal, int] | None:
    """`<amount>~<id>`: where the page before ended."""
    amount, _tilde, last = request.args.get(name, "").partition("~")
    key = bounded(last, LARGEST_KEY)
    try:
        value = Decimal(amount)
        sensible = value.is_finite() and abs(value) < LARGEST_AMOUNT
    except ArithmeticError:
        return None
    return (value, key) if sensible and key is not None else None


def moment(name: str) -> datetime | None:
    """An aware moment (ISO 8601); without an offset it is Chinese time."""
    try:
        found = datetime.fromisoformat(request.args.get(name, "").replace(" ", "+"))
    except ValueError:
        return None
    if found.year not in YEARS:
        return None
    # In Chinese time: PostgreSQL knows fewer offsets than Python.
    return found.astimezone(ZONE) if found.tzinfo else found.replace(tzinfo=ZONE)


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
        found = keyset.moment(text.replace(" ", "+"))
    except ValueError:
        return None
    return (found, key) if key is not None else None


def text_and_key(name: str) -> tuple[str, int] | None:
    """`<text>~<id>`: where the page before ended, in an order by text."""
    text, _tilde, last = request.args.get(name, "").rpartition("~")
    key = bounded(last, LARGEST_KEY)
    return (text, key) if key is not None else None


def form_number(name: str) -> int:
    """A number that a form's hidden field bears; 400 where it bears none."""
    found = bounded(request.form.get(name, ""), LARGEST_NUMBER)
    if found is None:
        abort(400)
    return found
