"""Passwords that the product makes for itself, kept in files that only their owner can read."""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def load(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The passwords kept at `path`; those of `names` that it lacks are made and added."""
    kept = read(path)
    missing = [name for name in names if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(24) for name in missing}
        write(path, json.dumps(kept, indent=1))
    return kept


def read(path: Path) -> dict[str, str]:
    """The passwords kept at `path`; none are made."""
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def write(path: Path, text: str) -> None:
    """Replace a file in one step; it is the owner's alone from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
