"""A finally approved change meets its card: the only way by which a card changes (A4, A5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused
from registry.cards import split, uploads, write
from registry.cards.change import Change
from registry.cards.drafting import ATTACHMENTS, PHOTOS
from registry.cards.kinds import ChangeKind
from registry.cards.values import Values

HOLD: LiteralString = "SELECT id FROM card WHERE id = %(card)s FOR UPDATE"


def hold(conn: Connection, card: int) -> None:
    """Nobody else changes the card until the transaction ends."""
    conn.execute(HOLD, {"card": card})


APPLIED: LiteralString = """
    UPDATE card_change SET applied_at = %(now)s, card_id = COALESCE(card_id, %(card)s),
           card_version = COALESCE(card_version, CASE WHEN %(card)s::bigint IS NOT NULL THEN 1 END)
     WHERE id = %(change)s
"""


def apply(conn: Connection, change: Change, now: datetime) -> None:
    """Do what the change says. Refused 'change.outdated', 'card.code_taken', 'card.codes_taken',
    or 'change.section_gone' where a section that it names is no longer there.
    """
    _require_sections(conn, change)
    made = HOW.get(change.kind, _update)(conn, change, now)
    conn.execute(APPLIED, {"change": change.id, "now": now, "card": made})


SECTIONS: LiteralString = """
    SELECT wanted.name
      FROM (SELECT unnest(%(names)s::text[])
             UNION ALL
            SELECT unnest(ARRAY[vals->>'using_section', vals->>'managing_section'])
              FROM card_import_row WHERE change_id = %(change)s) AS wanted (name)
     WHERE wanted.name <> ''
       AND NOT EXISTS (SELECT FROM section WHERE unit_id = %(unit)s AND section.name = wanted.name)
     LIMIT 1
"""


def _require_sections(conn: Connection, change: Change) -> None:
    names = [change.after.get(name) for name in ("using_section", "managing_section")]
    facts = {"names": [name for name in names if name], "change": change.id, "unit": change.unit_id}
    row = conn.execute(SECTIONS, facts).fetchone()
    if row:
        raise Refused("change.section_gone", section=row[0])


def _files(conn: Connection, card: int, unit: int, after: Values) -> None:
    for name, put in ((PHOTOS, uploads.set_photos), (ATTACHMENTS, uploads.set_attachments)):
        if name in after:
            put(conn, card, unit, [digest for digest in after[name].split(",") if digest])


def _update(conn: Connection, change: Change, now: datetime) -> int | None:
    assert change.card_id is not None
    assert change.card_version is not None
    write.update(conn, change.card_id, change.card_version, change.after, now)
    _files(conn, change.card_id, change.unit_id, change.after)
    return None


def _register(conn: Connection, change: Change, _now: datetime) -> int | None:
    card = write.insert(conn, change.unit_id, change.after, origin=change.origin_card_id)
    if change.origin_card_id is not None:
        _copy_files(conn, change.origin_card_id, card)  # the draft may name them as its own
    _files(conn, card, change.unit_id, change.after)
    return card


def _import(conn: Connection, change: Change, _now: datetime) -> int | None:
    write.insert_staged(conn, change.unit_id, change.id)
    return None


# By their names of now: the draft has those of when it was written.
SECTIONS_OF: LiteralString = """
    SELECT COALESCE(used.name, ''), COALESCE(managed.name, '')
      FROM card LEFT JOIN section AS used ON used.id = card.using_section_id
      LEFT JOIN section AS managed ON managed.id = card.managing_section_id
     WHERE card.id = %(card)s
"""
TAKEN: LiteralString = "SELECT code FROM card WHERE code LIKE %(stem)s || '-%%'"


def _split(conn: Connection, change: Change, now: datetime) -> int | None:
    """The first part keeps the card and its code; each other part is a new card with the photos."""
    assert change.card_id is not None
    assert change.card_version is not None
    split.check(change.before, change.parts)  # as kept, whatever the form once showed
    code = change.before["code"]
    taken = frozenset(row[0] for row in conn.execute(TAKEN, {"stem": code[:29]}))
    first, *others = zip(split.codes(code, taken, len(change.parts)), change.parts, strict=True)
    write.update(conn, change.card_id, change.card_version, first[1], now)
    sections = conn.execute(SECTIONS_OF, {"card": change.card_id}).fetchone() or ("", "")
    stands = zip(("using_section", "managing_section"), sections, strict=True)
    whole = {**change.before, **dict(stands)}
    for new_code, part in others:
        values = {**whole, **part, "code": new_code}
        card = write.insert(conn, change.unit_id, values, origin=change.card_id)
        _copy_files(conn, change.card_id, card)
    return None


COPY_PHOTOS: LiteralString = """
    INSERT INTO photo (card_id, position, digest, media, width, height, taken_at)
    SELECT %(new)s, position, digest, media, width, height, taken_at
      FROM photo WHERE card_id = %(old)s
"""
COPY_ATTACHMENTS: LiteralString = """
    INSERT INTO attachment (card_id, position, digest, name, media, bytes)
    SELECT %(new)s, position, digest, name, media, bytes FROM attachment WHERE card_id = %(old)s
"""


def _copy_files(conn: Connection, old: int, new: int) -> None:
    conn.execute(COPY_PHOTOS, {"old": old, "new": new})
    conn.execute(COPY_ATTACHMENTS, {"old": old, "new": new})


HOW: Final[dict[ChangeKind, Callable[[Connection, Change, datetime], int | None]]] = {
    ChangeKind.REGISTER: _register,
    ChangeKind.IMPORT: _import,
    ChangeKind.SPLIT: _split,
}
