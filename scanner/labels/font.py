"""The font of labels: where it is, and how wide its characters are."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from db import Refused

FONTS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
NAMES: Final = ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf")
SIMPLIFIED: Final = " SC"  # of the faces in a collection, the one with mainland forms
EM: Final = 1_000


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file; `index` counts in a collection."""

    path: Path
    index: int

    def sized(self, pixels: float) -> ImageFont.FreeTypeFont:
        """The face for drawing, its em so many pixels."""
        return _sized(self.path, self.index, pixels)

    def width(self, text: str) -> float:
        """How wide the text is, in ems."""
        return sum(_width(self.path, self.index, character) for character in text)


@lru_cache(maxsize=64)
def _sized(path: Path, index: int, pixels: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, pixels, index=index, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=16_384)
def _width(path: Path, index: int, character: str) -> float:
    return _sized(path, index, EM).getlength(character) / EM


@cache
def found(setting: Path | None) -> Face:
    """The face that the setting names, or that this machine has.

    Raises Refused 'label.no_font' where there is none, 'label.font_unreadable'.
    """
    path = setting or next((p for f in FONTS for name in NAMES for p in f.rglob(name)), None)
    if path is None:
        raise Refused("label.no_font")
    faces: list[str] = []
    try:
        while True:
            family = ImageFont.truetype(path, EM, index=len(faces)).getname()[0] or ""
            faces.append(family)
    except OSError as error:  # after the last face, or at the first
        if not faces:
            raise Refused("label.font_unreadable", path=str(path)) from error
    ours = (n for n, name in enumerate(faces) if name.endswith(SIMPLIFIED) and "Mono" not in name)
    return Face(path, next(ours, 0))
