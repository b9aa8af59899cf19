"""Bring a database to the newest schema, and back."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import LiteralString

import psycopg
import yoyo

from db.errors import Refused, Unavailable
from db.pool import Connection, scalar
from db.roles import SCHEMES


def _backend(url: str) -> yoyo.backends.DatabaseBackend:
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise Refused("database.url_malformed")
    try:
        return yoyo.get_backend(f"postgresql+psycopg://{rest}")
    except psycopg.OperationalError as error:
        raise Unavailable(str(error)) from error


def _folder() -> Path:
    with as_file(files("db") / "migrations") as folder:
        return folder


def pending(url: str) -> list[str]:
    """Ids of the migrations that the database at `url` lacks."""
    backend = _backend(url)
    try:
        return [m.id for m in backend.to_apply(yoyo.read_migrations(str(_folder())))]
    finally:
        backend.connection.close()


READABLE: LiteralString = """
    SELECT CASE WHEN to_regclass('_yoyo_migration') IS NULL THEN false
                ELSE has_table_privilege('_yoyo_migration', 'SELECT') END
"""
APPLIED: LiteralString = "SELECT migration_id FROM _yoyo_migration"


def lacks(conn: Connection) -> list[str]:
    """Ids of the migrations that this database lacks, as any process's role may ask.

    A schema from before 0033 lets only its owner look: to others it lacks them all.
    """
    known = {one.name.removesuffix(".sql") for one in _folder().glob("*.sql")}
    wanted = {one for one in known if not one.endswith(".rollback")}
    if not scalar(conn, READABLE):
        return sorted(wanted)
    return sorted(wanted - {name for (name,) in conn.execute(APPLIED)})


def migrate(url: str) -> list[str]:
    """Apply what is pending, as the owner at `url`; ids of what was applied."""
    backend = _backend(url)
    try:
        with backend.lock():
            todo = backend.to_apply(yoyo.read_migrations(str(_folder())))
            backend.apply_migrations(todo)
            return [m.id for m in todo]
    finally:
        backend.connection.close()


def roll_back(url: str) -> list[str]:
    """Undo every migration, newest first; ids of what was undone. Data is lost."""
    backend = _backend(url)
    try:
        with backend.lock():
            done = backend.to_rollback(yoyo.read_migrations(str(_folder())))
            backend.rollback_migrations(done)
            return [m.id for m in done]
    finally:
        backend.connection.close()
