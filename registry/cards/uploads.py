"""Files that people upload: checked, stored by their content, noted for the unit (A3)."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused
from db.text import clean
from registry.cards import photos
from registry.org import User

LARGEST_ATTACHMENT: Final = 20 * 10**6
LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file: how it was called, what it is, its size in bytes."""

    digest: str
    kind: str
    name: str
    media: str
    bytes: int
    width: int | None
    height: int | None


LARGEST_DIRECTORY: Final = 10**6  # bytes: thousands of members, as no document has
END: Final = struct.Struct("<4s4H2LH")
END_OF_LARGE: Final = b"PK\x06\x07"  # of archives above 4 GB, which say their directory elsewhere
# What zipfile says of bytes that are damaged.
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, LookupError,
    NotImplementedError,
)  # fmt: skip


def _zip_with(member: str) -> Callable[[bytes], bool]:
    def check(content: bytes) -> bool:
        if not _directory_is_small(content):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return member in archive.namelist()
        except DAMAGED:
            return False

    return check


def _directory_is_small(content: bytes) -> bool:
    """Each of a directory's 46 bytes becomes an object of hundreds."""
    at = content.rfind(b"PK\x05\x06")
    if at < 0 or len(content) - at < END.size or END_OF_LARGE in content[max(0, at - 20) : at]:
        return False
    size: int = END.unpack_from(content, at)[5]
    return size <= LARGEST_DIRECTORY


def _text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


@dataclass(frozen=True, slots=True)
class Type:
    """An accepted kind of file, known by its content: never by what the browser says."""

    media: str
    is_so: Callable[[bytes], bool]


OFFICE: Final = "application/vnd.openxmlformats-officedocument."
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TYPES: Final = {
    ".pdf": Type("application/pdf", lambda c: c[:1024].lstrip().startswith(b"%PDF-")),
    ".docx": Type(OFFICE + "wordprocessingml.document", _zip_with("word/document.xml")),
    ".xlsx": Type(OFFICE + "spreadsheetml.sheet", _zip_with("xl/workbook.xml")),
    ".pptx": Type(OFFICE + "presentationml.presentation", _zip_with("ppt/presentation.xml")),
    ".ofd": Type("application/ofd", _zip_with("OFD.xml")),
    ".doc": Type("application/msword", lambda c: c.startswith(OLE)),
    ".xls": Type("application/vnd.ms-excel", lambda c: c.startswith(OLE)),
    ".txt": Type("text/plain", _text),
    ".csv": Type("text/csv", _text),
}
PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp")

NOTE: LiteralString = """
    INSERT INTO upload (unit_id, digest, kind, name, media, bytes, width, height, uploaded_by,
                        uploaded_at)
    VALUES (%(unit)s, %(digest)s, %(kind)s, %(name)s, %(media)s, %(bytes)s, %(width)s, %(height)s,
            %(by)s, %(now)s)
    ON CONFLICT (unit_id, kind, digest) DO UPDATE SET name = excluded.name
"""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file that was read and found good: what is kept, and of a photo its picture."""

    upload: Upload
    content: bytes
    picture: photos.Picture | None = None


def photo(name: str, content: bytes) -> File:
    """An uploaded picture, decoded: before any transaction begins. Raises as `photos.decode`."""
    picture = photos.decode(content)
    one = Upload(picture.digest, "photo", named(name), "image/jpeg", len(picture.content),
                 picture.width, picture.height)  # fmt: skip
    return File(one, picture.content, picture)


def document(name: str, content: bytes) -> File:
    """An attachment, looked at before any transaction begins; pictures are encoded anew, as photos
    are.

    Raises Refused 'attachment.empty', 'attachment.too_large', 'attachment.type' (the ending),
    'attachment.not_so' (its content is something else), or as `photos.decode`.
    """
    if not content:
        raise Refused("attachment.empty", field="attachments")
    if len(content) > LARGEST_ATTACHMENT:
        size, most = f"{len(content) / 10**6:.1f}", LARGEST_ATTACHMENT // 10**6
        raise Refused("attachment.too_large", field="attachments", name=name, size=size, most=most)
    called = named(name)
    ending = PurePosixPath(called).suffix.lower()
    if ending in PICTURES:
        content, media = photos.decode(content).content, "image/jpeg"
        called = called.removesuffix(PurePosixPath(called).suffix) + ".jpg"
    elif ending not in TYPES:
        allowed = " ".join(sorted([*TYPES, *PICTURES]))
        raise Refused("attachment.type", field="attachments", name=called, allowed=allowed)
    elif not TYPES[ending].is_so(content):
        raise Refused("attachment.not_so", field="attachments", name=called, ending=ending)
    else:
        media = TYPES[ending].media
    digest = hashlib.sha256(content).hexdigest()
    return File(Upload(digest, "attachment", called, media, len(content), None, None), content)


def keep(conn: Connection, folder: Path, by: User, file: File, now: datetime) -> Upload:
    """Store it below `folder` and note it for the unit of `by`."""
    one = file.upload
    if file.picture is not None:
        photos.store(folder, file.picture)
    else:
        _store(path(folder, one.digest), file.content)
    facts = {name: getattr(one, name) for name in Upload.__slots__}
    conn.execute(NOTE, {**facts, "unit": by.unit_id, "by": by.id, "now": now})
    return one


def named(name: str) -> str:
    """A file's name without its folders, short enough, never empty."""
    bare = clean(name.replace("\\", "/").rpartition("/")[2])
    if len(bare) > LONGEST_NAME:
        suffix = PurePosixPath(bare).suffix[:10]
        bare = bare[: LONGEST_NAME - len(suffix)] + suffix
    return bare or "-"


