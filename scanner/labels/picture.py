"""A label as a picture: the preview, and what a thermal printer makes of it."""

import io
from typing import Final

from PIL import Image, ImageDraw

from scanner.labels.font import Face
from scanner.labels.layout import Drawing

DOTS_203: Final = 8  # a millimetre
DOTS_SHOWN: Final = 12  # of a preview on a screen


def painted(drawing: Drawing, face: Face, dots: int = DOTS_203) -> Image.Image:
    """The label in grey, so many dots a millimetre."""
    size = (round(drawing.width * dots), round(drawing.height * dots))
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for box in drawing.dark:
        left, top = round(box.x * dots), round(box.y * dots)
        right, bottom = round(box.right * dots), round(box.bottom * dots)
        draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    for line in drawing.lines:
        font = face.sized(line.size * dots)
        draw.text((line.x * dots, line.y * dots), line.text, fill=0, font=font, anchor="ls")
    return image


def png(drawing: Drawing, face: Face, dots: int) -> bytes:
    """The same as a file."""
    out = io.BytesIO()
    painted(drawing, face, dots).save(out, "PNG", optimize=True)
    return out.getvalue()
