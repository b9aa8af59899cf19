"""Files that a request brings: each read once, empty ones left out."""

from collections.abc import Iterator

from flask import request


def files(name: str) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file of the field `name` that the browser really sent."""
    for one in request.files.getlist(name):
        if one.filename:
            yield one.filename, one.read()
