"""Who has signed in with this browser: its cookie bears a token, the database says whose (J1).

The signed cookie holds what is no secret of the server's and ends with it: the token, the CSRF
token (made anew at every sign-in), messages for the next page, and where a sign-in leads.
"""

from datetime import timedelta
from typing import Final, cast

from flask import Flask, Request, request, session
from flask_login import LoginManager, UserMixin, current_user

from portal import edge
from registry.org import CodeAsked, User, sessions
from registry.org.sessions import Device, Limits, Session

TOKEN: Final = "token"  # noqa: S105  # a key
HALF: Final = "half"
TARGET: Final = "target"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Who asks, and their session, as Flask-Login wants them."""

    def __init__(self, found: Session) -> None:
        self.user = found.user
        self.session = found


def install(app: Flask) -> None:
    """Every request is asked whose session it is of, once, when somebody wants to know."""
    login = LoginManager(app)
    login.login_view = "login.form"
    login.login_message = None
    login.session_protection = None  # addresses change behind offices' proxies
    login.request_loader(_load)
    app.extensions["panhuo.login"] = login


def limits() -> Limits:
    """How long sessions go on here."""
    settings = edge.settings()
    idle, hours = settings.session_idle_minutes, settings.session_hours
    return Limits(timedelta(minutes=idle), timedelta(hours=hours))


def device_lasts() -> timedelta:
    """How long a gun's or phone's token opens the API here."""
    return timedelta(days=edge.settings().device_days)


def _device() -> Device:
    said = request.headers.get("User-Agent", "")
    return Device(edge.client_address(), "".join(filter(str.isprintable, said)))


def _load(_request: Request) -> SignedIn | None:
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return None
    with edge.database().transaction("who asks") as conn:
        found = sessions.find(conn, token, limits(), edge.client_address(), edge.now())
    return SignedIn(found) if found else None


def present() -> Session:
    """The session of who asks. Only for routes that need a permission."""
    return cast(Session, current_user.session)


def begin(user: User) -> None:
    """The session of somebody who has signed in; nothing of before goes on."""
    end()
    with edge.database().transaction("begin session") as conn:
        session[TOKEN] = sessions.begin(conn, user, _device(), edge.now())


def begin_half(asked: CodeAsked, target: str) -> None:
    """The first step of a sign-in; the second must follow soon."""
    end()
    with edge.database().transaction("begin half a session") as conn:
        session[HALF] = sessions.begin_half(conn, asked, _device(), edge.now())
    session[TARGET] = target


def half() -> tuple[CodeAsked, str] | None:
    """Whose second step is awaited, and where they wanted to go; None where it took too long."""
    token = session.get(HALF)
    if not isinstance(token, str):
        return None
    with edge.database().transaction("who signs in") as conn:
        asked = sessions.half(conn, token, edge.now())
    return (asked, str(session.get(TARGET, ""))) if asked else None


def go_on(epoch: int) -> None:
    """Keep this session, with another token, where all others of the person have been ended."""
    with edge.database().transaction("renew session") as conn:
        session[TOKEN] = sessions.renew(conn, present().id, epoch)


def confirm() -> None:
    """The password was typed just now, and was right."""
    with edge.database().transaction("confirm session") as conn:
        session[TOKEN] = sessions.confirm(conn, present().id, edge.now())


def end() -> None:
    """End what this browser's cookie opens, and forget all that it bears."""
    tokens = [token for token in (session.get(TOKEN), session.get(HALF)) if token]
    if tokens:
        with edge.database().transaction("end session") as conn:
            for token in tokens:
                sessions.sign_out(conn, str(token))
    session.clear()
