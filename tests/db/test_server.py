"""The private server: made once, stopped clean, kept to its own role and to one owner."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from db import DatabaseSettings, Refused, ports, roles, scalar, server, single_connection
from db.roles import DatabaseRole
from db.server import Server
from tests.fixtures.database import Copy
from tests.fixtures.ports import from_port


def settings_in(folder: Path) -> DatabaseSettings:
    return DatabaseSettings(data=folder, database_port=from_port(27_432))


def test_cluster_is_made_once_and_keeps_its_data(tmp_path: Path) -> None:
    try:
        with server.serving(settings_in(tmp_path)) as first:
            roles.ensure(first.admin_url, "panhuo", first.passwords)
            with single_connection(first.url(DatabaseRole.OWNER)) as conn:
                conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with (
            server.serving(settings_in(tmp_path)) as second,
            single_connection(second.url(DatabaseRole.OWNER)) as conn,
        ):
            assert scalar(conn, "SELECT answer FROM kept") == 42
    finally:
        server.forget(tmp_path)


def test_removed_data_folder_whose_database_is_left_is_told_at_once(tmp_path: Path) -> None:
    try:
        with server.serving(settings_in(tmp_path)):
            pass
        (tmp_path / "secrets.json").unlink()
        began = time.monotonic()
        with pytest.raises(Refused) as refused, server.serving(settings_in(tmp_path)):
            pass
        assert refused.value.code == "database.secrets_lost"
        assert time.monotonic() - began < 30
    finally:
        server.forget(tmp_path)


def test_second_product_on_one_data_folder_is_refused(tmp_path: Path) -> None:
    try:
        with (
            server.serving(settings_in(tmp_path), durable=False),
            pytest.raises(Refused) as refused,
            server.serving(settings_in(tmp_path)),
        ):
            pass
        assert refused.value.code == "database.data_in_use"
    finally:
        server.forget(tmp_path)


SERVE = """
import sys, time
from pathlib import Path
from db import DatabaseSettings, server
data, port = Path(sys.argv[1]), int(sys.argv[2])
with server.serving(DatabaseSettings(data=data, database_port=port)) as running:
    print(running.admin_url, flush=True)
    time.sleep(60)
"""


@pytest.mark.kills
def test_server_left_behind_by_a_killed_parent_is_taken_over(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVE, str(tmp_path), str(from_port(27_432))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        os.kill(parent.pid, signal.SIGKILL)
    try:
        with (
            server.serving(settings_in(tmp_path)) as running,
            single_connection(running.admin_url) as conn,
        ):
            assert scalar(conn, "SELECT 1") == 1
    finally:
        server.forget(tmp_path)


def test_secrets_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    server.load_secrets(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_port_that_is_taken_is_passed_over(postgres: Server) -> None:
    taken = int(postgres.admin_url.rsplit(":", 1)[1].split("/")[0])
    assert ports.free(taken) > taken


def test_two_servers_that_start_at_the_same_moment_run_on_ports_of_their_own(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    ready = threading.Barrier(2, timeout=60)

    def port_of(folder: Path) -> str:
        ready.wait()
        with server.serving(settings_in(folder), durable=False) as running:
            ready.wait()  # both run
            with single_connection(running.admin_url) as conn:
                return str(scalar(conn, "SHOW port"))

    try:
        with ThreadPoolExecutor(2) as pool:
            assert len(set(pool.map(port_of, folders))) == 2
    finally:
        for folder in folders:
            server.forget(folder)


def test_somebodys_server_is_used_as_it_is(postgres: Server, tmp_path: Path) -> None:
    theirs = DatabaseSettings(data=tmp_path, database_url=SecretStr(postgres.admin_url))
    with server.serving(theirs) as used:
        assert (used.admin_url, used.private) == (postgres.admin_url, False)


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        (DatabaseRole.COLLECTOR, "SELECT * FROM reading"),
        (DatabaseRole.COLLECTOR, "DELETE FROM reading"),
        (DatabaseRole.COLLECTOR, "SELECT * FROM card"),
        (DatabaseRole.COLLECTOR, "SELECT * FROM app_user"),
        (DatabaseRole.ANALYTICS, "UPDATE card SET status = 'idle'"),
        (DatabaseRole.ANALYTICS, "DELETE FROM reading"),
        (DatabaseRole.PORTAL, "DELETE FROM reading"),
        (DatabaseRole.PORTAL, "DROP TABLE card"),
        (DatabaseRole.PORTAL, "ALTER TABLE card ADD COLUMN x integer"),
        (DatabaseRole.PORTAL, "CREATE TABLE mine ()"),
        (DatabaseRole.PORTAL, "DELETE FROM card"),
    ],
)
def test_each_process_may_do_only_its_own_work(
    shared_database: Copy, role: DatabaseRole, forbidden: str
) -> None:
    with (
        single_connection(shared_database.url(role)) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(forbidden)
