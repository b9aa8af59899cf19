"""What the tests of the room are made from: a site, packs, and a collector in its own process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from db import Connection, Database, DatabaseSettings, scalar, single_connection
from db.roles import DatabaseRole
from ingest import Collector, devices
from ingest.devices import Registered
from ingest.settings import IngestSettings
from tests.fixtures.broker import GATEWAYS, Broker, password
from tests.fixtures.database import Copy

ROOT = Path(__file__).resolve().parents[2]
SENSORS = (
    ("pe-01", "photoelectric"),
    ("pc-01", "pulses"),
    ("tc-01", "temperature"),
    ("gp-01", "position"),
)
DAY_S = 86_400.0
# Midnight in Haikou 40 days ago: a real collector refuses what is old, or of another day to come.
NOW = time.time() // DAY_S * DAY_S - 40 * DAY_S + 16 * 3_600
YEAR_S = 400 * DAY_S

DIVISION: LiteralString = (
    "INSERT INTO division (code, name, level) VALUES ('460000', '海南省', 'province')"
)
UNIT: LiteralString = """
    INSERT INTO unit (code, name, kind, division) VALUES ('U1', '试验单位', 'unit', '460000')
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Site:
    """What is registered, by its names on the wire."""

    registered: Registered

    def sensor(self, name: str) -> int:
        """The id of a sensor, say `gw-0001:pe-01`."""
        return self.registered.gateways[name.partition(":")[0]].sensors[name].id


def make_site(conn: Connection) -> Site:
    """Register both gateways with one sensor of each kind."""
    conn.execute(DIVISION)
    unit = scalar(conn, UNIT)
    assert isinstance(unit, int)
    for gateway in GATEWAYS:
        key = devices.register_gateway(conn, gateway, unit, "三楼", password(gateway))
        for name, kind in SENSORS:
            devices.register_sensor(conn, key, name, kind)
    return Site(devices.registered(conn, time.monotonic()))


def pack(*records: dict[str, object], gateway: str = "gw-0001", seq: int = 1) -> bytes:
    """A pack of these records, from NOW on."""
    head = {"bn": f"{gateway}:", "bt": NOW, "n": "seq", "v": seq}
    return json.dumps([head, *records]).encode()


def lux(value: object, second: float = 0.0, name: str = "pe-01") -> dict[str, object]:
    """One record of brightness."""
    return {"n": name, "u": "lx", "v": value, "t": second}


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until it holds; fail if it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


READINGS: LiteralString = "SELECT count(*) FROM reading"
LETTERS: LiteralString = "SELECT count(*) FROM dead_letter"


def count(database: Copy, query: LiteralString = READINGS) -> int:
    """A count from the database, as its owner sees it."""
    with single_connection(database.url()) as conn:
        number = scalar(conn, query)
    assert isinstance(number, int)
    return number


def broker_runs(settings: IngestSettings) -> bool:
    """Whether the broker listens now."""
    with socket.socket() as probe:
        return probe.connect_ex((settings.broker_host, settings.broker_port)) == 0


@contextmanager
def collecting(settings: IngestSettings, url: str) -> Iterator[Collector]:
    """A collector in this process, listening if the broker is there."""
    with Database(url, DatabaseSettings(pool_timeout_s=1.0)) as database:
        collector = Collector(settings, database)
        collector.start()
        if broker_runs(settings):
            eventually(lambda: collector.counters().broker_up)
        try:
            yield collector
        finally:
            collector.stop()


RUN = "import ingest, db; ingest.run_collector(ingest.IngestSettings(), db.DatabaseSettings())"


def start_collector(broker: Broker, url: str, log: Path, **more: str) -> subprocess.Popen[bytes]:
    """A collector as its supervisor starts it: a process of its own."""
    environment = {
        **os.environ,
        "PANHUO_DATABASE_URL": url,
        "PANHUO_BROKER_PORT": str(broker.port),
        "PANHUO_BROKER_PASSWORD": password("collector"),
        **more,
    }
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-c", RUN], cwd=ROOT, env=environment, stdout=file, stderr=file
        )


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> float:
    """End a process; how many seconds it took."""
    began = time.monotonic()
    process.send_signal(number)
    process.wait(120)
    return time.monotonic() - began


def collector_url(database: Copy) -> str:
    """How a collector reaches the database."""
    return database.url(DatabaseRole.COLLECTOR)
