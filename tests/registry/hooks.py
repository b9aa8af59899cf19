"""What tests of webhooks and of the notifier share."""

from datetime import UTC, datetime

from db import Connection
from registry import notices
from registry.notices import Event, webhooks
from registry.org import User, UserType
from registry.org.roles import Role
from tests.registry.conftest import NOW, Organisation, _insert

FACTS = {"number": "BD-2026-000007", "title": "书架", "actor": "林晓岚", "opinion": ""}


def library_admin(conn: Connection, organisation: Organisation) -> User:
    """The library's administrator."""
    return administrator(conn, organisation, "library-admin", "图书馆")


def administrator(conn: Connection, organisation: Organisation, login: str, unit: str) -> User:
    unit_id = organisation.units[unit]
    key = _insert(conn, unit_id, login, unit, UserType.SYSTEM, Role.ADMINISTRATOR)
    return User(
        key,
        login,
        login,
        UserType.SYSTEM,
        unit_id,
        unit,
        None,
        frozenset({Role.ADMINISTRATOR}),
        True,
        0,
    )


def tell(
    conn: Connection,
    organisation: Organisation,
    *logins: str,
    event: Event = Event.REVIEW_APPROVED,
    address: str = "/changes/7",
) -> None:
    keys = [organisation.users[login] for login in logins or ("clerk",)]
    with conn.transaction():
        notices.tell(conn, keys, event, address, datetime.now(UTC), **FACTS)


def add(conn: Connection, admin: User, url: str, *events: Event) -> tuple[int, str]:
    with conn.transaction():
        return webhooks.add(conn, admin, "办公系统", url, events or tuple(Event), NOW)


def states(conn: Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT state, count(*) FROM delivery GROUP BY 1").fetchall())
