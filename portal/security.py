"""What protects every answer: headers, cookies that scripts can't read, a request's id."""

import secrets
import time
from typing import Final

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect

from portal import asked, cookies, edge, signed_in

log = structlog.get_logger(__name__)

# Nothing from elsewhere, nothing inline; Tabler's check marks are data: images.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The phone app reads codes with wasm, films, shows photos of its own, and keeps a worker (H2, H3).
APP_HEADERS: Final = {
    "Content-Security-Policy": POLICY.replace(
        "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
    ).replace("img-src 'self' data:", "img-src 'self' data: blob:")
    + "; worker-src 'self'; media-src 'self' blob:",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


def install(app: Flask, secret: str) -> None:
    """Sign-ins, CSRF, headers and request ids for the whole application."""
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="panhuo",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=20_500_000,  # the largest file, and a form around it
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = cookies.Sessions()
    app.before_request(_begin)  # first: a refused token has a request id too
    CSRFProtect(app)
    app.before_request(asked.refuse_nul)
    signed_in.install(app)
    app.after_request(_finish)


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.began = time.monotonic()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = edge.request_id()
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
        took = time.monotonic() - g.get("began", time.monotonic())
        response.headers["Server-Timing"] = f"app;dur={took * 1000:.1f}"
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(took * 1000, 1),
            user=_who(),
            address=edge.client_address(),
        )
    structlog.contextvars.unbind_contextvars("request")
    return response


def _who() -> str:
    """The login, without asking the database for the log's sake."""
    known = g.get("_login_user")
    return known.user.login if isinstance(known, signed_in.SignedIn) else "-"
