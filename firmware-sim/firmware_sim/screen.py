"""Shows how far a play is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from firmware_sim.link import Say
from firmware_sim.play import Progress, Show

LINE_EVERY_S: Final = 5.0
LIVE_LINE_EVERY_S: Final = 60.0
BAR_EVERY_S: Final = 0.2


@contextmanager
def screen(console: Console, *, quiet: bool) -> Iterator[tuple[Show, Say]]:
    """What shows progress, and what says a line (from any thread); quiet keeps only the lines."""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    if quiet:
        yield (lambda progress: None), say
    elif console.is_terminal:
        with _bar(console) as bar:
            yield _every(BAR_EVERY_S, BAR_EVERY_S, _Drawn(bar).show), say
    else:
        lines = _Lines(say)
        yield _every(LINE_EVERY_S, LIVE_LINE_EVERY_S, lines.show), say
        lines.end()


def _bar(console: Console) -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("packs · {task.fields[readings]:,} readings · {task.fields[gateways]} gateways"),
        TimeRemainingColumn(),
        console=console,
    )


def _every(history_s: float, live_s: float, show: Show) -> Show:
    """`show`, but no more often than so; at once when the history is in or a connection changes."""
    last, known = -live_s, (False, 0)

    def seldom(progress: Progress) -> None:
        nonlocal last, known
        now = time.monotonic()
        state = (known[0] or (progress.present and progress.left == 0), progress.connected)
        if state != known or now - last >= (live_s if progress.present else history_s):
            last, known = now, state
            show(progress)

    return seldom


class _Drawn:
    def __init__(self, bar: Bar) -> None:
        self.bar = bar
        self.task = bar.add_task("history", total=None, readings=0, gateways="0/0")

    def show(self, progress: Progress) -> None:
        self.bar.update(
            self.task,
            description="present" if progress.present else "history",
            completed=progress.committed,
            total=progress.committed + progress.left,
            readings=progress.readings,
            gateways=f"{progress.connected}/{progress.gateways}",
        )


class _Lines:
    def __init__(self, say: Callable[[str], None]) -> None:
        self.say, self.last, self.began = say, "", time.monotonic()
        self.at: Progress | None = None

    def show(self, progress: Progress) -> None:
        self.at = progress
        total = progress.committed + progress.left
        share = 100 * progress.committed // total if total else 100
        self.last = (
            f"{'present' if progress.present else 'history'} {share:3d} %: "
            f"{progress.committed:,} of {total:,} packs committed, {progress.readings:,} readings, "
            f"{progress.connected}/{progress.gateways} gateways connected"
        )
        self.say(self.last)

    def end(self) -> None:
        if self.at is not None:
            self.say(f"played for {time.monotonic() - self.began:.0f} s")