def path(folder: Path, digest: str) -> Path:
    """Where an attachment of this digest lies below the data folder."""
    return folder / "attachments" / digest[:2] / digest


def _store(target: Path, content: bytes) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(target)


OF_UNIT: LiteralString = """
    SELECT digest, kind, name, media, bytes, width, height
      FROM upload
     WHERE unit_id = %(unit)s AND kind = %(kind)s AND digest = ANY(%(digests)s)
"""


def of_unit(conn: Connection, unit: int, kind: str, digests: list[str]) -> list[Upload]:
    """The unit's uploads of this kind ('photo', 'attachment') among these, in their order.

    One picture may be both; what isn't the unit's is left out.
    """
    facts = {"unit": unit, "kind": kind, "digests": digests}
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        rows = cursor.execute(OF_UNIT, facts).fetchall()
    found = {one.digest: one for one in rows}
    return [found[digest] for digest in dict.fromkeys(digests) if digest in found]


VISIBLE: LiteralString = """
    SELECT upload.digest, upload.kind, upload.name, upload.media, upload.bytes, upload.width,
           upload.height
      FROM upload
     WHERE upload.digest = %(digest)s AND upload.kind = 'attachment'
       AND upload.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     UNION ALL
    SELECT attachment.digest, 'attachment', attachment.name, attachment.media, attachment.bytes,
           NULL, NULL
      FROM attachment JOIN card ON card.id = attachment.card_id
     WHERE attachment.digest = %(digest)s
       AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     UNION ALL
    SELECT attachment.digest, 'attachment', attachment.name, attachment.media, attachment.bytes,
           NULL, NULL
      FROM attachment JOIN card_change ON card_change.origin_card_id = attachment.card_id
     WHERE attachment.digest = %(digest)s
       AND card_change.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     LIMIT 1
"""


def attachment(conn: Connection, viewer: int, digest: str) -> Upload | None:
    """The attachment, where `viewer` may see its unit, a card that has it, or a change that draws
    up a card from such a one (J4).
    """
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(VISIBLE, {"viewer": viewer, "digest": digest}).fetchone()


PHOTOS_OF: LiteralString = "SELECT digest FROM photo WHERE card_id = %(card)s ORDER BY position"
ATTACHMENTS_OF: LiteralString = """
    SELECT digest, 'attachment' AS kind, name, media, bytes, NULL::integer AS width,
           NULL::integer AS height
      FROM attachment WHERE card_id = %(card)s ORDER BY position
"""


def photos_of(conn: Connection, card: int) -> list[str]:
    """Digests of a card's photos, in order. The caller has checked who may see the card."""
    return [digest for (digest,) in conn.execute(PHOTOS_OF, {"card": card})]


