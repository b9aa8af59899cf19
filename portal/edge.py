"""The edge between a request and the rooms below: the database, who asks, and when."""

from datetime import UTC, datetime
from typing import cast

from flask import current_app, g, request
from flask_login import current_user
from jinja2 import Template

from db import Database
from portal.settings import PortalSettings
from registry.org import User


def database() -> Database:
    """This process's database. Whoever is in a transaction gets no second connection: where all
    who have one wait for another, nobody goes on.
    """
    found = cast(Database, current_app.extensions["panhuo.database"])
    _refuse_within(found, "a second connection")
    return found


def refuse_drawing_within(_app: object, template: Template, **_more: object) -> None:
    """No connection is held while a page is drawn: a view returns a `Page` instead."""
    held = cast(Database, current_app.extensions["panhuo.database"])
    _refuse_within(held, str(template.name))


def _refuse_within(found: Database, what: str) -> None:
    if found.held:
        raise RuntimeError(f"within the transaction {found.held!r}: {what}")


def settings() -> PortalSettings:
    """The portal's settings."""
    return cast(PortalSettings, current_app.extensions["panhuo.settings"])


def second_factor_key() -> bytes:
    """What opens the kept secrets of second factors."""
    return cast(bytes, current_app.extensions["panhuo.second_factor_key"])


def viewer() -> User:
    """Who asks. Only for routes that need a permission: there somebody is signed in."""
    return cast(User, current_user.user)


def client_address() -> str:
    """Whence the request comes: what a trusted proxy says, else the other end of the connection.

    Log, audit and throttling take it from here; '' where there is none.
    """
    return request.remote_addr or ""


def is_secure() -> bool:
    """Whether the reader is here by HTTPS: a trusted proxy says so, or the portal's address."""
    return request.is_secure or bool(current_app.extensions["panhuo.https"])


def request_id() -> str:
    """The id that log lines, audit entries and error pages of this request share."""
    return cast(str, g.get("request_id", ""))


def now() -> datetime:
    """The moment of this request: one and the same for all that it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return cast(datetime, g.now)
