"""Answers that browsers keep as files."""

from urllib.parse import quote

from flask import Response


def kept_as(response: Response, name: str) -> Response:
    """The response, to be kept as a file called `name`, in any script (RFC 6266)."""
    safe = (c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    plain = "".join(safe)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response
