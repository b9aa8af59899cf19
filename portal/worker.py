"""A gunicorn worker that serves with waitress: a loop for all connections, threads for the work."""

import logging
import os
import time
from typing import Any, Final

import structlog
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from portal.connections import Server

log = structlog.get_logger(__name__)

TURN_S: Final = 1.0
LAST_TURNS_S: Final = 0.1
RESERVE_S: Final = 0.5  # of the time to stop: for what is done behind the last answer


class LoopWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """One process: lives until SIGTERM, its arbiter's end, or so many requests."""

    _servers: tuple[Server, ...] = ()

    def run(self) -> None:
        """Serve; then finish what is under way, within the graceful time."""
        logging.getLogger("waitress").setLevel(logging.WARNING)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each that waits
        tasks = ThreadedTaskDispatcher()
        tasks.set_thread_count(self.cfg.threads)
        self._channels: dict[int, Any] = {}
        self._servers = tuple(
            Server(self.wsgi, one.sock, self._channels, tasks, self.app.limits, self.app.proxies)
            for one in self.sockets
        )
        while self.alive and os.getppid() == self.ppid:
            self._turn(TURN_S)
            if sum(server.answered for server in self._servers) >= self.max_requests:
                log.info("portal process renewed", pid=self.pid)
                break
        self._finish()
        tasks.shutdown(timeout=LAST_TURNS_S)

    def _finish(self) -> None:
        end = time.monotonic() + self.cfg.graceful_timeout - RESERVE_S
        for server in self._servers:
            server.stop_listening()
        while time.monotonic() < end and any(server.active_channels for server in self._servers):
            for server in self._servers:
                server.end_idle()
            self._turn(LAST_TURNS_S)

    def _turn(self, timeout: float) -> None:
        self.notify()
        for server in self._servers:
            server.end_overdue()
        wasyncore.loop(timeout, use_poll=True, map=self._channels, count=1)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: the loop looks at once."""
        super().handle_exit(sig, frame)
        for server in self._servers:
            server.pull_trigger()
