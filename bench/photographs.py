"""Drawn photos of a printed label: what a phone in a hand makes of it, by kind of damage."""

import io
from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scanner.labels import FORMATS, Facts, drawn, font
from scanner.labels.picture import DOTS_203, painted

SCENE: Final = (1280, 960)
PORTAL: Final = "http://127.0.0.1:8000"
Rng = np.random.Generator


def label(code: str, key: str = "roll-60x40") -> Image.Image:
    """A label as a thermal printer of 203 dpi prints it: black or white, eight dots a mm."""
    facts = Facts(code, "台式计算机", "海口市图书馆", "采编部", "二楼 205", date(2026, 1, 3))
    face = font.found(None)
    image = painted(drawn(facts, FORMATS[key], PORTAL, face.width), face, DOTS_203)
    return image.point(lambda v: 235 if v > 127 else 20)


def scene(printed: Image.Image, rng: Rng, wide: float = 0.5, turn: float = 0.0,
          lean: float = 0.0, tilt: float = 0.0) -> Image.Image:  # fmt: skip
    """The label on a desk: its width as a share of the picture's, turned by degrees in the plane,
    leaning back about its horizontal and tilted about its vertical axis, in degrees.
    """
    width, height = SCENE
    half = wide * width / 2
    aspect = printed.height / printed.width
    corners = np.array([(-1, -aspect, 0), (1, -aspect, 0), (1, aspect, 0), (-1, aspect, 0)], float)
    spun = corners @ _about(2, turn) @ _about(0, lean) @ _about(1, tilt)
    seen = spun[:, :2] / (1 + spun[:, 2:] / 4.0) * half
    seen += np.array([width, height]) / 2 + rng.uniform(-0.04, 0.04, 2) * SCENE
    flat = [(0, 0), (printed.width, 0), (printed.width, printed.height), (0, printed.height)]
    large = printed.convert("L")
    how = _perspective(seen, np.array(flat, float))
    size, way = (width, height), Image.Transform.PERSPECTIVE
    moved = large.transform(size, way, how, Image.Resampling.BICUBIC)
    mask = Image.new("L", large.size, 255).transform(size, way, how, Image.Resampling.BICUBIC)
    desk = Image.fromarray(_desk(rng))
    return Image.composite(moved, desk, mask).filter(ImageFilter.GaussianBlur(0.7))


