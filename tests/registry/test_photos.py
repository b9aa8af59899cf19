"""Photos are decoded and encoded anew: nothing of the upload survives but the picture."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from db import Refused
from registry.cards import photos


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 92, 88)).save(out, form, **options)
    return out.getvalue()


def test_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    stored = photos.decode(picture(exif=exif))
    assert b"secret place" not in stored.content
    assert len(Image.open(io.BytesIO(stored.content)).getexif()) == 0


def test_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = photos.decode(picture(exif=exif))
    assert (stored.width, stored.height) == (480, 640)


def test_large_picture_is_made_smaller_and_gets_a_thumbnail() -> None:
    stored = photos.decode(picture(size=(4000, 3000)))
    small = Image.open(io.BytesIO(stored.thumbnail))
    assert (stored.width, stored.height) == (2000, 1500)
    assert small.size == (480, 360)


def bomb(side: int) -> bytes:
    """A PNG whose header promises side x side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "photo.no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "photo.no_picture"),
        (picture()[:200], "photo.no_picture"),
        (picture("GIF"), "photo.no_picture"),
        (bomb(8_000), "photo.too_many_pixels"),
        (bomb(60_000), "photo.no_picture"),
        (b"\xff\xd8" + b"0" * 15_000_001, "photo.too_large"),
    ],
)
def test_what_is_no_good_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        photos.decode(content)
    assert refused.value.code == code


def test_same_picture_twice_is_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        photos.store(tmp_path, photos.decode(picture()))
    assert len(list(tmp_path.rglob("*.jpg"))) == 2  # the picture and its thumbnail
    assert list(tmp_path.rglob("*.new")) == []
