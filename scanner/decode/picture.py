"""Codes in an uploaded photo: read in several ways until one succeeds or the time is up (H2)."""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps
from pyzbar import pyzbar

from registry.cards import pixels
from scanner.decode import zbar

BUDGET_S: Final = 1.0
SIDE: Final = 1_400  # px of the longest side: more costs time and reads no better
# Code 128 has one check among 103: what a single line across the bars says may be wrong.
SURE_LINES: Final = 2
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol in the photo: its text, 'qrcode' or 'code128', and where: (left, top, right, bottom)
    as shares of the upright photo's width and height. `tried`: the way in which it was read.
    """

    text: str
    kind: str
    where: tuple[float, float, float, float]
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """One way to look: the part of the photo (shares), how much larger, and what is done to it."""

    name: str
    scale: float
    treat: Callable[[Image.Image], Image.Image]
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


def _even(image: Image.Image) -> Image.Image:
    """Against shadow, glare and little contrast: each pixel against its surroundings."""
    around = image.filter(ImageFilter.BoxBlur(max(image.size) / 45))
    return ImageChops.subtract(image, around, 0.125, 128)


def _sharp(radius: float, percent: int) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.filter(ImageFilter.UnsharpMask(radius, percent, 0))


def _soft(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1.5))


def _levelled(image: Image.Image) -> Image.Image:
    """Every grey as often as any other: the last of what a few levels hold."""
    return ImageOps.equalize(_soft(image))


def _as_it_is(image: Image.Image) -> Image.Image:
    return image


def _spread(image: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(image, 1)


def _turned(degrees: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.rotate(
        degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=128
    )


def _tall(image: Image.Image) -> Image.Image:
    """Against a label that leans back."""
    return image.resize((image.width, image.height * 2), Image.Resampling.BICUBIC)


MIDDLE: Final = (0.25, 0.25, 0.75, 0.75)
# In the order that reads most in the least time, as measured by `python -m bench.decode --tries`.
TRIES: Final = (
    Try("half", 0.5, _as_it_is),
    Try("as it is", 1.0, _as_it_is),
    Try("sharpened", 1.0, _sharp(4, 400)),
    Try("half, even", 0.5, _even),
    Try("softened", 1.0, _soft),
    Try("levelled", 1.0, _levelled),
    Try("middle, twice", 2.0, _spread, MIDDLE),
    Try("much sharpened", 0.6, _sharp(5, 600)),
    Try("third, even", 0.35, _even),
    Try("tall", 1.0, _tall),
    Try("softened, even", 1.0, lambda image: _even(_soft(image))),
    Try("middle, thrice", 3.0, _sharp(3, 200), (0.3, 0.3, 0.7, 0.7)),
    Try("turned", 1.0, _turned(45)),
    *(
        Try(f"tile {x:g} {y:g}", 2.0, _spread, (x, y, x + 0.5, y + 0.5))
        for y in (0.0, 0.5)
        for x in (0.0, 0.5)
    ),
)


def read(
    content: bytes,
    clock: Clock = time.monotonic,
    budget: float = BUDGET_S,
    tries: Sequence[Try] = TRIES,
) -> list[Found]:
    """The symbols of an uploaded photo, from top to bottom; nothing where none was read in time.

    `clock` tells seconds. Raises as `pixels.decoded`.
    """
    until = clock() + budget
    grey = pixels.decoded(content, "L", SIDE, Image.Resampling.BOX)
    slowest = 0.0
    for one in tries:
        began = clock()
        if began + slowest > until:  # the next may take as long as the slowest did
            break
        found = sorted(_tried(grey, one), key=lambda symbol: symbol.where[1])
        if found:
            return found
        slowest = max(slowest, clock() - began)
    return []


def _tried(grey: Image.Image, one: Try) -> Iterator[Found]:
    width, height = grey.size
    left, top, right, bottom = one.part
    size = (max(1, round((right - left) * width * one.scale)),
            max(1, round((bottom - top) * height * one.scale)))  # fmt: skip
    box = (left * width, top * height, right * width, bottom * height)
    seen = one.treat(grey.resize(size, Image.Resampling.BICUBIC, box=box))
    for symbol in zbar.symbols(seen):
        if symbol.kind == "code128" and symbol.quality < SURE_LINES:
            continue
        at = symbol.where
        place = (at[0] / seen.width, at[1] / seen.height, at[2] / seen.width, at[3] / seen.height)
        across, along = right - left, bottom - top
        where = (left + place[0] * across, top + place[1] * along,
                 left + place[2] * across, top + place[3] * along)  # fmt: skip
        yield Found(symbol.text, symbol.kind, where, one.name)


def plain(content: bytes) -> list[str]:
    """What pyzbar reads without any of this, for comparison."""
    with Image.open(io.BytesIO(content)) as image:
        return [symbol.data.decode("utf-8", "replace") for symbol in pyzbar.decode(image)]
