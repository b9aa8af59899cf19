"""Sheets: saved, submitted, reviewed; their final approval puts listings on a square (B, C, D1)."""

from datetime import datetime
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused, audit, scalar
from exchange import eligibility, publish
from exchange.kinds import DESCRIPTIONS, Kind
from exchange.sheet import Sheet, require, sheet
from exchange.sheet_form import Checked, Typed, check, scopes
from registry import review
from registry.cards import uploads
from registry.org import User
from registry.review import Action, Standing, State

__all__ = ["act", "draft", "edit", "remove", "require", "sheet"]

ADD: LiteralString = """
    INSERT INTO sheet (review_id, kind, scope, unit_id, contact, phone, address, note, demand,
                       drafted_by, drafted_at)
    VALUES (%(review)s, %(kind)s, %(scope)s, %(unit)s, %(contact)s, %(phone)s, %(address)s,
            %(note)s, %(demand)s, %(by)s, %(now)s)
    RETURNING id
"""


def draft(
    conn: Connection, actor: User, kind: Kind, typed: Typed, now: datetime, request: str
) -> int | Checked:
    """Save a new sheet of the actor's unit: its id; or what is wrong, and nothing is stored.

    Raises Refused 'sheet.type_not_yours' where the actor's type publishes no such thing (E6).
    """
    if not scopes(kind, actor):
        raise Refused("sheet.type_not_yours")
    _hold_cards(conn, typed.cards)
    made = check(conn, actor, kind, None, typed, now)
    if not made.right:
        return made
    document, scope = DESCRIPTIONS[kind].document, made.values["scope"]
    title = _title(conn, made)
    review_id, number = review.begin(conn, document, scope, title, actor, now)
    facts = {**_content(made), "review": review_id, "kind": kind.value, "unit": actor.unit_id}
    key = scalar(conn, ADD, **facts, by=actor.id, now=now)
    assert isinstance(key, int)
    review.describe(conn, review_id, title, scope, address(kind, key))
    _store_parts(conn, key, actor.unit_id, made)
    audit.record(conn, actor.login, "sheet.drafted", f"sheet:{number}", request,
                 cards=list(made.cards), scope=scope)  # fmt: skip
    return key


def address(kind: Kind, sheet_id: int) -> str:
    """Where its page is."""
    return f"/{DESCRIPTIONS[kind].room}/sheets/{sheet_id}"


def _content(made: Checked) -> dict[str, object]:
    return {**made.values, "demand": Jsonb(made.demand)}


NAMES: LiteralString = """
    SELECT card.name FROM card
      JOIN unnest(%(codes)s::text[]) WITH ORDINALITY AS list (code, place) ON list.code = card.code
     ORDER BY list.place
"""


def _title(conn: Connection, made: Checked) -> str:
    """What lists and notices call it: the demand's title, or by its cards: so many of one name, or
    the first of several and how many there are.
    """
    if made.demand:
        return made.demand["title"]
    names = [name for (name,) in conn.execute(NAMES, {"codes": list(made.cards)})]
    if len(names) == 1:
        return str(names[0])
    alike = len(set(names)) == 1
    return f"{names[0]} × {len(names)}" if alike else f"{names[0]} 等 {len(names)} 项"


HOLD_CARDS: LiteralString = """
    SELECT id FROM card WHERE code = ANY(%(codes)s) ORDER BY id FOR NO KEY UPDATE
"""
HOLD_SHEETS_CARDS: LiteralString = """
    SELECT card.id FROM card JOIN sheet_card ON sheet_card.card_id = card.id
     WHERE sheet_card.sheet_id = %(sheet)s ORDER BY card.id FOR NO KEY UPDATE OF card
"""


def _hold_cards(conn: Connection, codes: tuple[str, ...]) -> None:
    """Of two sheets that take one card at once, the second is told (B2)."""
    conn.execute(HOLD_CARDS, {"codes": list(codes)})


CLEAR_CARDS: LiteralString = "DELETE FROM sheet_card WHERE sheet_id = %(sheet)s"
ADD_CARDS: LiteralString = """
    INSERT INTO sheet_card (sheet_id, card_id, position, card_version)
    SELECT %(sheet)s, card.id, list.place - 1, card.version
      FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS list (code, place)
      JOIN card ON card.code = list.code
"""
CLEAR_ATTACHMENTS: LiteralString = "DELETE FROM sheet_attachment WHERE sheet_id = %(sheet)s"
ADD_ATTACHMENT: LiteralString = """
    INSERT INTO sheet_attachment (sheet_id, position, digest, name, media, bytes)
    VALUES (%(sheet)s, %(position)s, %(digest)s, %(name)s, %(media)s, %(bytes)s)
"""


def _store_parts(conn: Connection, key: int, unit: int, made: Checked) -> None:
    conn.execute(CLEAR_CARDS, {"sheet": key})
    conn.execute(ADD_CARDS, {"sheet": key, "codes": list(made.cards)})
    conn.execute(CLEAR_ATTACHMENTS, {"sheet": key})
    files = uploads.of_unit(conn, unit, "attachment", list(made.attachments))
    for position, one in enumerate(files):
        row = {"digest": one.digest, "name": one.name, "media": one.media, "bytes": one.bytes}
        conn.execute(ADD_ATTACHMENT, {"sheet": key, "position": position, **row})


