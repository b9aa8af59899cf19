"""Photos of a card: decoded and encoded anew, kept as files named by their content."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

from PIL import Image

from db import Connection
from registry.cards import pixels

LONGEST_SIDE: Final = 2000  # px, as stored
THUMBNAIL: Final = (480, 360)  # px, at most


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is stored: JPEG without any metadata, its size in px, and a smaller one."""

    content: bytes
    width: int
    height: int
    thumbnail: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def decode(content: bytes) -> Picture:
    """Read an uploaded picture and encode it anew. Raises as `pixels.decoded`."""
    upright = pixels.decoded(content, "RGB", LONGEST_SIDE, Image.Resampling.LANCZOS)
    small = upright.copy()
    small.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    return Picture(_jpeg(upright, 88), upright.width, upright.height, _jpeg(small, 82))


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def path(folder: Path, digest: str, *, thumbnail: bool = False) -> Path:
    """Where the photo of this digest lies below the data folder."""
    name = f"{digest}.small.jpg" if thumbnail else f"{digest}.jpg"
    return folder / "photos" / digest[:2] / name


ADD: LiteralString = """
    INSERT INTO photo (card_id, position, digest, media, width, height)
    SELECT %(card)s, COALESCE(max(position) + 1, 0), %(digest)s, 'image/jpeg', %(width)s, %(height)s
      FROM photo WHERE card_id = %(card)s
"""


def add(conn: Connection, folder: Path, card_id: int, content: bytes) -> str:
    """Store an uploaded picture as the card's last photo; its digest. Raises as `decode`."""
    picture = decode(content)
    store(folder, picture)
    facts = {
        "card": card_id,
        "digest": picture.digest,
        "width": picture.width,
        "height": picture.height,
    }
    conn.execute(ADD, facts)
    return picture.digest


def store(folder: Path, picture: Picture) -> None:
    """Write the files; the same content twice is one file, and half a file is never seen."""
    for small, content in ((False, picture.content), (True, picture.thumbnail)):
        target = path(folder, picture.digest, thumbnail=small)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(target)


VISIBLE: LiteralString = """
    SELECT EXISTS (
        SELECT FROM photo JOIN card ON card.id = photo.card_id
         WHERE photo.digest = %(digest)s
           AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s))
        OR EXISTS (
        SELECT FROM upload
         WHERE upload.digest = %(digest)s AND upload.kind = 'photo'
           AND upload.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s))
        OR EXISTS (
        SELECT FROM photo JOIN card_change ON card_change.origin_card_id = photo.card_id
         WHERE photo.digest = %(digest)s
           AND card_change.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s))
"""


def may_see(conn: Connection, viewer: int, digest: str) -> bool:
    """Whether `viewer` may see some card with this photo, the unit that uploaded it, or the draft
    of a card that came from one that has it (J4, D2).
    """
    row = conn.execute(VISIBLE, {"viewer": viewer, "digest": digest}).fetchone()
    return bool(row and row[0])


FIRST: LiteralString = """
    SELECT digest FROM photo WHERE card_id = %(card)s ORDER BY position LIMIT 1
"""


def first(conn: Connection, card_id: int) -> str | None:
    """The digest of a card's first photo. The caller has checked who may see the card."""
    row = conn.execute(FIRST, {"card": card_id}).fetchone()
    return row[0] if row else None
