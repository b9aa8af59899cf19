"""What a gun typed or a photo shows, as the codes that the caller's unit knows best (H2)."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from db import Connection, Refused
from db.text import clean
from registry.org import User
from registry.stocktake import Method, counting
from registry.stocktake.scan import LONGEST_CODE
from scanner.decode import Gun, Reading, chosen, in_symbol, picture, readings
from scanner.decode.gun import LONGEST
from scanner.settings import ScannerSettings

MOST_TOGETHER: Final = 500  # codes that one reading may hold, as from a gun's memory
TYPED: Final = frozenset({Method.GUN, Method.HAND})


@cache
def gun() -> Gun:
    """How this installation's guns are set."""
    return Gun.of(ScannerSettings())


def codes(conn: Connection, user: User, method: Method, raw: str) -> tuple[str, ...]:
    """The codes in it, in the order in which they were read; itself where it looks like none.

    Raises Refused 'scan.raw_long', 'scan.many_codes': the whole, so that no code is lost unseen.
    """
    if len(raw) > LONGEST:
        raise Refused("scan.raw_long", field="raw", most=LONGEST)
    found = _typed(conn, user, raw) if method in TYPED else shown(raw)
    if len(found) > MOST_TOGETHER:
        raise Refused("scan.many_codes", field="raw", most=MOST_TOGETHER, found=len(found))
    return found


def shown(text: str) -> tuple[str, ...]:
    """The codes in what a camera read: nobody typed it, so no keyboard has damaged it. A maker's
    symbol with a long text, beside our label, is no code, but must not hinder the others.
    """
    return in_symbol(text, gun()) or (clean(text)[:LONGEST_CODE],)


def _typed(conn: Connection, user: User, raw: str) -> tuple[str, ...]:
    found = readings(raw, gun())
    if not found:
        return (clean(raw),)
    if _plain(found[0]):
        return found[0].codes
    one = chosen(found, lambda code: len(found) == 1 or counting.known(conn, user, code))
    return one.codes if one else (clean(raw),)


def _plain(one: Reading) -> bool:
    """Whether it is one code just as codes look here: then nothing else is worth asking for."""
    return len(one.codes) == 1 and any(re.fullmatch(shape, one.codes[0]) for shape in gun().shapes)


def of_picture(sent: Sequence[tuple[str, bytes]]) -> list[str]:
    """The codes that an uploaded photo shows, from top to bottom, each once: a label bears its code
    in two symbols. May take a second.

    Raises Refused 'count.no_picture', 'count.no_code_in_picture', or as `picture.read`.
    """
    if not sent:
        raise Refused("count.no_picture", field="picture")
    symbols = picture.read(sent[0][1])
    if not symbols:
        raise Refused("count.no_code_in_picture", field="picture")
    return list(dict.fromkeys(code for one in symbols for code in shown(one.text)))


def id_of(client: UUID, place: int) -> UUID:
    """The id of the code at `place` of one reading: the same whenever it is sent again."""
    return client if place == 0 else uuid5(client, str(place))