def _about(axis: int, degrees: float) -> NDArray[np.float64]:
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    first, second = [n for n in range(3) if n != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cos
    matrix[first, second], matrix[second, first] = sin, -sin
    return matrix


def _perspective(seen: NDArray[np.float64], flat: NDArray[np.float64]) -> list[float]:
    """Pillow's eight numbers that bring points of the picture back to the label."""
    rows = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    found: list[float] = np.linalg.solve(np.array(rows), flat.reshape(8)).tolist()
    return found


def _desk(rng: Rng) -> NDArray[np.uint8]:
    width, height = SCENE
    grain = rng.normal(0, 9, (height // 8, width // 8))
    soft = Image.fromarray(np.clip(120 + grain, 0, 255).astype(np.uint8)).resize(SCENE)
    return np.asarray(soft)


def noisy(image: Image.Image, rng: Rng, sigma: float) -> Image.Image:
    """Grain of a dark room, in grey levels."""
    pixels = np.asarray(image, float) + rng.normal(0, sigma, image.size[::-1])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def smeared(image: Image.Image, rng: Rng, length: int) -> Image.Image:
    """A hand that moves: along one direction, in px."""
    angle = rng.uniform(0, np.pi)
    pixels = np.asarray(image, float)
    steps = np.linspace(-length / 2, length / 2, length + 1)
    moved = [np.roll(pixels, (round(s * np.sin(angle)), round(s * np.cos(angle))), (0, 1))
             for s in steps]  # fmt: skip
    return Image.fromarray(np.mean(moved, 0).astype(np.uint8))


def glared(image: Image.Image, rng: Rng, radius: float) -> Image.Image:
    """A lamp in a glossy label: a white spot that fades, its radius a share of the picture."""
    spot = Image.new("L", SCENE, 0)
    x, y = np.array(SCENE) * (0.5 + rng.uniform(-0.2, 0.2, 2))
    size = radius * SCENE[0]
    ImageDraw.Draw(spot).ellipse((x - size, y - size * 0.6, x + size, y + size * 0.6), fill=255)
    spot = spot.filter(ImageFilter.GaussianBlur(size * 0.5))
    return Image.composite(Image.new("L", SCENE, 252), image, spot)


def shaded(image: Image.Image, rng: Rng, least: float) -> Image.Image:
    """A hand's shadow over part of it: down to `least` of the light."""
    x = np.linspace(-1, 1, SCENE[0])[None] + 0.6 * np.linspace(-1, 1, SCENE[1])[:, None]
    edge = 1 / (1 + np.exp(-(x + rng.uniform(-0.2, 0.2)) * rng.uniform(6, 25)))
    light = least + (1 - least) * edge
    return Image.fromarray((np.asarray(image, float) * light).astype(np.uint8))


def pale(image: Image.Image, levels: float, dark: float) -> Image.Image:
    """Little contrast: all greys within so many levels above `dark`."""
    return image.point(lambda v: dark + v * levels / 255)


def pressed(image: Image.Image, quality: int) -> Image.Image:
    """Through a messenger: JPEG of this quality."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def _all(printed: Image.Image, rng: Rng) -> Image.Image:
    turned = scene(printed, rng, rng.uniform(0.25, 0.5), rng.uniform(-25, 25),
                   rng.uniform(-35, 35), rng.uniform(-30, 30))  # fmt: skip
    worse = shaded(turned.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 1.8))), rng, 0.3)
    return pressed(noisy(pale(worse, rng.uniform(90, 200), 20), rng, rng.uniform(4, 14)), 40)


Make = Callable[[Image.Image, Rng], Image.Image]
KINDS: Final[dict[str, Make]] = {
    "straight": lambda p, r: scene(p, r, r.uniform(0.4, 0.6), r.uniform(-4, 4)),
    "turned": lambda p, r: scene(p, r, r.uniform(0.25, 0.5), r.uniform(-180, 180)),
    "angle": lambda p, r: scene(p, r, 0.4, r.uniform(-30, 30), r.uniform(60, 78), r.uniform(-20, 20)),
    "blur": lambda p, r: scene(p, r).filter(ImageFilter.GaussianBlur(r.uniform(2.5, 5.5))),
    "motion": lambda p, r: smeared(scene(p, r), r, int(r.integers(8, 24))),
    "noise": lambda p, r: noisy(scene(p, r, 0.4), r, r.uniform(15, 90)),
    "glare": lambda p, r: glared(scene(p, r, 0.5, r.uniform(-30, 30)), r, r.uniform(0.22, 0.45)),
    "low contrast": lambda p, r: noisy(pale(scene(p, r, 0.4), r.uniform(3, 14), r.uniform(20, 190)), r, 2),
    "shadow": lambda p, r: noisy(shaded(scene(p, r, 0.35), r, r.uniform(0.01, 0.06)), r, 2),
    "JPEG": lambda p, r: pressed(scene(p, r, 0.2), int(r.integers(2, 14))),
    "small": lambda p, r: scene(p, r, r.uniform(0.09, 0.18), r.uniform(-10, 10)),
    "all at once": _all,
}  # fmt: skip


def photograph(kind: str, seed: int, key: str = "roll-60x40") -> tuple[str, Image.Image]:
    """(the code on it, the photo) of this kind of damage; the same again for the same seed."""
    rng = np.random.default_rng([seed, *kind.encode()])
    code = f"TY{rng.integers(2010, 2027)}{rng.integers(0, 10**6):06}"
    return code, KINDS[kind](label(code, key), rng)
