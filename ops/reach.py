"""How the commands of an operator reach the server: a URL that is set, or the running demo."""

import json
import os
from pathlib import Path

from pydantic import SecretStr

from db import DatabaseSettings, Refused, secrets
from db.roles import DatabaseRole
from db.server import Server, load_secrets

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
    """`PANHUO_DATABASE_URL` where it is set, else the running demo's database as `role`."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    server = running(settings.data)
    if server is None:
        raise Refused("ops.nothing_runs", data=str(settings.data))
    return server.url(role)


def settings_for(role: DatabaseRole) -> DatabaseSettings:
    """Database settings with the URL by which this process connects."""
    settings = DatabaseSettings()
    return settings.model_copy(update={"database_url": SecretStr(url_of(role, settings))})
