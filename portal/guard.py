"""What stands around the application: it gets no senseless Host, and lets no bare error out."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog
from werkzeug.sansio.utils import host_is_trusted

from portal.security import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

# A year: whoever has once been here by HTTPS never comes by anything less.
HSTS: Final = ("Strict-Transport-Security", "max-age=31536000")
NO_SNIFFING: Final = ("X-Content-Type-Options", "nosniff")


class Guard:
    """Answers itself where the application can't, and adds what every answer bears."""

    def __init__(self, application: "WSGIApplication", https: bool) -> None:
        """`https`: people reach us by it, whatever the last proxy says."""
        self._application, self._https = application, https

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        borne = [NO_SNIFFING]
        if self._https or environ["wsgi.url_scheme"] == "https":
            borne.append(HSTS)

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _value in headers}
            more = [one for one in borne if one[0].lower() not in present]
            return start_response(status, [*headers, *more], exc_info)

        if not _can_be_host(environ.get("HTTP_HOST", "")):
            return _refuse("400 Bad Request", begin)
        try:
            return self._application(environ, begin)
        except Exception:
            log.exception("request fell through", path=environ.get("PATH_INFO", ""))
            return _refuse("500 Internal Server Error", begin, sys.exc_info())


def _can_be_host(text: str) -> bool:
    """Whether links may be made with it; none at all is HTTP/1.0's."""
    if not text:
        return True
    try:
        text.partition(":")[0].encode("idna")  # empty and too long labels
    except UnicodeError:
        return False
    return host_is_trusted(text)


def _refuse(status: str, begin: Any, exc_info: Any = None) -> list[bytes]:
    """In no frame and no words: nobody gets here by a page of ours."""
    body = f"{status}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *HEADERS.items(),
    ]
    begin(status, headers, exc_info)
    return [body]
