"""What protects every answer: headers, sessions that end, a request's id."""

import secrets
import time
from typing import Final

import structlog
from flask import Flask, Response, g, request, session
from flask_login import LoginManager, UserMixin, current_user, logout_user
from flask_wtf.csrf import CSRFProtect

from portal import asked, cookies, edge
from registry import org
from registry.org import CodeAsked, User

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
BEGAN: Final = "began"
SEEN: Final = "seen"
EPOCH: Final = "epoch"
HALF: Final = "half"
HALF_S: Final = 5 * 60  # between the password and the code
SEEN_EVERY_S: Final = 60


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A user as Flask-Login wants them."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """What the session keeps."""
        return str(self.user.id)


def install(app: Flask, secret: str) -> None:
    """Sessions, CSRF, headers and request ids for the whole application."""
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="panhuo",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=20 * 10**6,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = cookies.Sessions()
    app.before_request(_begin)  # first: a refused token has a request id too
    CSRFProtect(app)
    app.before_request(asked.refuse_nul)
    login = LoginManager(app)
    login.login_view = "login.form"
    login.login_message = None
    login.session_protection = None  # addresses change behind offices' proxies
    login.user_loader(_load)
    app.extensions["panhuo.login"] = login
    app.after_request(_finish)


def begin_session(user: User) -> None:
    """Note when the session began, for its time-outs."""
    session[BEGAN] = session[SEEN] = int(time.time())
    session[EPOCH] = user.session_epoch


def begin_half(asked: CodeAsked, target: str) -> None:
    """Note the first step of a sign-in; the second must follow soon."""
    session[HALF] = [asked.user_id, asked.session_epoch, int(time.time()), target]


def half() -> tuple[CodeAsked, str] | None:
    """The first step, and where the person wanted to go; None where it is too long ago."""
    if HALF not in session:
        return None
    user_id, epoch, at, target = session[HALF]
    if not 0 <= int(time.time()) - at <= HALF_S:
        return None
    return CodeAsked(user_id, epoch), target


def go_on(epoch: int) -> None:
    """Keep this session where all others of the person have been ended."""
    session[EPOCH] = epoch


def _load(key: str) -> SignedIn | None:
    """Who the session says, unless it has ended, they have been shut out, or signed out."""
    settings, now = edge.settings(), int(time.time())
    idle = now - session.get(SEEN, 0) > settings.session_idle_minutes * 60
    over = now - session.get(BEGAN, 0) > settings.session_hours * 3600
    if idle or over or not key.isdigit():
        return None
    with edge.database().transaction("who asks") as conn:
        found = org.user(conn, int(key))
    if found is None or not found.active or found.session_epoch != session.get(EPOCH):
        return None
    if now - session[SEEN] > SEEN_EVERY_S:
        session[SEEN] = now
    return SignedIn(found)


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
        )
    structlog.contextvars.unbind_contextvars("request")
    return response


def _who() -> str:
    """The login, without asking the database for the log's sake."""
    known = g.get("_login_user")
    return known.user.login if isinstance(known, SignedIn) else "-"


def sign_out() -> None:
    """End this session."""
    if current_user.is_authenticated:
        logout_user()
    session.clear()
