"""Cards and sheets of the demo's library that one test alone uses, made below the pages."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import LiteralString

from PIL import Image

from db import Connection, scalar, single_connection
from exchange import listings, sheets
from exchange.kinds import Kind
from exchange.listings import Listing
from exchange.sheet_form import Checked, Typed
from registry import review
from registry.cards import ChangeKind, card, changes, drafting, held, values_of, write
from registry.org import User, user
from registry.review import Action, State
from tests.fixtures.browser import Portal

LIBRARY = "海口市图书馆"
HEAD = {"scope": "local", "contact": "林晓岚", "phone": "0898-68532107", "address": "椰海大道 5 号"}
CHAIN = {"local": ("reviewer", "department"), "national": ("reviewer", "department", "finance")}
_numbers = count(1)

LIKE_THIS: LiteralString = """
    SELECT card.id FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = %(unit)s AND card.type = 'furniture' AND card.quantity = 4
     ORDER BY card.code LIMIT 1
"""
PHOTO: LiteralString = """
    INSERT INTO photo (card_id, position, digest, media, width, height)
    SELECT %(card)s, 0, digest, media, width, height FROM photo
      JOIN card ON card.id = photo.card_id JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = %(unit)s ORDER BY photo.card_id LIMIT 1
"""
PERSON: LiteralString = "SELECT id FROM app_user WHERE login = %(login)s"


def person(conn: Connection, login: str) -> User:
    key = scalar(conn, PERSON, login=login)
    assert isinstance(key, int)
    found = user(conn, key)
    assert found is not None
    return found


def new_card(portal: Portal, name: str, *, photo: bool = True, **values: str) -> str:
    """A card of the library's own, idle unless `values` say otherwise; its code."""
    code = values.pop("code", "") or f"YS2026{next(_numbers):06}"
    with single_connection(portal.database.url()) as conn:
        pattern = scalar(conn, LIKE_THIS, unit=LIBRARY)
        assert isinstance(pattern, int)
        one = held(conn, pattern)
        typed = {**values_of(one), "code": code, "name": name, "status": "idle", **values}
        key = write.insert(conn, one.unit_id, typed)
        if photo:
            conn.execute(PHOTO, {"card": key, "unit": LIBRARY})
    return code


def published(
    portal: Portal, kind: Kind, *codes: str, scope: str = "local", nodes: int = 9, **values: str
) -> tuple[int, list[Listing]]:
    """(a sheet of these cards that `nodes` of its chain have approved, its listings)."""
    with single_connection(portal.database.url()) as conn:
        clerk, at = person(conn, "clerk"), datetime.now(UTC) - timedelta(minutes=5)
        typed = Typed({**HEAD, "scope": scope, **values}, codes)
        key = sheets.draft(conn, clerk, kind, typed, at, "")
        assert not isinstance(key, Checked), (key.refusals, key.refused_cards)
        _act(conn, "clerk", key, Action.SUBMIT)
        for login in CHAIN[scope][:nodes]:
            _act(conn, login, key, Action.APPROVE)
        return key, listings.of_sheet(conn, key)


def _act(conn: Connection, login: str, sheet: int, action: Action) -> None:
    actor = person(conn, login)
    found = sheets.require(conn, actor, sheet)
    seen = review.standing(conn, found.review_id).version
    at = datetime.now(UTC) - timedelta(minutes=4)
    sheets.act(conn, actor, sheet, action, seen, "", at, "")


def changed(portal: Portal, code: str, **values: str) -> int:
    """An approved change of the status of a card of the library's; its id."""
    with single_connection(portal.database.url()) as conn:
        clerk, at = person(conn, "clerk"), datetime.now(UTC) - timedelta(minutes=3)
        one = card(conn, clerk.id, code)
        assert one is not None
        typed = drafting.Typed({**changes.before_of(conn, one), **values})
        key = changes.draft(conn, clerk, ChangeKind.STATUS, code, typed, at)
        assert isinstance(key, int), key.refusals
        steps = (
            ("clerk", Action.SUBMIT),
            ("reviewer", Action.APPROVE),
            ("department", Action.APPROVE),
        )
        for login, action in steps:
            actor = person(conn, login)
            seen = review.standing(conn, changes.require(conn, actor, key).review_id)
            if seen.state is not State.APPROVED:
                changes.act(conn, actor, key, action, seen.version, "", at, "")
        return key


def picture(folder: Path, name: str = "正面.jpg") -> Path:
    path = folder / name
    Image.effect_noise((640, 480), 40).convert("RGB").save(path, quality=80)
    return path
