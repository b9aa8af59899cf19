"""Steps that note what they were made from, so that what is done already costs nothing."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.setup.progress import Make, show

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMPS = VENV / "panhuo-stamps"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that must be there: what to say, whether it is needed, how it is made."""

    name: str
    needed: Callable[[], bool]
    make: Make


def take(steps: Sequence[Step]) -> None:
    """Do what is needed, in order."""
    for step in steps:
        if step.needed():
            show(step.name, step.make)


def _digest(sources: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def changed(name: str, sources: Callable[[], Iterable[Path]]) -> bool:
    """Whether the sources differ from those that the step was last made from."""
    note = STAMPS / name
    return not note.exists() or note.read_text() != _digest(sources())


def noted(title: str, name: str, sources: Callable[[], Iterable[Path]], make: Make) -> Step:
    """A step that is needed whenever its sources have changed."""

    def run(report: Callable[[str], None]) -> None:
        make(report)
        STAMPS.mkdir(parents=True, exist_ok=True)
        (STAMPS / name).write_text(_digest(sources()))

    return Step(title, lambda: changed(name, sources), run)
