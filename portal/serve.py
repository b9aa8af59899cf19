"""Serve the portal: gunicorn keeps the processes, each of which serves with waitress."""

import resource
from typing import Any, Final

import structlog
from gunicorn.app.base import BaseApplication

from db import Database, DatabaseSettings
from portal.app import create_app
from portal.settings import Limits, PortalSettings

log = structlog.get_logger(__name__)

THREADS: Final = 8  # of each process
FILES_OF_CONNECTION: Final = 3  # itself, what comes, what goes
FILES_BESIDE: Final = 200


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, configured here; each worker opens its own connections after the fork."""

    def __init__(
        self, settings: PortalSettings, database: DatabaseSettings, limits: Limits
    ) -> None:
        self._settings, self._database = settings, database
        self.limits, self.proxies = limits, settings.proxies
        super().__init__()

    def load_config(self) -> None:
        """What gunicorn asks for."""
        options: dict[str, Any] = {
            "bind": f"{self._settings.portal_host}:{self._settings.portal_port}",
            "workers": self._settings.portal_workers,
            "threads": THREADS,
            "worker_class": "portal.worker.LoopWorker",
            "graceful_timeout": 4,
            "timeout": 60,
            "max_requests": 50_000,
            "max_requests_jitter": 5_000,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108  # heartbeats belong in memory
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "panhuo-portal",
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker."""
        assert self._database.database_url is not None
        url = self._database.database_url.get_secret_value()
        database = Database(url, self._database).open()
        return create_app(self._settings, database, self._database.data)


def serve(
    settings: PortalSettings, database: DatabaseSettings, limits: Limits | None = None
) -> None:
    """Serve until SIGTERM; answers that are under way are finished first."""
    limits = limits or Limits()
    _allow_files(FILES_OF_CONNECTION * limits.connections + FILES_BESIDE)
    log.info("portal serves", host=settings.portal_host, port=settings.portal_port)
    _Server(settings, database, limits).run()


def _allow_files(needed: int) -> None:
    """Open files that a process may have: 1,024 are usual, and more may be asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    elif hard < needed:
        log.warning("few open files allowed", allowed=hard, needed=needed)
