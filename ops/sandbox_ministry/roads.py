"""The sandbox's end of the folder: takes what lies in `out`, lays documents into `in`."""

import json
import time
from pathlib import Path
from typing import Final

from exchange.ministry.canonical import digest
from exchange.ministry.folder import ENDING, IN, OUT, place
from exchange.ministry.refusals import Unacceptable
from ops.sandbox_ministry.faults import Faults
from ops.sandbox_ministry.ministry import Ministry

AGAIN_S: Final = 5.0  # without a receipt a document is laid out again
AT_ONCE: Final = 200
STATEMENT_EVERY_S: Final = 60.0


class FolderEnd:
    """One carrier's round at a time."""

    def __init__(self, ministry: Ministry, base: Path, again_s: float = AGAIN_S) -> None:
        """Both folders are made where they are missing."""
        self._ministry = ministry
        self._again_s = again_s
        self._out, self._in = base / OUT, base / IN
        self._stated_at = float("-inf")
        for folder in (self._out, self._in):
            folder.mkdir(parents=True, exist_ok=True)

    def round(self) -> None:
        """Fetch what goes up, bring what goes down."""
        faults = Faults.of(self._ministry.store)
        for path in faults.shuffled(sorted(self._out.glob(f"*{ENDING}"))):
            if not faults.fails() and path.exists():
                self._fetch(path, faults)
        self._bring(faults)
        self._bring_raw()
        if time.monotonic() - self._stated_at > STATEMENT_EVERY_S:
            self.state()

    def state(self) -> None:
        """Lay out a statement."""
        place(self._in, "statement", self._ministry.statement())
        self._stated_at = time.monotonic()

    def _fetch(self, path: Path, faults: Faults) -> None:
        body = path.read_bytes()
        try:
            receipt = self._ministry.take(body)
        except Unacceptable as refused:
            self._ministry.store.run(
                "INSERT INTO refused (at, id, why) VALUES (datetime('now'), ?, ?)",
                path.name,
                str(refused),
            )
            receipt = None
        if receipt is not None and not faults.loses():
            place(self._in, f"receipt-{digest(receipt)[:32]}", receipt)
        path.unlink(missing_ok=True)

    def _bring(self, faults: Faults) -> None:
        store, now = self._ministry.store, time.time()
        query = """SELECT * FROM down WHERE answer = '' AND (laid_at IS NULL OR laid_at < ?)
                    ORDER BY n LIMIT ?"""
        rows = store.rows(query, now - self._again_s, AT_ONCE)
        if faults.double:
            rows += store.rows("SELECT * FROM down WHERE answer <> '' ORDER BY random() LIMIT 3")
        for row in faults.shuffled(rows):
            if faults.fails():
                continue
            place(self._in, f"{row['uid']}-{row['sequence']:06}", self._ministry.sealed(row))
            if not faults.loses():
                store.run("UPDATE down SET laid_at = ? WHERE n = ?", now, row["n"])

    def _bring_raw(self) -> None:
        store = self._ministry.store
        for row in store.rows("SELECT * FROM raw ORDER BY n"):
            place(self._in, f"raw-{json.dumps(row['n'])}", row["body"])
            store.run("DELETE FROM raw WHERE n = ?", row["n"])
