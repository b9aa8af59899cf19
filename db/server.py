"""The server that the product uses: somebody's, or a private one that is started and stopped."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from db import binaries, ports, roles, secrets
from db.binaries import Binaries
from db.errors import Refused
from db.roles import DatabaseRole
from db.settings import DatabaseSettings

DATABASE = "panhuo"
START_S = 60.0

CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
# Few background workers: this is a small machine's private server.
timescaledb.max_background_workers = 2
max_worker_processes = 8
max_parallel_workers_per_gather = 1
max_connections = 100
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
wal_compression = on
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
{durability}
"""
DURABLE = "fsync = on"
FAST = (
    "fsync = off\nsynchronous_commit = off\nfull_page_writes = off"  # tests: a crash may lose all
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its administrator's URL, and each role's password."""

    admin_url: str
    passwords: dict[str, str]
    private: bool

    def url(self, role: DatabaseRole, database: str = DATABASE) -> str:
        """The URL by which `role` reaches `database`."""
        return roles.url_for(self.admin_url, role, self.passwords[role.value], database)

    def admin_url_of(self, database: str) -> str:
        """The administrator's URL of another database on this server."""
        return urlsplit(self.admin_url)._replace(path=f"/{database}").geturl()


@contextmanager
def serving(settings: DatabaseSettings, *, durable: bool = True) -> Iterator[Server]:
    """The server that the settings ask for, running for as long as the block."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    passwords = load_secrets(settings.data)
    if settings.database_url:
        yield Server(settings.database_url.get_secret_value(), passwords, private=False)
        return
    found = binaries.find()
    if found is None:
        raise Refused("database.none_found")
    with _only_one(settings.data), _running(found, settings, passwords, durable) as port:
        admin = f"postgresql://postgres:{passwords['postgres']}@127.0.0.1:{port}/postgres"
        yield Server(admin, passwords, private=True)


def load_secrets(data: Path) -> dict[str, str]:
    """The data folder's database passwords, made at the first call."""
    return secrets.load(secrets_of(data), ("postgres", *DatabaseRole))


def secrets_of(data: Path) -> Path:
    """The file of the database passwords."""
    return data / "secrets.json"


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Two products on one data folder would start one cluster twice."""
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("database.data_in_use", path=str(data)) from error
        yield


@contextmanager
def _running(
    found: Binaries, settings: DatabaseSettings, passwords: dict[str, str], durable: bool
) -> Iterator[int]:
    inside, outside = found.cluster(settings.data)
    if not (outside / "PG_VERSION").exists():
        _make_cluster(found, settings.data, passwords["postgres"])
    stop_stale(outside)
    with ports.first_free(settings.database_port) as port:
        _configure(outside, port, durable)
        with (settings.data / "postgresql.log").open("ab") as log:
            process = subprocess.Popen(
                found.command("postgres", "-D", str(inside)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to pass on, after the clients have stopped
            )
        try:
            _wait_until_serving(process, port, passwords["postgres"], settings.data)
            yield port
        finally:
            _stop(process, outside)


def _configure(cluster: Path, port: int, durable: bool) -> None:
    text = CONFIGURATION.format(port=port, durability=DURABLE if durable else FAST)
    (cluster / "panhuo.conf").write_text(text)
    (cluster / "panhuo.conf").chmod(0o644)


def _make_cluster(found: Binaries, data: Path, password: str) -> None:
    inside, outside = found.cluster(data)
    sudo = ["sudo", "-n"] if found.prefix[:1] == ("sudo",) else []
    owner = [f"--owner={found.uid}", f"--group={found.gid}"]
    own = [] if found.uid == os.geteuid() and not sudo else owner
    subprocess.run([*sudo, "install", "-d", "-m", "0755", str(outside.parent)], check=True)
    subprocess.run([*sudo, "rm", "-rf", "--one-file-system", str(outside)], check=True)
    subprocess.run([*sudo, "install", "-d", "-m", "0700", *own, str(outside)], check=True)
    word = outside / "password"
    word.write_text(password)
    os.chown(word, found.uid, found.gid)
    command = found.command(
        "initdb",
        "-D",
        str(inside / "new"),
        "--username=postgres",
        "--auth=scram-sha-256",
        f"--pwfile={inside / 'password'}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    try:
        returned, said = _run_to_its_end(command)
    finally:
        word.unlink()
    if returned != 0:
        raise Refused("database.initdb_failed", output=said[-600:])
    for path in (outside / "new").iterdir():
        path.rename(outside / path.name)
    (outside / "new").rmdir()
    with (outside / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'panhuo.conf'\n")


def _run_to_its_end(command: list[str]) -> tuple[int, str]:
    """(what it returned, what it complained of). Whoever is interrupted meanwhile goes only once it
    has ended: nothing writes to the cluster's folder after that.
    """
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is ours alone
    ) as process:
        try:
            _none, said = process.communicate()
        except BaseException:
            process.communicate()
            raise
    return process.returncode, said


def forget(data: Path) -> None:
    """Remove the private cluster of this data folder, if there is one. Nothing may run on it."""
    found = binaries.find()
    if found is None:
        return
    outside = found.cluster(data)[1]
    stop_stale(outside)
    sudo = ["sudo", "-n"] if found.prefix[:1] == ("sudo",) else []
    subprocess.run([*sudo, "rm", "-rf", "--one-file-system", str(outside)], check=True)


def _postmaster(cluster: Path) -> int | None:
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n")[0])
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError):
        return None
    return pid if name == "postgres" else None


def stop_stale(cluster: Path) -> None:
    """Stop a server whose parent was killed; we hold the lock, so it is nobody's."""
    pid = _postmaster(cluster)
    if pid is not None:
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_S
        while _postmaster(cluster) == pid and time.monotonic() < deadline:
            time.sleep(0.05)


def _wait_until_serving(
    process: subprocess.Popen[bytes], port: int, password: str, data: Path
) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Refused("database.start_failed", log=str(data / "postgresql.log"))
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres"
            ).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):  # it will not get better
                raise Refused("database.secrets_lost", data=str(data)) from error
            time.sleep(0.05)
        else:
            return
    raise Refused("database.start_failed", log=str(data / "postgresql.log"))


def _stop(process: subprocess.Popen[bytes], cluster: Path) -> None:
    pid = _postmaster(cluster)
    if pid is not None:
        os.kill(pid, signal.SIGINT)  # "fast": roll back, write a checkpoint, leave
    try:
        process.wait(START_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
