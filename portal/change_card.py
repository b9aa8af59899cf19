"""Which card a change is drafted of: typed or scanned, chosen where several may be meant (J3)."""

from collections.abc import Sequence

from flask import url_for

from db import Connection, Refused
from portal import card_typed, edge, paging
from portal.language import language
from portal.page import Page
from portal.review_drawn import Nobody
from portal.words import words_for
from registry import cards
from registry.cards import CardType, ChangeKind, change_rules


def code(conn: Connection, typed: str, kind: ChangeKind | None) -> str:
    """The code of the card that was typed; '' where none is wanted. Words mean cards of the
    reader's unit that may be changed. Raises as `card_typed.code`.
    """
    if kind is ChangeKind.REGISTER or (kind is None and not typed):
        return ""
    viewer = edge.viewer()
    known = cards.card(conn, viewer.id, typed)
    if known is not None:
        return known.code
    among = change_rules.RULES[kind].statuses if kind else cards.named.STANDING
    return card_typed.code(conn, [viewer.unit_id], typed, among)


def address(code: str) -> str:
    """The same address with the card's own code."""
    return paging.again(url_for("drafts.new"), card=code)


def page(
    conn: Connection,
    typed: str,
    kind: ChangeKind | None,
    refused: Refused | None,
    ahead: Sequence[Nobody],
) -> Page:
    """The kinds of change of a card. Without a card, or with what is wrong with what was `typed`:
    the field for one, and the kinds of new cards.

    Raises Refused 'change.other_unit' of a card that the reader only sees.
    """
    viewer = edge.viewer()
    one = cards.card(conn, viewer.id, typed) if typed and refused is None else None
    if one is not None and one.unit_id != viewer.unit_id:
        raise cards.changes.another_units(conn, one)
    return Page(
        "pages/change_kinds.html",
        card=one,
        kinds=cards.changes.possible(conn, one) if one else (),
        types=list(CardType),
        ahead=ahead,
        typed=typed,
        refusal=words_for(refused, language()) if refused else "",
        choices=getattr(refused, "cards", ()),
        kind=kind,
    )
