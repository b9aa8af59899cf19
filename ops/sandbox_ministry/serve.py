"""Serve the sandbox on one machine: HTTP in threads, and a clock that decides and carries files."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from werkzeug.serving import make_server

from exchange.ministry.settings import MinistrySettings
from ops.sandbox_ministry import provinces
from ops.sandbox_ministry.app import application
from ops.sandbox_ministry.ministry import Habits, Ministry
from ops.sandbox_ministry.roads import FolderEnd
from ops.sandbox_ministry.store import Store

log = structlog.get_logger(__name__)

HOST: Final = "127.0.0.1"
TICK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox that answers at `url`."""

    url: str
    ministry: Ministry


@contextmanager
def serving(
    path: Path,
    settings: MinistrySettings,
    habits: Habits,
    port: int = 0,
    folder: Path | None = None,
    *,
    others: int = 0,
    tick_s: float = TICK_S,
) -> Iterator[Served]:
    """It runs for the block. `path`: its file. `others`: how many listings of other
    provinces to send down."""
    store = Store(path)
    ministry = Ministry(store, settings, habits)
    end = FolderEnd(ministry, folder, max(5 * tick_s, 0.5)) if folder else None
    server = make_server(HOST, port, application(ministry), threaded=True)
    over = threading.Event()

    def live() -> None:
        if others:
            sent = provinces.send(ministry, datetime.now(UTC), others)
            log.info("other provinces' listings", sent=sent)
        while not over.wait(tick_s):
            try:
                ministry.tick()
                if end:
                    end.round()
            except Exception:
                log.exception("the sandbox's clock stumbled")

    threads = (
        threading.Thread(target=live, name="clock", daemon=True),
        threading.Thread(target=server.serve_forever, args=(0.1,), name="http", daemon=True),
    )
    for thread in threads:
        thread.start()
    try:
        yield Served(f"http://{HOST}:{server.server_port}", ministry)
    finally:
        over.set()
        server.shutdown()
        for thread in threads:
            thread.join(10)
        server.server_close()
        store.close()
