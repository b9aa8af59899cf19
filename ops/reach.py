"""How processes and commands reach the database: a URL that is set, or the running demo."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from db import (
    Connection,
    Database,
    DatabaseSettings,
    Refused,
    roles,
    secrets,
    single_connection,
)
from db.roles import DatabaseRole
from db.server import DATABASE, Server, load_secrets, secrets_of

RUNNING = "running.json"


def note_running(data: Path, server: Server) -> None:
    """Leave a note, readable by the owner only, of where the private server listens."""
    note = {"admin_url": server.admin_url, "pid": os.getpid()}
    secrets.write(data / RUNNING, json.dumps(note))


def forget_running(data: Path) -> None:
    """Take the note away."""
    (data / RUNNING).unlink(missing_ok=True)


def running(data: Path) -> Server | None:
    """The private server that a living process runs for this data folder."""
    try:
        note = json.loads((data / RUNNING).read_text())
        os.kill(note["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return Server(note["admin_url"], load_secrets(data), private=True)


def url_of(role: DatabaseRole, settings: DatabaseSettings) -> str:
    """The URL by which this process or command connects as `role`.

    `PANHUO_DATABASE_URL` as it is where it is the role's own. Where it is an administrator's or
    another role's it names the server, and the password is the data folder's. Where it is unset:
    the running demo. Raises Refused 'ops.nothing_runs', 'ops.no_password'.
    """
    if not settings.database_url:
        return _demo(settings).url(role)
    url = settings.database_url.get_secret_value()
    own = roles.role_of(url)
    if own is role:
        return url
    password = secrets.read(secrets_of(settings.data)).get(role.value)
    if password is None:
        raise Refused("ops.no_password", role=role.value, data=str(settings.data.resolve()))
    database = roles.database_of(url) if own else DATABASE
    return roles.url_for(url, role, password, database)


def admin_url(settings: DatabaseSettings) -> str:
    """An administrator's URL; Refused 'ops.admin_needed' where the URL is a process's own."""
    if not settings.database_url:
        return _demo(settings).admin_url
    url = settings.database_url.get_secret_value()
    if own := roles.role_of(url):
        raise Refused("ops.admin_needed", role=own.value)
    return url


def _demo(settings: DatabaseSettings) -> Server:
    server = running(settings.data)
    if server is None:
        raise Refused("ops.nothing_runs", data=str(settings.data))
    return server


@contextmanager
def connected(role: DatabaseRole) -> Iterator[Connection]:
    """A command's connection: one transaction, committed at the end."""
    with single_connection(url_of(role, DatabaseSettings())) as conn:
        yield conn


@contextmanager
def opened(role: DatabaseRole) -> Iterator[Database]:
    """The database as `role`, for whatever takes more than one transaction."""
    settings = DatabaseSettings()
    with Database(url_of(role, settings), settings) as database:
        yield database


def settings_for(role: DatabaseRole) -> DatabaseSettings:
    """Database settings with the URL by which this process connects."""
    settings = DatabaseSettings()
    return settings.model_copy(update={"database_url": SecretStr(url_of(role, settings))})
