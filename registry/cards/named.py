"""A card as a person names it: by its code, whatever the keyboard made of it, or by words (J3)."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final, LiteralString

from db import Connection, Refused
from db.text import clean, keyed
from registry.cards import register
from registry.cards.kinds import Status
from registry.cards.register import Query, Row

MOST_OFFERED: Final = 8
LONGEST_SAID: Final = 40
HOST: Final = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
STANDING: Final = tuple(status for status in Status if status is not Status.DISPOSED)


class Several(Refused):
    """What was typed names several cards: `cards`, the first of them by code, to choose from."""

    def __init__(self, code: str, /, *, cards: Sequence[Row], **facts: object) -> None:
        super().__init__(code, field="card", **facts)
        self.cards = tuple(cards)


def code_of(text: str) -> str:
    """The code that was typed, as it is kept: no blanks around it, narrow, in capitals."""
    return clean(keyed(text)).upper()


def whole(text: str) -> str:
    """The text as a code that nobody knows: narrow, in one line. Case means nothing but in an
    address, behind its host.
    """
    plain = clean(unicodedata.normalize("NFKC", text))
    host = HOST.match(plain)
    return host[0].lower() + plain[host.end() :] if host else plain.upper()


def card(
    conn: Connection,
    units: list[int],
    text: str,
    read: Sequence[str] = (),
    among: Collection[Status] = STANDING,
) -> str:
    """The code of the card of `units` (ids) that `text` names: by its code, else by the words that
    the register finds cards by. `read`: codes that the text holds besides, as a label's address
    does. Of words, only cards `among` these statuses are meant.

    Raises Refused 'card.unnamed' or 'card.none_named', Several 'card.several_named' or
    'card.many_named'.
    """
    codes = list(dict.fromkeys(code for code in (code_of(text), *read) if code))
    if not codes:
        raise Refused("card.unnamed", field="card")
    own = {row.code for row in _found(conn, Query(units=units, codes=codes))[0]}
    named = next((code for code in codes if code in own), None)
    return named or _by_words(conn, units, text, among)


def _by_words(conn: Connection, units: list[int], text: str, among: Collection[Status]) -> str:
    statuses = [status.value for status in among]
    query = Query(units=units, text=text, statuses=statuses, size=MOST_OFFERED)
    rows, more = _found(conn, query)
    if len(rows) == 1:
        return rows[0].code
    said = clean(text)[:LONGEST_SAID]
    if not rows:
        raise Refused("card.none_named", field="card", text=said)
    refusal = "card.many_named" if more else "card.several_named"
    raise Several(refusal, cards=rows, text=said, count=len(rows))


def _found(conn: Connection, query: Query) -> tuple[list[Row], bool]:
    return register.page(conn, query, register.find(conn, query, {}))


EVERY_UNIT: LiteralString = "SELECT id FROM unit"


def anywhere(conn: Connection, text: str) -> str:
    """The same in the whole installation, for whoever runs it. Raises as `card`."""
    return card(conn, [unit for (unit,) in conn.execute(EVERY_UNIT)], text)
