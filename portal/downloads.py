"""Answers that browsers keep as files."""

from typing import IO
from urllib.parse import quote

from flask import Response, request
from werkzeug.wsgi import wrap_file


def kept_as(response: Response, name: str) -> Response:
    """The response, to be kept as a file called `name`, in any script (RFC 6266)."""
    safe = (c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    plain = "".join(safe)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response


def sent(file: IO[bytes], media: str, name: str) -> Response:
    """A file that was written, read from its start while it is sent, and closed then."""
    size = file.seek(0, 2)
    file.seek(0)
    response = Response(wrap_file(request.environ, file), mimetype=media, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = size
    return kept_as(response, name)
