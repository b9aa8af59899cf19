"""The picture that an authenticator reads: a QR code as SVG paths, without any inline style."""

from typing import NamedTuple

import qrcode


class Picture(NamedTuple):
    """How many modules wide, and the dark ones as one path."""

    size: int
    path: str


def picture(address: str) -> Picture:
    """The QR code of an address, with the quiet margin that it needs."""
    code = qrcode.QRCode(border=4)
    code.add_data(address)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return Picture(len(rows), path)