def attachments_of(conn: Connection, card: int) -> list[Upload]:
    """A card's attachments, in order. The caller has checked who may see the card."""
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(ATTACHMENTS_OF, {"card": card}).fetchall()


NAMED: LiteralString = """
    SELECT digest, 'attachment' AS kind, name, media, bytes, NULL::integer AS width,
           NULL::integer AS height
      FROM attachment WHERE card_id = ANY(%(cards)s) AND digest = ANY(%(digests)s)
"""


def attachments_named(
    conn: Connection, digests: list[str], unit: int, *cards: int | None
) -> list[Upload]:
    """The attachments with these digests, in their order: uploads of the unit, or of these cards.

    A card that came from another unit has files that its own never uploaded. The caller has
    checked who may see them.
    """
    facts = {"digests": digests, "cards": [card for card in cards if card is not None]}
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        found = {one.digest: one for one in cursor.execute(NAMED, facts)}
    found |= {one.digest: one for one in of_unit(conn, unit, "attachment", digests)}
    return [found[digest] for digest in dict.fromkeys(digests) if digest in found]


# What the card has already keeps the time at which it was taken.
SET_PHOTOS: LiteralString = """
    WITH gone AS (
        DELETE FROM photo WHERE card_id = %(card)s RETURNING digest, width, height, taken_at
    ), wanted AS (
        SELECT digest, place - 1 AS position
          FROM unnest(%(digests)s::text[]) WITH ORDINALITY AS list (digest, place)
    ), known AS (
        SELECT digest, width, height, taken_at FROM gone
         UNION ALL
        SELECT digest, width, height, uploaded_at FROM upload
         WHERE unit_id = %(unit)s AND kind = 'photo' AND digest NOT IN (SELECT digest FROM gone)
           AND digest = ANY(%(digests)s)
    )
    SELECT wanted.position, known.digest, known.width, known.height, known.taken_at
      FROM wanted JOIN known USING (digest)
"""
ADD_PHOTO: LiteralString = """
    INSERT INTO photo (card_id, position, digest, media, width, height, taken_at)
    VALUES (%(card)s, %(position)s, %(digest)s, 'image/jpeg', %(width)s, %(height)s, %(taken)s)
"""


def set_photos(conn: Connection, card: int, unit: int, digests: list[str]) -> None:
    """Make these the card's photos, in this order: its own ones, or uploads of `unit`."""
    facts = {"card": card, "unit": unit, "digests": digests}
    for position, digest, width, height, taken in conn.execute(SET_PHOTOS, facts).fetchall():
        row = {"position": position, "digest": digest, "width": width, "height": height}
        conn.execute(ADD_PHOTO, {"card": card, "taken": taken, **row})


SET_ATTACHMENTS: LiteralString = """
    WITH gone AS (
        DELETE FROM attachment WHERE card_id = %(card)s RETURNING digest, name, media, bytes
    ), known AS (
        SELECT digest, name, media, bytes FROM gone
         UNION ALL
        SELECT digest, name, media, bytes FROM upload
         WHERE unit_id = %(unit)s AND kind = 'attachment' AND digest = ANY(%(digests)s)
           AND digest NOT IN (SELECT digest FROM gone)
    )
    SELECT place - 1, known.digest, known.name, known.media, known.bytes
      FROM unnest(%(digests)s::text[]) WITH ORDINALITY AS list (digest, place)
      JOIN known USING (digest)
"""
ADD_ATTACHMENT: LiteralString = """
    INSERT INTO attachment (card_id, position, digest, name, media, bytes)
    VALUES (%(card)s, %(position)s, %(digest)s, %(name)s, %(media)s, %(bytes)s)
"""


def set_attachments(conn: Connection, card: int, unit: int, digests: list[str]) -> None:
    """Make these the card's attachments, in this order: its own ones, or uploads of `unit`."""
    facts = {"card": card, "unit": unit, "digests": digests}
    for position, digest, name, media, size in conn.execute(SET_ATTACHMENTS, facts).fetchall():
        row = {"position": position, "digest": digest, "name": name, "media": media}
        conn.execute(ADD_ATTACHMENT, {"card": card, "bytes": size, **row})
