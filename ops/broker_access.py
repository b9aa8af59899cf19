"""Write the broker's configuration from who is registered, with the product's own passwords."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from db import Connection, Refused, secrets
from ingest import IngestSettings, broker, broker_certificates, broker_files
from ingest.broker import Access, Tls

USERS: Final = ("collector", "portal")
AUTHORITY: Final = "broker-ca"  # the folder of the installation's own authority


def passwords(data: Path) -> dict[str, str]:
    """The passwords by which the product's own processes sign in to the broker."""
    return secrets.load(data / "broker-secrets.json", USERS)


@dataclass(frozen=True, slots=True)
class Configured:
    """A written configuration: its file, whom a client trusts, and what the broker needs now."""

    path: Path
    authority: Path | None  # None: it listens without TLS
    running: bool
    restart: bool
    gone: tuple[str, ...]  # what gateways met before and meet no more: listeners, names


def configure(conn: Connection, data: Path, settings: IngestSettings) -> Configured:
    """Write mosquitto's configuration, certificate, passwords and rights; reload a running broker.

    Raises Refused 'broker.plain_elsewhere', 'broker.key_missing', 'broker.authority_key_missing',
    'broker.certificate_unusable' or 'broker.name_unusable'.
    """
    where = broker.folder(data)
    broker.make_folder(where)
    before = _met_by_gateways(where)
    tls = None if settings.broker_plain else _certify(where, data, settings)
    access = _access(conn, data, tuple(settings.broker_collectors.split(",")))
    changed = broker.write_configuration(
        where, settings.broker_port, access, settings.broker_listen, tls
    )
    running = broker.reload(where)
    path, ca = where / broker.CONFIGURATION, _trusted(data, settings)
    gone = tuple(sorted(before - _met_by_gateways(where)))
    return Configured(path, ca, running, running and changed, gone)


def _met_by_gateways(where: Path) -> set[str]:
    """The listeners of the configuration, and the names of the certificate."""
    written = broker_files.own_part(broker_files.read(where / broker.CONFIGURATION))
    listeners = {line for line in written.splitlines() if line.startswith("listener ")}
    try:
        names = broker_certificates.shown(where / broker_certificates.CERTIFICATE).names
    except (OSError, ValueError):  # none yet, or half of one
        names = ()
    return listeners | {f"name {name}" for name in names}


def admit(conn: Connection, data: Path) -> bool:
    """Have the broker know who is registered now; False where no broker of this folder runs.

    The collectors that it knows stay, whatever the settings of this command's shell say.
    """
    where = broker.folder(data)
    try:
        if not (where / broker.CONFIGURATION).exists():
            return False
        broker.write_access(where, _access(conn, data, broker.workers(where)))
    except PermissionError:  # another user's broker
        return False
    return broker.reload(where)


def collector_environment(data: Path, settings: IngestSettings) -> dict[str, str]:
    """The variables by which a collector finds the broker and signs in."""
    ca = _trusted(data, settings)
    names = {
        "PANHUO_BROKER_HOST": settings.broker_host,
        "PANHUO_BROKER_PORT": str(settings.broker_port),
        "PANHUO_BROKER_USER": settings.broker_user
        or f"{broker.COLLECTOR}{settings.collector_worker}",
        "PANHUO_BROKER_PASSWORD": passwords(data)["collector"],
        "PANHUO_COLLECTOR_WORKER": settings.collector_worker,
    }
    return names | ({"PANHUO_BROKER_TLS_CA": str(ca)} if ca else {})


def _access(conn: Connection, data: Path, workers: tuple[str, ...]) -> Access:
    own = passwords(data)
    return Access(broker.gateways(conn), own["collector"], own["portal"], workers)


def _certify(where: Path, data: Path, settings: IngestSettings) -> Tls:
    """Have a certificate in the broker's folder: the given one, or one of our own authority."""
    given, key = settings.broker_certificate, settings.broker_key
    if given is None and key is None:
        now = datetime.now(UTC)
        signer = broker_certificates.authority(data.resolve() / AUTHORITY, now)
        broker_certificates.renew(where, signer, _names(settings), now)
    elif given is None or key is None:
        raise Refused("broker.key_missing")
    else:
        broker_certificates.take(where, given, key)
    return Tls(where / broker_certificates.CERTIFICATE, where / broker_certificates.KEY)


def _trusted(data: Path, settings: IngestSettings) -> Path | None:
    """The file of the authority by which a client knows the broker; None without TLS."""
    if settings.broker_plain:
        return None
    if settings.broker_certificate is None:
        return data.resolve() / AUTHORITY / broker_certificates.AUTHORITY
    public = ssl.get_default_verify_paths()
    return settings.broker_tls_ca or Path(public.cafile or public.openssl_cafile)


def _names(settings: IngestSettings) -> list[str]:
    """Every name by which the broker may be reached, those given first."""
    given = [name.strip() for name in settings.broker_names.split(",") if name.strip()]
    usual = ("localhost", "127.0.0.1", "::1", socket.gethostname())
    return [*given, settings.broker_host, *usual]
