"""ZBar, asked for a symbol's bytes: made into text by itself, it takes GBK for Big5 (H2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_void_p, cast, string_at
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image
from pyzbar import wrapper as zbar
from pyzbar.wrapper import ZBarConfig, ZBarSymbol

SYMBOLS: Final = frozenset({ZBarSymbol.QRCODE, ZBarSymbol.CODE128})
GREY: Final = int.from_bytes(b"Y800", "little")
# ZBAR_CFG_BINARY, since 0.23.1; pyzbar knows the number by the name that it had before.
BYTES: Final = ZBarConfig.CFG_NUM
# In this order: what is UTF-8 is hardly ever anything else; labels made in China know two. The last
# reads anything.
ENCODINGS: Final = ("utf-8-sig", "gb18030", "latin-1")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol of the kind 'qrcode' or 'code128', and the pixels that it spans: (left, top, right,
    bottom). `quality`: in how many lines across it was read.
    """

    data: bytes
    kind: str
    where: tuple[int, int, int, int]
    quality: int

    @property
    def text(self) -> str:
        """What it says."""
        return text_of(self.data)


def text_of(data: bytes) -> str:
    """The bytes of a symbol as text, in the first encoding that they can be."""
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads anything")


def symbols(image: Image.Image) -> list[Symbol]:
    """The symbols in a grey image."""
    pixels = image.tobytes()
    with _scanner() as scanner, _picture() as picture:
        zbar.zbar_image_set_format(picture, GREY)
        zbar.zbar_image_set_size(picture, *image.size)
        zbar.zbar_image_set_data(picture, cast(c_char_p(pixels), c_void_p), len(pixels), None)
        zbar.zbar_scan_image(scanner, picture)
        return [_read(one) for one in _each(picture)]


@contextmanager
def _scanner() -> Iterator[Any]:
    scanner = zbar.zbar_image_scanner_create()
    try:
        for one in ZBarSymbol:
            wanted = int(one in SYMBOLS)
            zbar.zbar_image_scanner_set_config(scanner, one, ZBarConfig.CFG_ENABLE, wanted)
        zbar.zbar_image_scanner_set_config(scanner, ZBarSymbol.QRCODE, BYTES, 1)
        yield scanner
    finally:
        zbar.zbar_image_scanner_destroy(scanner)


@contextmanager
def _picture() -> Iterator[Any]:
    picture = zbar.zbar_image_create()
    try:
        yield picture
    finally:
        zbar.zbar_image_destroy(picture)


def _each(picture: Any) -> Iterator[Any]:
    one = zbar.zbar_image_first_symbol(picture)
    while one:
        yield one
        one = zbar.zbar_symbol_next(one)


def _read(one: Any) -> Symbol:
    corners = range(zbar.zbar_symbol_get_loc_size(one))
    across = [zbar.zbar_symbol_get_loc_x(one, n) for n in corners]
    down = [zbar.zbar_symbol_get_loc_y(one, n) for n in corners]
    data = string_at(zbar.zbar_symbol_get_data(one), zbar.zbar_symbol_get_data_length(one))
    kind = ZBarSymbol(one.contents.type).name.lower()
    where = (min(across), min(down), max(across), max(down))
    return Symbol(data, kind, where, zbar.zbar_symbol_get_quality(one))
