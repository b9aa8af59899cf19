"""The app's icon as PNG: the mark of `static/img/mark.svg`, drawn at any size."""

import io
from functools import cache
from typing import Final

from PIL import Image, ImageDraw

SEA: Final = "#0a5c58"
WHITE: Final = "#ffffff"
FINER: Final = 4  # drawn so much larger, then scaled down: smooth edges
GRID: Final = 26  # the mark's own units
# Launchers cut a circle of 80 % out of it, so that the mark stays within.
SCALE: Final = 0.86


@cache
def icon(size: int) -> bytes:
    """A square of `size` pixels, full to its edges."""
    whole = size * FINER
    image = Image.new("RGB", (whole, whole), SEA)
    draw = ImageDraw.Draw(image)
    unit = whole / GRID * SCALE
    edge = whole * (1 - SCALE) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return edge + x * unit, edge + y * unit

    width = round(2 * unit)
    half = width / 2 / unit
    draw.arc([*at(6 - half, 6 - half), *at(20 + half, 20 + half)], 0, 311, WHITE, width)
    for x, y in ((20.0, 13.0), (17.6, 7.7)):
        draw.ellipse([*at(x - half, y - half), *at(x + half, y + half)], WHITE)
    wave = [at(*point) for point in _wave()]
    for x, y in wave:
        draw.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], WHITE)
    kept = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _wave() -> list[tuple[float, float]]:
    """Points of `M6.5 14.2c2-2 4.2-2 6.5 0s4.5 2 6.5 0`, close enough to make a line."""
    first = ((6.5, 14.2), (8.5, 12.2), (10.7, 12.2), (13.0, 14.2))
    second = ((13.0, 14.2), (15.3, 16.2), (17.5, 16.2), (19.5, 14.2))
    return [_bezier(curve, step / 200) for curve in (first, second) for step in range(201)]


def _bezier(curve: tuple[tuple[float, float], ...], t: float) -> tuple[float, float]:
    parts = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    x = sum(part * point[0] for part, point in zip(parts, curve, strict=True))
    y = sum(part * point[1] for part, point in zip(parts, curve, strict=True))
    return x, y
