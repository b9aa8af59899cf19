"""Bring a database to the newest schema, and back."""

from importlib.resources import as_file, files
from pathlib import Path

import yoyo


def _backend(url: str) -> yoyo.backends.DatabaseBackend:
    scheme, rest = url.split("://", 1)
    assert scheme in {"postgresql", "postgres"}
    return yoyo.get_backend(f"postgresql+psycopg://{rest}")


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