EDIT: LiteralString = """
    UPDATE sheet
       SET scope = %(scope)s, contact = %(contact)s, phone = %(phone)s, address = %(address)s,
           note = %(note)s, demand = %(demand)s
     WHERE id = %(sheet)s
"""


def edit(
    conn: Connection,
    actor: User,
    sheet_id: int,
    seen: int,
    typed: Typed,
    now: datetime,
    request: str,
) -> Checked:
    """Save a draft anew; `seen` is the review's version. What is wrong leaves it as it was.

    Raises Refused 'sheet.not_found', 'review.not_now', 'review.not_yours', 'review.edited'.
    """
    _hold_cards(conn, typed.cards)
    found, standing = _own_draft(conn, actor, sheet_id, seen)
    made = check(conn, actor, found.kind, sheet_id, typed, now)
    if not made.right:
        return made
    conn.execute(EDIT, {**_content(made), "sheet": sheet_id})
    _store_parts(conn, sheet_id, actor.unit_id, made)
    review.describe(conn, found.review_id, _title(conn, made), made.values["scope"],
                    standing.address)  # fmt: skip
    review.touch(conn, found.review_id, actor)
    audit.record(conn, actor.login, "sheet.edited", f"sheet:{found.number}", request)
    return made


def _own_draft(conn: Connection, actor: User, sheet_id: int, seen: int) -> tuple[Sheet, Standing]:
    """A draft of the actor's unit, locked, in the version that they saw."""
    found = require(conn, actor, sheet_id)
    return found, review.own_draft(conn, actor, found.review_id, seen)


def remove(
    conn: Connection, actor: User, sheet_id: int, seen: int, now: datetime, request: str
) -> None:
    """Delete a draft, which `restore` can undo for a while; one that was submitted before becomes
    void for good, its history stays.

    Raises as `edit`.
    """
    found, standing = _own_draft(conn, actor, sheet_id, seen)
    if standing.round:
        after = review.act(conn, actor, found.review_id, Action.VOID, seen, "", now)
        review.note(conn, after, Action.VOID, actor, request)
        return
    review.put_away(conn, standing, now)
    audit.record(conn, actor.login, "sheet.deleted", f"sheet:{found.number}", request)


REVIEW_OF: LiteralString = "SELECT review_id FROM sheet WHERE id = %(sheet)s"
TAKEN: LiteralString = """
    SELECT card.name, card.code
      FROM sheet_card AS mine
      JOIN sheet_card AS other ON other.card_id = mine.card_id AND other.sheet_id <> mine.sheet_id
      JOIN sheet ON sheet.id = other.sheet_id
      JOIN review ON review.id = sheet.review_id
      JOIN card ON card.id = mine.card_id
     WHERE mine.sheet_id = %(sheet)s AND review.state IN ('draft', 'in_review', 'returned')
     LIMIT 1
"""


def restore(conn: Connection, actor: User, sheet_id: int, now: datetime, request: str) -> None:
    """A deleted draft stands again. Raises Refused 'undo.changed', 'review.not_yours', or
    'undo.card_taken' where one of its cards has gone on another sheet meanwhile (B2).
    """
    key = scalar(conn, REVIEW_OF, sheet=sheet_id)
    if not isinstance(key, int):
        raise Refused("undo.changed")
    conn.execute(HOLD_SHEETS_CARDS, {"sheet": sheet_id})  # before the review: one order for all
    standing = review.bring_back(conn, actor, key, now)
    taken = conn.execute(TAKEN, {"sheet": sheet_id}).fetchone()
    if taken is not None:
        name, code = taken
        raise Refused("undo.card_taken", name=name, code=code)
    audit.record(conn, actor.login, "sheet.restored", f"sheet:{standing.number}", request)


CHECKED_AT: Final = frozenset({Action.SUBMIT, Action.APPROVE})


def act(
    conn: Connection,
    actor: User,
    sheet_id: int,
    action: Action,
    seen: int,
    opinion: str,
    now: datetime,
    request: str,
) -> Standing:
    """Submit, recall, approve, return or revoke; final approval lists, revoking it takes back.

    Raises as `review.act`, 'sheet.not_found', the reason of the first card that is no longer
    eligible (B2, B3), or 'review.reported_already' (C4); then nothing has happened.
    """
    found = require(conn, actor, sheet_id)
    conn.execute(HOLD_SHEETS_CARDS, {"sheet": sheet_id})  # before the review: one order for all
    before = review.lock(conn, found.review_id)
    after = review.act(conn, actor, found.review_id, action, seen, opinion, now)
    if action in CHECKED_AT:
        _require_eligible(conn, found)
    if after.state is State.APPROVED:
        publish.publish(conn, found, actor.login, now)
    if before.state is State.APPROVED:
        publish.take_back(conn, found, actor.login, now)
    review.note(conn, after, action, actor, request)
    return after


CODES: LiteralString = """
    SELECT card.code FROM sheet_card JOIN card ON card.id = sheet_card.card_id
     WHERE sheet_card.sheet_id = %(sheet)s ORDER BY sheet_card.position
"""


def _require_eligible(conn: Connection, found: Sheet) -> None:
    """Refuse with the first card's reason: what was eligible when saved may no longer be."""
    if not DESCRIPTIONS[found.kind].of_cards:
        return
    codes = [code for (code,) in conn.execute(CODES, {"sheet": found.id})]
    refused = eligibility.check(conn, found.kind, found.unit_id, found.id, codes)
    for code in codes:
        if code in refused:
            raise refused[code]
