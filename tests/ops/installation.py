"""A PostgreSQL of somebody's own, and an installation on it by the `panhuo` command."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from click.testing import CliRunner, Result
from psycopg import sql

from db import DatabaseSettings, server, single_connection
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ingest import broker
from ops.cli import main
from tests.fixtures.ports import from_port

ADMINISTRATOR = "dba"  # no superuser


@dataclass(frozen=True, slots=True)
class Installation:
    """A server, an administrator's URL, and the data folder that the operator uses."""

    superuser_url: str
    admin_url: str
    data: Path

    def panhuo(self, *words: str, url: str | None = None, data: Path | None = None) -> Result:
        """What the command answers, with the administrator's URL where no other is given."""
        environment = {
            "PANHUO_DATABASE_URL": self.admin_url if url is None else url,
            "PANHUO_DATA": str(data or self.data),
            "LANG": "en",
            "LC_ALL": "en",
        }
        return CliRunner().invoke(main, words, env=environment)

    def as_superuser(self, statement: str, database: str = "postgres") -> None:
        """Run what a command told a superuser to run."""
        with single_connection(self.at(database), autocommit=True) as conn:
            conn.execute(sql.SQL(statement))

    def at(self, database: str) -> str:
        """The superuser's URL of a database."""
        return urlsplit(self.superuser_url)._replace(path=f"/{database}").geturl()

    def url(self, role: DatabaseRole) -> str:
        """What `panhuo db urls` says."""
        said = self.panhuo("db", "urls", "--role", role.name.lower())
        assert said.exit_code == 0, said.output
        return said.stdout.strip().removeprefix("PANHUO_DATABASE_URL=")


@contextmanager
def own_server(data: Path) -> Iterator[Server]:
    """A PostgreSQL without anything of the product's on it."""
    settings = DatabaseSettings(data=data, database_port=from_port(22_000), database_url=None)
    try:
        with server.serving(settings, durable=False) as running:
            yield running
    finally:
        server.forget(data)


@contextmanager
def installation(running: Server, data: Path, rights: str) -> Iterator[Installation]:
    """An administrator with these rights, nothing installed; nothing is left behind."""
    address = urlsplit(running.admin_url)
    theirs = address._replace(netloc=f"{ADMINISTRATOR}:word@{address.netloc.rpartition('@')[2]}")
    made = Installation(running.admin_url, theirs.geturl(), data)
    made.as_superuser(f"CREATE ROLE {ADMINISTRATOR} LOGIN PASSWORD 'word' {rights}")
    try:
        yield made
    finally:
        shutil.rmtree(broker.folder(data), ignore_errors=True)
        made.as_superuser(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        for role in DatabaseRole:
            made.as_superuser(f"DROP ROLE IF EXISTS {role.value}")
        made.as_superuser(f"DROP ROLE {ADMINISTRATOR}")
