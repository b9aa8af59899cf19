"""Photos are decoded and encoded anew: nothing of the upload survives but the picture."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from db import Busy, Refused
from registry.cards import photos
from registry.cards.pixels import DECODING, FORMATS


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


def sideways() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_picture_taken_sideways_stands_upright() -> None:
    stored = photos.decode(picture(exif=sideways()))
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


def large(form: str) -> bytes:
    """A picture of 48 megapixels and few bytes."""
    return picture(form, (8_000, 6_000), compress_level=1)


AT_ONCE = """
import re, sys, threading
from db import Busy
from registry.cards import photos
from registry.cards.pixels import DECODING
taken = lambda name: int(re.search(name + r":\\s*(\\d+) kB", open("/proc/self/status").read())[1]) // 1000
content, before, answers = sys.stdin.buffer.read(), taken("VmRSS"), []
def upload():
    try:
        answers.append(photos.decode(content).width)
    except Busy:
        answers.append(0)
threads = [threading.Thread(target=upload) for _ in range(int(sys.argv[1]))]
for one in threads: one.start()
for one in threads: one.join()
assert set(answers) <= {photos.LONGEST_SIDE, 0} and photos.LONGEST_SIDE in answers, answers
print(taken("VmHWM") - before, taken("VmRSS") - before)
"""


def grown(content: bytes, at_once: int) -> tuple[int, int]:
    """(MB at the peak, MB that stay) of a process that decodes so many at once."""
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE, str(at_once)],
        input=content, capture_output=True, check=True,
    )  # fmt: skip
    peak, stay = done.stdout.split()
    return int(peak), int(stay)


def test_many_large_pictures_at_once_take_the_memory_of_one_and_give_it_back() -> None:
    """Twelve of 50 megapixels once took 2 GB."""
    peak, stay = grown(large("PNG"), 3)
    assert peak < 350  # the pixels, and no second copy of them
    assert stay < 100


def test_a_large_jpeg_is_never_decoded_at_its_full_size() -> None:
    assert grown(large("JPEG"), 1)[0] < 48 * 4


def test_a_picture_with_transparency_is_made_smaller_strip_by_strip() -> None:
    decoded = photos.decode(picture("PNG", (900, 9_000)))
    assert (decoded.width, decoded.height) == (200, 2000)
    with Image.open(io.BytesIO(decoded.content)) as stored:
        assert stored.getextrema() == Image.new("RGB", (1, 1), (10, 92, 88)).getextrema()


def test_a_webp_has_fewer_pixels_for_its_decoder_copies_each() -> None:
    out = io.BytesIO()
    Image.new("RGB", (6_000, 4_000)).save(out, "WEBP")
    with pytest.raises(Refused) as refused:
        photos.decode(out.getvalue())
    assert refused.value.facts["most"] == FORMATS["WEBP"]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_damaged_bytes_are_a_picture_or_no_picture_and_nothing_else(kind: str) -> None:
    good = picture(kind, size=(90, 60), exif=sideways())
    told = set()
    for at in range(2, len(good), max(1, len(good) // 120)):
        for flip in (0x5A, 0xFF):
            try:
                photos.decode(good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :])
            except Refused as refused:
                told.add(refused.code)
    assert told <= {"photo.no_picture", "photo.too_many_pixels"}
    assert "photo.no_picture" in told


def test_while_others_are_decoded_one_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DECODING, "wait_s", 0.01)
    with DECODING.take(DECODING.most), pytest.raises(Busy):
        photos.decode(picture())
    assert photos.decode(picture()).width == 640
