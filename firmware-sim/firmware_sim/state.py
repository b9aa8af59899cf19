"""What a gateway keeps on disk, so that a restart goes on where it was."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Final

from firmware_sim.estate import GatewayPlan

FORM: Final = 1


class StateError(Exception):
    """A state file can't be read or written; the message names it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A pack that was not committed: what it held is made again from its time."""

    seq: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class State:
    """One gateway's memory.

    `next_seq` was never used; after a kill it is further on than need be, because numbers are
    reserved ahead: a seq never stands for two contents. `cursor` (Unix seconds): everything
    before it was measured and is either in `kept` or committed.
    """

    fingerprint: str
    next_seq: int
    cursor: int
    kept: tuple[Kept, ...]


def fingerprint(seed: int, interval: int, gateway: GatewayPlan) -> str:
    """Changes when the same time would no longer give the same pack."""
    told = replace(gateway, password="", firmware="")  # neither is in a pack
    content = repr((FORM, seed, interval, told))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@contextmanager
def holding(folder: Path | None) -> Iterator[None]:
    """Keep other plays away from the folder; raises StateError when there is one already."""
    if folder is None:
        yield
        return
    lock = _lock(folder)
    try:
        yield
    finally:
        lock.close()


def _lock(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StateError(f"{folder}: another firmware-sim plays from this state") from error
    except OSError as error:
        raise StateError(f"{folder}: {error.strerror}") from error
    return lock


def load(folder: Path, gateway: str) -> State | None:
    """The gateway's state in `folder`; None at the first start. Raises StateError."""
    path = _path(folder, gateway)
    try:
        found = json.loads(path.read_bytes())
        kept = tuple(Kept(int(k["seq"]), int(k["start"]), int(k["end"])) for k in found["kept"])
        return State(str(found["fingerprint"]), int(found["next_seq"]), int(found["cursor"]), kept)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path}: is not a state file ({error}); move it away") from error


def save(folder: Path, gateway: str, state: State) -> None:
    """Put the state on disk; a kill at any moment leaves the old one or the new one."""
    path = _path(folder, gateway)
    fresh = path.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise StateError(f"{path}: {error.strerror}") from error


def _path(folder: Path, gateway: str) -> Path:
    return folder / f"{gateway}.json"
