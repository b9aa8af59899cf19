"""Write the broker's configuration from who is registered, with the product's own passwords."""

from pathlib import Path
from typing import Final

from db import Connection, secrets
from ingest import broker

USERS: Final = ("collector", "portal")


def passwords(data: Path) -> dict[str, str]:
    """The passwords by which the product's own processes sign in to the broker."""
    return secrets.load(data / "broker-secrets.json", USERS)


def configure(conn: Connection, data: Path, port: int) -> Path:
    """Write mosquitto's configuration, passwords and rights; have a running broker take them up."""
    own = passwords(data)
    access = broker.Access(broker.gateways(conn), own["collector"], own["portal"])
    where = broker.folder(data)
    path = broker.write_configuration(where, port, access)
    broker.reload(where)
    return path
