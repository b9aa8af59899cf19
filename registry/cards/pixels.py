"""Pictures from outside, decoded: few pixels at once in this process, and none of them twice.

A picture's file says little of what it takes: 50 megapixels are 200 MB, whatever their bytes.
"""

import ctypes
import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from PIL import ExifTags, Image, UnidentifiedImageError

from db import Budget, Refused

LARGEST_BYTES: Final = 15 * 10**6
MOST_PIXELS: Final = 50 * 10**6
# The most pixels of each format: WebP's decoder holds each of them four times.
FORMATS: Final = {"JPEG": MOST_PIXELS, "PNG": MOST_PIXELS, "WEBP": 20 * 10**6}
# Pixels at once, and seconds to wait for them: one of the largest, or several from a phone.
# Who waits holds a thread: few do.
DECODING: Final = Budget(MOST_PIXELS, 10, waiting=2)
MANY_PIXELS: Final = 4 * 10**6
STRIP: Final = 256  # rows, after they are made smaller
# What Pillow's decoders say of bytes that are damaged.
DAMAGED: Final = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, EOFError, ValueError, TypeError,
    SyntaxError, struct.error, LookupError, AttributeError, ArithmeticError,
)  # fmt: skip
TURNED: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decoded(content: bytes, mode: str, side: int, resample: Image.Resampling) -> Image.Image:
    """The picture in `mode` ('RGB', 'L'), upright, its longer side at most `side` px.

    Raises Refused 'photo.too_large' (bytes), 'photo.too_many_pixels', 'photo.no_picture'; `Busy`
    where others are being decoded. The caller holds no transaction meanwhile.
    """
    with _opened(content) as image:
        image.draft(mode, (side, side))  # a JPEG is decoded smaller at once
        image.load()
        turned = TURNED.get(image.getexif().get(ExifTags.Base.Orientation, 1))
        small = _smaller(image, mode, side)
        small.thumbnail((side, side), resample)
        return small.transpose(turned) if turned is not None else small


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """The picture, not yet decoded, with leave to decode it."""
    if len(content) > LARGEST_BYTES:
        size, most = f"{len(content) / 10**6:.1f}", LARGEST_BYTES // 10**6
        raise Refused("photo.too_large", field="photo", size=size, most=most)
    try:
        with warnings.catch_warnings():
            # The size is told by the header; Pillow's own bomb warning comes to the same.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=tuple(FORMATS))
        pixels, most = image.width * image.height, FORMATS[image.format or ""]
        if pixels > most:
            raise Refused("photo.too_many_pixels", field="photo", most=most)
        with DECODING.take(pixels * DECODING.most // most):
            with closing(image):  # `with image` closes its file and keeps its pixels
                yield image
            if pixels > MANY_PIXELS:
                _give_back()
    except DAMAGED as error:
        raise Refused("photo.no_picture", field="photo") from error


def _give_back() -> None:
    """Let go of what was freed: glibc keeps it for this thread, hundreds of megabytes in all."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries keep nothing
    if trim is not None:
        trim(0)


def _smaller(image: Image.Image, mode: str, side: int) -> Image.Image:
    """In `mode`, still twice as long as `side` or more: strip by strip, without a second copy."""
    times = max(image.size) // (2 * side)
    if times < 2:
        return image.convert(mode)
    width, height = (-(-length // times) for length in image.size)
    small = Image.new(mode, (width, height))
    for top in range(0, height, STRIP):
        part = (0, top * times, image.width, min((top + STRIP) * times, image.height))
        small.paste(image.crop(part).convert(mode).reduce(times), (0, top))
    return small
