"""Show long steps: bars on a terminal, plain lines elsewhere. Needs rich and nothing else."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

HEARTBEAT_S = 10.0
console = Console(highlight=False)


class Failed(Exception):  # it says what happened
    """A step could not be done; the message says why and what to do."""


def run_shown(
    command: Sequence[str],
    report: Callable[[str], None],
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command, reporting its newest line; `Failed` with its last lines where it fails."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        )
    except FileNotFoundError as error:
        raise Failed(f"`{command[0]}` is not on this machine.") from error
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        if line.strip():
            lines.append(line.rstrip())
            report(line.strip())
    if process.wait() != 0:
        words = " ".join(command[:4])
        raise Failed("\n".join([f"`{words} …` failed:", *lines[-25:]]))


Report = Callable[[str, int | None, int | None], None]
Make = Callable[[Callable[[str], None]], None]


def show(name: str, make: Make) -> None:
    """Do one step, shown while it runs."""
    with shown(name) as report:
        make(lambda text: report(text, None, None))


@contextmanager
def shown(name: str) -> Iterator[Report]:
    """Show one step while the block runs; call the report with (text, done, total)."""
    began = time.monotonic()
    with _bar(name) if console.is_terminal else _lines(name) as report:
        yield report
    took = time.monotonic() - began
    console.print(f"[green]✓[/green] {name} [dim]{took:.1f} s[/dim]")


@contextmanager
def _bar(name: str) -> Iterator[Report]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}", markup=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=None, detail="")

        def report(text: str, done: int | None, total: int | None) -> None:
            room = max(10, console.width - len(name) - 50)
            detail = text[:room].replace("[", "(")
            if total is None:
                progress.update(task, detail=detail)
            else:
                progress.update(task, detail=detail, completed=done or 0, total=total)

        yield report


@contextmanager
def _lines(name: str) -> Iterator[Report]:
    console.print(f"· {name} …")
    latest = [""]
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_S):
            console.print(f"  {name}: {latest[0][:120]}", markup=False)

    def report(text: str, done: int | None, total: int | None) -> None:
        latest[0] = text if total is None else f"{text} {done} / {total}"

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield report
    finally:
        over.set()
        thread.join()
