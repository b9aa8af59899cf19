"""Keep one process alive: start it again when it dies, pass the end on to it."""

import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

LONGEST_WAIT_S = 15.0
HEALTHY_S = 30.0  # alive for so long: the next death starts the waits anew


def keep(command: Sequence[str]) -> int:
    """Run `command` until SIGTERM or SIGINT, restarting it with growing waits; its last code."""
    over = threading.Event()
    child: list[subprocess.Popen[bytes]] = []

    def end(signum: int, _: FrameType | None) -> None:
        over.set()
        if child:
            child[0].send_signal(signum)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    wait = 0.5
    while True:
        began = time.monotonic()
        process = subprocess.Popen(command)
        child[:] = [process]
        if over.is_set():
            process.terminate()
        code = process.wait()
        if over.is_set():
            return code
        wait = 0.5 if time.monotonic() - began > HEALTHY_S else min(wait * 2, LONGEST_WAIT_S)
        log.error("process died, starting it again", command=command[-1], code=code, wait_s=wait)
        if over.wait(wait):
            return code
