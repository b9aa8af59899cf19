"""One signal stops every process, and nothing is left running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.supervise import parse

SUPERVISE = """
import sys
from ops.supervise import Line, supervise
sys.exit(supervise([Line("one", "sleep 300", {}), Line("two", "sh -c 'sleep 301 & wait'", {})]))
"""


def children(pid: int) -> set[int]:
    """Every living descendant."""
    shown = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in shown.splitlines()]
    found = {pid}
    while True:
        more = {int(p) for p, above, stat in rows if int(above) in found and stat[0] != "Z"}
        if more <= found:
            return found - {pid}
        found |= more


def until(true: Callable[[], bool]) -> None:
    """Wait for something, and fail where it doesn't come."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.kills
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_leaves_nothing_running(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", SUPERVISE], stdout=subprocess.DEVNULL) as process:
        until(lambda: len(children(process.pid)) >= 5)
        started = children(process.pid)
        process.send_signal(signal.Signals[name])
        assert process.wait(120) != 0
    until(lambda: not any(map(lives, started)))


@pytest.mark.kills
@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05, 0.1])
def test_signal_in_the_first_moment_is_not_lost(after_s: float) -> None:
    told = SUPERVISE.replace("sys.exit(", "print('begun', flush=True); sys.exit(")
    command = [sys.executable, "-c", told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) != 0
        assert children(process.pid) == set()


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


KEPT = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
KEEP = f"""
import sys
from ops import logs
from ops.restart import keep
logs.configure("keeper")
sys.exit(keep([sys.executable, "-c", "{KEPT}"]))
"""


@pytest.mark.kills
def test_kept_process_is_started_again_when_it_is_killed() -> None:
    command = [sys.executable, "-c", KEEP]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        first = int(keeper.stdout.readline())
        os.kill(first, signal.SIGKILL)
        second = int(keeper.stdout.readline())
        assert second != first
        keeper.terminate()
        assert keeper.wait(120) is not None
    assert not lives(second)


def test_whoever_keeps_a_process_loads_nothing_of_it() -> None:
    """Six keepers that load the product take gigabytes, and a minute of a small machine."""
    rooms = "{'portal', 'analytics', 'ingest', 'exchange', 'registry', 'flask', 'numpy'}"
    program = f"import sys, ops.commands.run; print(sorted({rooms} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


def test_procfile_lines_keep_their_order_and_colons() -> None:
    assert parse("a: run x:y\n\nb: z\n") == {"a": "run x:y", "b": "z"}
