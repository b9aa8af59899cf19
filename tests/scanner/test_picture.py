"""Photographed at an angle, with blur, glare and noise, a label still decodes (H2, H5)."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from bench.decode import file
from bench.photographs import KINDS, label, photograph, scene
from db import Refused
from registry.cards import pixels
from scanner.decode import in_symbol, picture

FORMATS = ("roll-60x40", "roll-40x30")
# Of four photos, how many must be read: each seed is drawn the same every time.
LEAST = {
    **dict.fromkeys(KINDS, 4),
    "blur": 3, "motion": 3, "low contrast": 2, "shadow": 3, "small": 3, "all at once": 3,
}  # fmt: skip


def codes(found: list[picture.Found]) -> set[tuple[str, ...]]:
    return {in_symbol(symbol.text) for symbol in found}


@pytest.mark.parametrize("kind", KINDS)
def test_a_photographed_label_decodes(kind: str) -> None:
    read, plain = 0, 0
    for seed in range(4):
        code, image = photograph(kind, seed, FORMATS[seed % 2])
        found = picture.read(file(image), budget=60)
        assert codes(found) <= {(code,)}  # never a code that is not on it
        read += bool(found)
        plain += any(code in text for text in picture.plain(file(image)))
    assert read >= max(LEAST[kind], plain)


def test_a_barcode_that_only_one_line_crossed_is_not_believed() -> None:
    code, image = photograph("turned", 11, "roll-40x30")  # plain pyzbar reads another code in it
    half = next(one for one in picture.TRIES if one.name == "half")
    assert codes(picture.read(file(image), budget=60, tries=[half])) <= {(code,)}


def test_what_a_camera_reads_is_not_taken_for_another_keyboards() -> None:
    assert in_symbol("'Y2016489602") == ()
    assert in_symbol("https://h.example/c/ty2016489602") == ("TY2016489602",)


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that goes on by so much at each look."""
    now = [0.0]

    def look() -> float:
        now[0] += seconds
        return now[0]

    return look


def test_no_try_begins_that_would_end_after_the_time() -> None:
    began: list[str] = []

    def noted(name: str) -> picture.Try:
        def treat(image: Image.Image) -> Image.Image:
            began.append(name)
            return image

        return picture.Try(name, 0.1, treat)

    empty = file(Image.new("L", (200, 200), 128))
    tries = [noted(str(n)) for n in range(20)]
    assert picture.read(empty, clock=ticking(0.1), tries=tries) == []
    assert len(began) == 5  # each takes 0.1 s and a look between: the sixth might end too late


def test_kind_and_place_are_told() -> None:
    code, image = photograph("straight", 1)
    found = {one.kind: one for one in picture.read(file(image), budget=60)}
    assert found["qrcode"].text.endswith(f"/c/{code}")
    left, top, right, bottom = found["qrcode"].where
    assert 0.1 < left < right < 0.6
    assert 0.2 < top < bottom < 0.8
    if "code128" in found:
        assert found["code128"].where[1] > top


def test_a_photo_lying_on_its_side_is_read_where_a_person_sees_it() -> None:
    import numpy as np

    image = scene(label("TY2026000001"), np.random.default_rng(1), 0.4)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    out = io.BytesIO()
    image.rotate(90, expand=True).save(out, "JPEG", exif=exif)
    upright = picture.read(file(image), budget=60)[0].where
    turned = picture.read(out.getvalue(), budget=60)[0].where
    assert all(abs(one - other) < 0.05 for one, other in zip(upright, turned, strict=True))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"no picture", "photo.no_picture"), (b"\xff\xd8\xff\xe0broken", "photo.no_picture"),
     (b"x" * (pixels.LARGEST_BYTES + 1), "photo.too_large")],
)  # fmt: skip
def test_what_is_no_photo_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        picture.read(content)
    assert refused.value.code == code


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(out, "PNG")
    with pytest.raises(Refused) as refused:
        picture.read(out.getvalue())
    assert refused.value.code == "photo.too_many_pixels"
