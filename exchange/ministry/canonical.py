"""JSON in one form only, so that both sides hash and sign the same bytes (RFC 8785's subset).

Objects, arrays, text, booleans, null and whole numbers below 2^53; names are ASCII. Amounts and
dates are text.
"""

import hashlib
import json
import re
from typing import Any, Final, NoReturn

from exchange.ministry.refusals import Unacceptable, Why

LARGEST_NUMBER: Final = 2**53 - 1
DEEPEST: Final = 12
UNKEPT: Final = re.compile("[\0\ud800-\udfff]")


def canonical(value: object) -> bytes:
    """The bytes that stand for `value`. Raises Unacceptable 'malformed' for what has none."""
    _check(value, DEEPEST)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(content: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(content).hexdigest()


def parse(body: bytes) -> dict[str, Any]:
    """The object in `body`. Raises Unacceptable 'malformed' for anything that has no one form."""
    try:
        value = json.loads(
            body.decode(),
            parse_float=_no_number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise Unacceptable(Why.MALFORMED, str(error)[:200]) from error
    if not isinstance(value, dict):
        raise Unacceptable(Why.MALFORMED, "no JSON object")
    _check(value, DEEPEST)
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no whole number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _check(value: object, levels: int) -> None:
    """Refuse what the database or another system can't keep as it is."""
    if levels == 0:
        raise Unacceptable(Why.MALFORMED, "nested too deeply")
    if isinstance(value, dict):
        if not all(isinstance(name, str) and name.isascii() for name in value):
            raise Unacceptable(Why.MALFORMED, "a name that is not ASCII")
        for one in (*value, *value.values()):
            _check(one, levels - 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, levels - 1)
    elif isinstance(value, str):
        if UNKEPT.search(value):
            raise Unacceptable(Why.MALFORMED, "a zero character, or half of a surrogate pair")
    elif isinstance(value, int):  # booleans are small whole numbers
        if abs(value) > LARGEST_NUMBER:
            raise Unacceptable(Why.MALFORMED, "a number that is too large")
    elif value is not None:
        raise Unacceptable(Why.MALFORMED, f"a {type(value).__name__}")
