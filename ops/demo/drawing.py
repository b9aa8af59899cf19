"""The demo's photos: the portal's line drawings, painted with Pillow, with a nameplate."""

import io
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from portal.plates import PLATES

WIDTH, HEIGHT = 800, 600
SCALE: Final = 2  # painted larger, then made smaller: smooth edges
GROUNDS: Final = ((233, 239, 237), (238, 236, 229), (230, 236, 241), (240, 235, 233))
FILLS: Final = {"a": (255, 255, 255), "b": (207, 222, 219), "c": (127, 162, 156), "h": (10, 92, 88)}
GROUND_SHADE: Final = 12
INK: Final = (42, 71, 66)
TAG: Final = re.compile(r"<(\w+)([^>]*?)/?>")
ATTRIBUTE: Final = re.compile(r'([\w-]+)="([^"]*)"')
TOKEN: Final = re.compile(r"[a-zA-Z]|-?\d*\.?\d+")
FONTS: Final = Path("/usr/share/fonts")
STEPS: Final = 12  # of a curve

Point = tuple[float, float]


def photo(plate: str, ground: int, name: str, code: str, owner: str) -> bytes:
    """A JPEG of the drawing `plate` on one of the grounds, with the asset's nameplate."""
    image = _painted(plate, ground % len(GROUNDS)).copy()
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = 36, HEIGHT - 112, 420, HEIGHT - 28
    draw.rounded_rectangle((left, top, right, bottom), 6, (252, 253, 253), INK, 2)
    draw.rectangle((left + 1, top + 8, left + 7, bottom - 8), FILLS["h"])
    draw.text((left + 20, top + 8), name, INK, _font(22))
    draw.text((left + 20, top + 36), code, INK, _font(20))
    draw.text((left + 20, top + 60), owner, (93, 108, 103), _font(16))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font with Chinese letters, where there is one."""
    found = sorted(FONTS.rglob("NotoSansCJK-Regular.*"))
    return ImageFont.truetype(str(found[0]), size) if found else ImageFont.load_default(size)


@cache
def _painted(plate: str, ground: int) -> Image.Image:
    red, green, blue = GROUNDS[ground]
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), (red, green, blue))
    draw = ImageDraw.Draw(image)
    for tag, attributes in TAG.findall(PLATES[plate]):
        values = dict(ATTRIBUTE.findall(attributes))
        classes = set(values.get("class", "").split())
        fill = next((FILLS[c] for c in "abch" if c in classes), None)
        if "g" in classes:
            fill = (red - GROUND_SHADE, green - GROUND_SHADE + 3, blue - GROUND_SHADE + 2)
        thick = 1.5 if "t" in classes else 2.5
        line = thick * _unit() if classes & {"s", "k"} else 0.0
        for points, closed in OUTLINES[tag](values):
            _shape(draw, [_place(p) for p in points], fill if "k" not in classes else None, line,
                   closed)  # fmt: skip
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _unit() -> float:
    return WIDTH * SCALE / 320


def _place(point: Point) -> Point:
    """From the drawing's 320 x 240 to the picture."""
    return point[0] * _unit(), point[1] * _unit()


def _shape(
    draw: ImageDraw.ImageDraw,
    points: list[Point],
    fill: tuple[int, int, int] | None,
    line: float,
    closed: bool,
) -> None:
    if fill is not None and len(points) > 2:
        draw.polygon(points, fill)
    if line:
        path = [*points, points[0]] if closed else points
        draw.line(path, INK, round(line), joint="curve")
        for x, y in (path[0], path[-1]):
            draw.ellipse((x - line / 2, y - line / 2, x + line / 2, y + line / 2), INK)


Outlines = Iterator[tuple[list[Point], bool]]


def _rectangle(values: dict[str, str]) -> Outlines:
    x, y = float(values.get("x", 0)), float(values.get("y", 0))
    w, h = float(values["width"]), float(values["height"])
    yield [(x, y), (x + w, y), (x + w, y + h), (x, y + h)], True


def _circle(values: dict[str, str]) -> Outlines:
    x, y, r = (float(values[name]) for name in ("cx", "cy", "r"))
    angles = (2 * math.pi * n / 48 for n in range(48))
    yield [(x + r * math.cos(a), y + r * math.sin(a)) for a in angles], True


def _path(values: dict[str, str]) -> Outlines:
    """Sub-paths of the commands that the drawings use: M L H V C S Q T Z, either case."""
    tokens = TOKEN.findall(values["d"])
    points: list[Point] = []
    at: Point = (0.0, 0.0)
    control: Point | None = None
    command, n = "", 0
    while n < len(tokens):
        if tokens[n].isalpha():
            command, n = tokens[n], n + 1
        if command in "Zz":
            yield points, True
            at, points = points[0], []
            continue
        count = ARGUMENTS[command.upper()]
        numbers = [float(token) for token in tokens[n : n + count]]
        n += count
        if command in "Mm":
            if len(points) > 1:
                yield points, False
            at = _moved(command, numbers, at)[0]
            points = [at]
            command = "L" if command == "M" else "l"
            continue
        if not points:
            points = [at]
        new, control = _curve(command, numbers, at, control)
        points.extend(new)
        at = points[-1]
    if len(points) > 1:
        yield points, False


ARGUMENTS: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2}


def _moved(command: str, numbers: list[float], at: Point) -> list[Point]:
    """The points of a command, made absolute."""
    dx, dy = at if command.islower() else (0.0, 0.0)
    if command in "Hh":
        return [(numbers[0] + dx, at[1])]
    if command in "Vv":
        return [(at[0], numbers[0] + dy)]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(x + dx, y + dy) for x, y in pairs]


def _curve(
    command: str, numbers: list[float], at: Point, control: Point | None
) -> tuple[list[Point], Point | None]:
    """Points along one command, and the control point that a following S mirrors."""
    points = _moved(command, numbers, at)
    if command in "CcSs":
        mirrored = (2 * at[0] - control[0], 2 * at[1] - control[1]) if control else at
        first = mirrored if command in "Ss" else points[0]
        second, end = points[-2], points[-1]
        return [_cubic(at, first, second, end, k / STEPS) for k in range(1, STEPS + 1)], second
    if command in "QqTt":
        mirrored = (2 * at[0] - control[0], 2 * at[1] - control[1]) if control else at
        middle, end = points if command in "Qq" else (mirrored, points[0])
        first = _between(at, middle, 2 / 3)
        second = _between(end, middle, 2 / 3)
        return [_cubic(at, first, second, end, k / STEPS) for k in range(1, STEPS + 1)], middle
    return points, None


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _cubic(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x = w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0]
    y = w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1]
    return x, y


OUTLINES: Final = {"rect": _rectangle, "circle": _circle, "path": _path}
