"""The road through a folder, for networks that are kept apart: somebody carries the files.

`out` goes up, `in` has come down; what was taken lies in `done`, the rest in `refused`. A file is
written whole under another name and then renamed, so that half a file is never read.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from exchange.ministry.canonical import digest
from exchange.ministry.documents import LARGEST_STATEMENT
from exchange.ministry.transport import Arrival, Fate, Unreachable

log = structlog.get_logger(__name__)

OUT, IN, DONE, REFUSED = "out", "in", "done", "refused"
ENDING: Final = ".json"
UNFINISHED: Final = ".part"
KEPT: Final = {Fate.TAKEN: DONE, Fate.REFUSED: REFUSED}


class Folder:
    """As docs/ministry-exchange.md says. The folder itself must be there: it may be a mount."""

    def __init__(self, base: Path) -> None:
        """Looks at nothing yet."""
        self._base = base

    def send(self, name: str, body: bytes) -> None:
        """Lay it out; the receipt comes down like everything else."""
        try:
            place(self._below(OUT), name, body)
        except OSError as error:
            raise Unreachable(str(error)) from error

    def arrivals(self) -> Iterator[Arrival]:
        """By name: documents of one listing in their order. What can't be read is left lying."""
        try:
            found = sorted(one for one in self._below(IN).iterdir() if one.name.endswith(ENDING))
        except OSError as error:
            raise Unreachable(str(error)) from error
        skipped: dict[str, str] = {}
        for path in found:
            try:
                body = _read(path)
            except FileNotFoundError:  # another process was quicker
                continue
            except OSError as error:
                skipped[_legible(path.name)] = error.strerror or str(error)
                continue
            yield Arrival(path.name, body)
        if skipped:
            log.warning("files that can't be read are left lying", files=skipped)

    def answer(self, arrival: Arrival, fate: Fate, receipt: bytes | None) -> None:
        """Lay out the receipt first: killed in between, the document is looked at once more."""
        if fate not in KEPT:
            return
        try:
            if receipt is not None:
                place(self._below(OUT), f"receipt-{digest(arrival.body)[:32]}", receipt)
            with suppress(FileNotFoundError):
                (self._below(IN) / arrival.name).replace(self._below(KEPT[fate]) / arrival.name)
                _sync(self._below(IN))
        except OSError as error:
            raise Unreachable(str(error)) from error

    def statement(self) -> None:
        """It comes down like everything else."""

    def _below(self, name: str) -> Path:
        if not self._base.is_dir():
            raise Unreachable(f"{self._base} is not there")
        folder = self._base / name
        folder.mkdir(exist_ok=True)
        return folder


def place(folder: Path, name: str, body: bytes) -> None:
    """Write a file that is there whole or not at all, also after the power has failed."""
    fresh = folder / f".{name}{UNFINISHED}"
    with fresh.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / f"{name}{ENDING}")
    _sync(folder)


def _legible(name: str) -> str:
    """A file's name for the log: bytes that are no UTF-8 can't be written there."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _sync(folder: Path) -> None:
    """Let the names of a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    """The file, as far as it can be a document. Raises OSError, also for what is no file of the
    folder's own: a link leads elsewhere, a pipe would wait for its writer, a device never ends.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("not a file")
        return file.read(LARGEST_STATEMENT + 1)
