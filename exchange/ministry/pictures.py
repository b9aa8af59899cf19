"""The small picture that travels with a listing: sent as it is stored, taken only decoded anew.

Both take time and memory: the caller holds no transaction meanwhile.
"""

import base64
import binascii
import io
from pathlib import Path
from typing import Final

import structlog
from PIL import Image

from db import Refused
from exchange.ministry.refusals import Unacceptable, Why
from registry.cards import photos
from registry.cards.photos import Picture
from registry.cards.pixels import decoded

log = structlog.get_logger(__name__)

LARGEST: Final = 64 * 1024  # bytes
QUALITIES: Final = (70, 50, 30)
MEDIA: Final = "JPEG"


def outward(data: Path, digest: str | None) -> str | None:
    """The thumbnail of the photo `digest` in base64; None where there is none that can be read.

    A damaged one is left out and logged: the report goes without it.
    """
    if digest is None:
        return None
    try:
        small = _small(photos.path(data, digest, thumbnail=True).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, Refused) as error:
        log.warning("picture left out", photo=digest, error=f"{type(error).__name__}: {error}")
        return None
    return base64.b64encode(small).decode()


def _small(content: bytes) -> bytes:
    """At most as large as the contract allows: coarser where need be. Raises as `decoded`."""
    picture = decoded(content, "RGB", max(photos.THUMBNAIL), Image.Resampling.LANCZOS)
    if len(content) <= LARGEST:
        return content
    smaller = [_jpeg(picture, quality) for quality in QUALITIES]
    return next((one for one in smaller if len(one) <= LARGEST), smaller[-1])


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, MEDIA, quality=quality, optimize=True)
    return out.getvalue()


def inward(text: str | None) -> Picture | None:
    """The picture that came, as it is to be stored. Raises Unacceptable 'malformed'."""
    if text is None:
        return None
    try:
        content = base64.b64decode(text, validate=True)
        if len(content) > LARGEST:
            raise Unacceptable(Why.MALFORMED, "thumbnail: too large")
        return photos.decode(content)
    except (binascii.Error, ValueError, Refused) as error:
        raise Unacceptable(Why.MALFORMED, f"thumbnail: {error}") from error
