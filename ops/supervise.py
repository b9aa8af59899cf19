"""Run the lines of a Procfile side by side until one Ctrl-C stops them all."""

import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from honcho.manager import Manager


@dataclass(frozen=True, slots=True)
class Line:
    """One process: its name, its command and what its environment has over ours."""

    name: str
    command: str
    environment: Mapping[str, str]


def parse(procfile: str) -> dict[str, str]:
    """Commands by name, in the order of the file."""
    pairs = (line.split(":", 1) for line in procfile.splitlines() if line.strip())
    return {name.strip(): command.strip() for name, command in pairs}


class _Manager(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, with something to do once every process has been forked.

    A thread that is started earlier would be half copied into each of them.
    """

    def __init__(self, started: Callable[[], None]) -> None:
        super().__init__()
        self._after_start = started

    def _start(self) -> None:
        """Start every process; a signal that comes meanwhile waits until all can be stopped."""
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        early: list[int] = []
        for number in handlers:
            signal.signal(number, lambda asked, _frame: early.append(asked))
        super()._start()
        self._await_pids()
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if early:
            os.kill(os.getpid(), early[0])
        self._after_start()

    def _await_pids(self) -> None:
        """Until every process has told its pid: honcho can't stop one before that."""
        others = []
        while not self._all_started():
            message = self.events.get()
            if message.type == "start":
                self._processes[message.name]["pid"] = message.data["pid"]
            else:
                others.append(message)
        for message in others:
            self.events.put(message)


def supervise(lines: Sequence[Line], started: Callable[[], None] = lambda: None) -> int:
    """Run every line until one ends or we are told to stop; honcho's exit code.

    Returns when nothing of it runs any more. A closed terminal (SIGHUP) stops it too.
    """
    manager = _Manager(started)
    for line in lines:
        manager.add_process(line.name, line.command, env={**os.environ, **line.environment})
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    return int(manager.returncode or 0)


def when_answering(url: str, then: Callable[[], None], patience_s: float = 120.0) -> None:
    """In the background: call `then` once when `url` answers 200."""

    def wait() -> None:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own
                    if answer.status == 200:
                        then()
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)

    threading.Thread(target=wait, daemon=True).start()
