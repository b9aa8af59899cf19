"""Mosquitto configured as the product needs it: limits, passwords, who may say what (I1)."""

import hashlib
import os
import pwd
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

from db import Connection, Refused
from ingest import topics
from ingest.broker_passwords import hash_password
from ingest.topics import Leaf, Topic

CONFIGURATION: Final = "mosquitto.conf"
PASSWORDS: Final = "passwords"
RIGHTS: Final = "acl"
PID: Final = "mosquitto.pid"
ELSEWHERE: Final = Path("/var/lib/panhuo")
LARGEST_PACKET: Final = 1024 * 1024  # four times what the wire allows: that much is kept, refused


@dataclass(frozen=True, slots=True)
class Limit:
    """A line of the configuration without which readings are lost, and what else would do."""

    name: str
    wanted: str
    enough: Callable[[str], bool]


def _days(text: str) -> int:
    """`14d` in days; mosquitto also has hours, weeks, months and years."""
    units = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}
    return int(int(text[:-1]) * units[text[-1]])


# Mosquitto's own defaults lose what comes while its subscriber is away.
LIMITS: Final = (
    Limit("max_inflight_messages", "1000", lambda text: int(text) >= 1_000),
    Limit("max_queued_messages", "5000000", lambda text: int(text) == 0 or int(text) >= 5_000_000),
    Limit("max_queued_bytes", "0", lambda text: int(text) == 0),
    Limit("persistence", "true", lambda text: text == "true"),
    Limit("autosave_interval", "10", lambda text: 0 < int(text) <= 10),
    Limit("persistent_client_expiration", "14d", lambda text: _days(text) >= 14),
)


@dataclass(frozen=True, slots=True)
class Tls:
    """The files (PEM) of an encrypted listener; they must be readable by the broker's user."""

    certificate: Path
    key: Path
    client_ca: Path | None = None  # set: gateways sign in by certificates of this authority


@dataclass(frozen=True, slots=True)
class Access:
    """Who may sign in: gateways with hashed passwords, the product's own users with plain ones."""

    gateways: Mapping[str, str]
    collector: str
    portal: str


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
    key = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return ELSEWHERE / f"{key}-broker"


def write_configuration(
    where: Path, port: int, access: Access, host: str = "127.0.0.1", tls: Tls | None = None
) -> Path:
    """Write everything that mosquitto needs into the folder `where`; its configuration file.

    Persistence is kept there too. The files are readable by the broker's user only.
    """
    if where.is_relative_to(ELSEWHERE):
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give_away(where)
    write_access(where, access)
    _write(where / CONFIGURATION, "\n".join(_lines(where, port, host, tls)))
    return where / CONFIGURATION


def _lines(where: Path, port: int, host: str, tls: Tls | None) -> Iterator[str]:
    yield "# Written by panhuo; changes are overwritten."
    for limit in LIMITS:
        yield f"{limit.name} {limit.wanted}"
    yield f"persistence_location {where}/"
    yield f"max_packet_size {LARGEST_PACKET}"
    yield f"pid_file {where / PID}"
    user = _user()
    if user is not None:
        yield f"user {user.pw_name}"
    yield "set_tcp_nodelay true"
    yield "log_dest stderr"
    yield from (f"log_type {kind}" for kind in ("error", "warning", "notice"))
    yield "connection_messages false"
    yield f"listener {port} {host}"
    yield "allow_anonymous false"
    yield f"password_file {where / PASSWORDS}"
    yield f"acl_file {where / RIGHTS}"
    if tls is not None:
        yield f"certfile {tls.certificate}"
        yield f"keyfile {tls.key}"
        yield "tls_version tlsv1.2"
        if tls.client_ca is not None:
            yield f"cafile {tls.client_ca}"
            yield "require_certificate true"
            yield "use_identity_as_username true"
    yield ""


def write_access(where: Path, access: Access) -> None:
    """Write who may sign in and say what; a running broker takes it up at `reload`."""
    words = {
        "collector": hash_password(access.collector),
        "portal": hash_password(access.portal),
        **access.gateways,
    }
    _write(where / PASSWORDS, "".join(f"{name}:{word}\n" for name, word in words.items()))
    _write(where / RIGHTS, "\n".join(_rights(access.gateways)))


def _rights(names: Mapping[str, str]) -> Iterator[str]:
    """What is not allowed here is refused."""
    yield "user collector"
    yield f"topic read {topics.everyones(Leaf.READINGS)}"
    yield f"topic read {topics.everyones(Leaf.STATUS)}"
    yield f"topic write {topics.everyones(Leaf.COMMITTED)}"
    yield "user portal"
    yield f"topic write {topics.everyones(Leaf.COMMANDS)}"
    for name in names:  # I1: a gateway speaks for itself, and hears what is for itself
        yield f"user {name}"
        yield f"topic write {Topic(name, Leaf.READINGS)}"
        yield f"topic write {Topic(name, Leaf.STATUS)}"
        yield f"topic read {Topic(name, Leaf.COMMITTED)}"
        yield f"topic read {Topic(name, Leaf.COMMANDS)}"
    yield ""


def _user() -> pwd.struct_passwd | None:
    """The user that a broker started by root becomes; None where it stays who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("mosquitto", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refused("broker.no_user")


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, so that the broker never reads half of it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    _give_away(fresh)
    fresh.replace(path)


def _give_away(path: Path) -> None:
    user = _user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


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
    """Have the broker of `where` take up its files again; False where it doesn't run.

    Gateways that may no longer sign in are disconnected; nobody else notices.
    """
    try:
        pid = int((where / PID).read_text())
        running = Path(f"/proc/{pid}/comm").read_text().strip() == "mosquitto"
    except (OSError, ValueError):
        return False
    if running:
        os.kill(pid, signal.SIGHUP)
    return running


def check_limits(text: str) -> list[str]:
    """What the text of a mosquitto.conf lacks of LIMITS, one line each; empty: nothing is lost."""
    said: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        said[name] = value.strip()
    lacks = []
    for limit in LIMITS:
        found = said.get(limit.name, "")
        try:
            kept = bool(found) and limit.enough(found)
        except (ValueError, KeyError):
            kept = False
        if not kept:
            lacks.append(f"{limit.name} {limit.wanted} (is {found or 'not set'})")
    return lacks
