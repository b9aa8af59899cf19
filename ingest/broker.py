"""Mosquitto configured as the product needs it: limits, passwords, who may say what (I1)."""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

from db import Connection, Refused
from ingest import broker_files, topics
from ingest.broker_check import LIMITS, is_loopback
from ingest.broker_passwords import hash_password
from ingest.topics import Leaf, Topic

CONFIGURATION: Final = "mosquitto.conf"
OWN_CONFIGURATION: Final = "conf.d"  # an operator's own *.conf
PASSWORDS: Final = "passwords"
RIGHTS: Final = "acl"
PID: Final = "mosquitto.pid"
ELSEWHERE: Final = Path("/var/lib/panhuo-broker")
BEFORE: Final = Path(
    "/var/lib/panhuo"
)  # where an older panhuo made it; often a private data folder
EVERYWHERE: Final = "*"  # listens on every address
LARGEST_PACKET: Final = 1024 * 1024  # four times what the wire allows: that much is kept, refused
COLLECTOR: Final = "panhuo-collector-"  # and the worker's name: user and client id are one
PORTAL: Final = "portal"
NOBODY: Final = "panhuo-nobody"


@dataclass(frozen=True, slots=True)
class Tls:
    """The files (PEM) of an encrypted listener; they must be readable by the broker's user."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Access:
    """Who may sign in: gateways with hashed passwords, the product's own users with plain ones."""

    gateways: Mapping[str, str]
    collector: str  # the password of every worker
    portal: str
    workers: tuple[str, ...] = ("1",)

    def users(self) -> dict[str, str]:
        """Names and hashed passwords of all of them."""
        own = {f"{COLLECTOR}{worker}": self.collector for worker in self.workers}
        own[PORTAL] = self.portal
        return {name: hash_password(word) for name, word in own.items()} | dict(self.gateways)


GATEWAYS: LiteralString = """
    SELECT name, password_hash FROM gateway WHERE active ORDER BY name
"""


def gateways(conn: Connection) -> dict[str, str]:
    """The active gateways' names and hashed passwords, for `Access`."""
    return dict(conn.execute(GATEWAYS).fetchall())


def folder(data: Path) -> Path:
    """Where the broker's files belong: in the data folder, or where its own user can reach them.

    Started as root, mosquitto becomes a user who may see nothing of a private data folder;
    then it is a folder of the same, stable, name elsewhere, which belongs to that user.
    """
    if os.geteuid() != 0:
        return data / "broker"
    name = f"{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]}-broker"
    return BEFORE / name if (BEFORE / name).exists() else ELSEWHERE / name


def write_configuration(
    where: Path, port: int, access: Access, host: str = "127.0.0.1", tls: Tls | None = None
) -> bool:
    """Write everything that mosquitto needs into the folder `where`; whether it must be restarted.

    Persistence is kept there too. The files are readable by the broker's user only, and what an
    operator added to them stays. Raises Refused 'broker.plain_elsewhere'.
    """
    if tls is None and not is_loopback(host):
        raise Refused("broker.plain_elsewhere", host=host)
    make_folder(where)
    broker_files.folder(where / OWN_CONFIGURATION)
    write_access(where, access)
    return broker_files.write_part(where / CONFIGURATION, _lines(where, port, host, tls))


def make_folder(where: Path) -> None:
    """Make the broker's folder, for its user alone."""
    if where.is_relative_to(ELSEWHERE):
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    broker_files.folder(where)


def _lines(where: Path, port: int, host: str, tls: Tls | None) -> Iterator[str]:
    for limit in LIMITS:
        yield f"{limit.name} {limit.wanted}"
    yield f"persistence_location {where}/"
    yield f"max_packet_size {LARGEST_PACKET}"
    yield f"pid_file {where / PID}"
    user = broker_files.user()
    if user is not None:
        yield f"user {user.pw_name}"
    yield "set_tcp_nodelay true"
    yield "log_dest stderr"
    yield from (f"log_type {kind}" for kind in ("error", "warning", "notice"))
    yield "connection_messages false"
    yield f"listener {port}" if host == EVERYWHERE else f"listener {port} {host}"
    yield "allow_anonymous false"
    yield "use_username_as_clientid true"  # nobody takes over another's session
    yield f"password_file {where / PASSWORDS}"
    yield f"acl_file {where / RIGHTS}"
    if tls is not None:
        yield f"certfile {tls.certificate}"
        yield f"keyfile {tls.key}"
        yield "tls_version tlsv1.2"
    yield f"include_dir {where / OWN_CONFIGURATION}"


def write_access(where: Path, access: Access) -> None:
    """Write who may sign in and say what; a running broker takes it up at `reload`.

    Users and rights that an operator added stay. Ours of before are those that our part of the
    rights names: one that is not in `access` any more is shut out.
    """
    users = access.users()
    ours = set(users) | _named(broker_files.own_part(broker_files.read(where / RIGHTS)))
    lines = broker_files.read(where / PASSWORDS).splitlines()
    added = [line for line in lines if line.partition(":")[0] not in ours]
    words = [*(f"{name}:{word}" for name, word in users.items()), *added]
    broker_files.write(where / PASSWORDS, "".join(f"{line}\n" for line in words))
    broker_files.write_part(where / RIGHTS, _rights(access))


def workers(where: Path) -> tuple[str, ...]:
    """The collectors that the written rights of `where` name."""
    users = _named(broker_files.own_part(broker_files.read(where / RIGHTS)))
    return tuple(sorted(u.removeprefix(COLLECTOR) for u in users if u.startswith(COLLECTOR)))


def _named(rights: str) -> set[str]:
    """The users that a text of rights names."""
    return {
        line.removeprefix("user ").strip()
        for line in rights.splitlines()
        if line.startswith("user ")
    }


def _rights(access: Access) -> Iterator[str]:
    """What is not allowed here is refused."""
    for worker in access.workers:
        yield f"user {COLLECTOR}{worker}"
        yield f"topic read {topics.everyones(Leaf.READINGS)}"
        yield f"topic read {topics.everyones(Leaf.STATUS)}"
        yield f"topic write {topics.everyones(Leaf.COMMITTED)}"
        yield f"topic write {topics.everyones(Leaf.REFUSED)}"
    yield f"user {PORTAL}"
    yield f"topic write {topics.everyones(Leaf.COMMANDS)}"
    for name in access.gateways:  # I1: a gateway speaks for itself, and hears what is for itself
        yield f"user {name}"
        yield f"topic write {Topic(name, Leaf.READINGS)}"
        yield f"topic write {Topic(name, Leaf.STATUS)}"
        yield f"topic read {Topic(name, Leaf.COMMITTED)}"
        yield f"topic read {Topic(name, Leaf.REFUSED)}"
        yield f"topic read {Topic(name, Leaf.COMMANDS)}"
    yield f"user {NOBODY}"  # a line that somebody adds below is no right of the last gateway


def command(where: Path, program: Path | None = None) -> list[str]:
    """The command line that runs the broker configured in `where`, in the foreground.

    Raises Refused 'broker.not_installed'.
    """
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"  # Debian puts it there
    found = program or shutil.which("mosquitto", path=path)
    if found is None:
        raise Refused("broker.not_installed")
    return [str(found), "-c", str(where / CONFIGURATION)]


def reload(where: Path) -> bool:
    """Have the broker of `where` take up its files again; whether there is one that we may ask.

    Gateways that may no longer sign in are disconnected; nobody else notices.
    """
    try:
        pid = int((where / PID).read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() != "mosquitto":
            return False
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True
