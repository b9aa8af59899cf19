"""What a gun typed or a photo shows, as the codes that the caller's unit knows best (H2)."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from db import Connection, Refused
from registry.org import User
from registry.stocktake import Method, counting
from registry.stocktake.scan import LONGEST_CODE
from scanner.decode import Gun, Reading, chosen, itself, picture, readings, seen
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
    found = _typed(conn, user, raw) if method in TYPED else shown(conn, user, raw)
    if len(found) > MOST_TOGETHER:
        raise Refused("scan.many_codes", field="raw", most=MOST_TOGETHER, found=len(found))
    return found


def shown(conn: Connection, user: User, text: str) -> tuple[str, ...]:
    """The codes in what a camera read: nobody typed it, so no keyboard has damaged it. A maker's
    symbol with a long text, beside our label, is no code, but must not hinder the others.
    """
    return _known_best(conn, user, seen(text, gun()), text)


def _typed(conn: Connection, user: User, raw: str) -> tuple[str, ...]:
    return _known_best(conn, user, readings(raw, gun()), raw)


def _known_best(
    conn: Connection, user: User, found: Sequence[Reading], text: str
) -> tuple[str, ...]:
    """The codes of the reading that is known; else what came, whole, as far as it can be kept."""
    first = next(iter(found), None)
    if first is not None and (_plain(first) or (len(found) == 1 and not first.within)):
        return first.codes
    one = chosen(found, lambda code: counting.known(conn, user, code))
    codes = one.codes if one else (itself(text, gun()),)
    return tuple(code[:LONGEST_CODE] for code in codes)


def _plain(one: Reading) -> bool:
    """Whether it is one code just as codes look here: then nothing else is worth asking for."""
    return len(one.codes) == 1 and any(re.fullmatch(shape, one.codes[0]) for shape in gun().shapes)


def of_picture(sent: Sequence[tuple[str, bytes]]) -> list[str]:
    """The texts of the symbols that an uploaded photo shows, from top to bottom. May take a second.

    Raises Refused 'count.no_picture', 'count.no_code_in_picture', or as `picture.read`.
    """
    if not sent:
        raise Refused("count.no_picture", field="picture")
    symbols = picture.read(sent[0][1])
    if not symbols:
        raise Refused("count.no_code_in_picture", field="picture")
    return list(dict.fromkeys(one.text for one in symbols))


def all_shown(conn: Connection, user: User, texts: Sequence[str]) -> list[str]:
    """The codes in these texts, each once: a label bears its code in two symbols."""
    return list(dict.fromkeys(code for text in texts for code in shown(conn, user, text)))


def id_of(client: UUID, place: int) -> UUID:
    """The id of the code at `place` of one reading: the same whenever it is sent again."""
    return client if place == 0 else uuid5(client, str(place))
