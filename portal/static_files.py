"""Addresses of static files that change with their content, so that browsers may keep them."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"


@cache
def version(name: str) -> str:
    """The first letters of a file's SHA-256; '' where it isn't there."""
    path = FOLDER / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""


def address(name: str) -> str:
    """Where the browser finds a file of `static/`."""
    return f"/static/{name}?{version(name)}"
