"""What the sandbox remembers: one SQLite file, one statement at a time."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS reported (
  uid          TEXT PRIMARY KEY,
  sequence     INTEGER NOT NULL,
  state        TEXT NOT NULL,             -- listed, settled, delisted
  standing     TEXT NOT NULL,             -- waiting, accepted, returned
  opinion      TEXT NOT NULL DEFAULT '',
  hash         TEXT NOT NULL,
  content      TEXT NOT NULL,
  received_at  TEXT NOT NULL,
  due_at       REAL                       -- when it is decided by itself
);
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
  n INTEGER PRIMARY KEY, at TEXT NOT NULL, id TEXT NOT NULL, why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS elsewhere (    -- other provinces' listings
  uid TEXT PRIMARY KEY, state TEXT NOT NULL, content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS down (
  n           INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  uid         TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  document    TEXT NOT NULL,
  content     TEXT NOT NULL,
  created_at  TEXT NOT NULL,
  answer      TEXT NOT NULL DEFAULT '',   -- accepted, refused
  laid_at     REAL,                       -- into the folder
  UNIQUE (uid, sequence)
);
CREATE TABLE IF NOT EXISTS raw (n INTEGER PRIMARY KEY, body BLOB NOT NULL);  -- sent once, as it is
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """The file, shared by the service's threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._conn = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._conn.row_factory = sqlite3.Row
        self._conn.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All of the block's statements, or none."""
        with self._lock:
            if self._conn.in_transaction:  # part of a larger whole
                yield
                return
            self._conn.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._conn.rollback()
                raise
            self._conn.commit()

    def run(self, query: str, *values: object) -> int:
        """Run a statement; the rows that it changed."""
        with self._lock:
            return self._conn.execute(query, values).rowcount

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        with self._lock:
            return self._conn.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> Any:
        """The first row, or None."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def fact(self, name: str, default: Any) -> Any:
        """Something that is kept by name."""
        row = self.one("SELECT value FROM fact WHERE name = ?", name)
        return json.loads(row["value"]) if row else default

    def keep(self, name: str, value: Any) -> None:
        """Keep it."""
        query = "INSERT OR REPLACE INTO fact VALUES (?, ?)"
        self.run(query, name, json.dumps(value, ensure_ascii=False))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._conn.close()
