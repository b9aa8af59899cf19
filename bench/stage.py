"""A private TimescaleDB, broker and devices for a measurement, and the load that it is given."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

import numpy as np

from db import (
    Connection,
    DatabaseSettings,
    ports,
    roles,
    scalar,
    schema,
    server,
    single_connection,
)
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ingest import broker, devices, hash_password
from ingest.broker import Access
from ingest.columns import Columns

ROOT: Final = Path(__file__).resolve().parents[1]
SENSORS: Final = 10  # of a gateway
TIMES: Final = 5  # in a pack
READINGS: Final = SENSORS * TIMES
STEP_S: Final = 60
WORD: Final = "bench"
RUN: Final = (
    "import ingest, db; ingest.run_collector(ingest.IngestSettings(), db.DatabaseSettings())"
)

DIVISION: LiteralString = """
    INSERT INTO division (code, name, level) VALUES ('460000', '海南省', 'province')
"""
UNIT: LiteralString = """
    INSERT INTO unit (code, name, kind, division) VALUES ('B', '测量', 'unit', '460000')
    RETURNING id
"""
EMPTY: LiteralString = "TRUNCATE reading, position, pack, dead_letter, gateway_state, gateway_clock"
PACKS: LiteralString = "SELECT count(*) FROM pack"
READINGS_IN: LiteralString = "SELECT count(*) FROM reading"
STORED: LiteralString = "SELECT count(*), count(DISTINCT (sensor_id, ts)) FROM reading"


@dataclass(frozen=True, slots=True)
class Load:
    """The packs that gateways send, as a file of MQTT packets, and the same rows for COPY."""

    path: Path
    packs: int
    rows: Columns  # as sent

    @property
    def readings(self) -> int:
        """How many readings are in it."""
        return len(self.rows.times)


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts, running."""

    data: Path
    server: Server
    port: int
    gateways: dict[str, list[int]]  # each one's sensors' ids

    def url(self, role: DatabaseRole = DatabaseRole.OWNER) -> str:
        """Where `role` reaches the database."""
        return self.server.url(role, DATABASE)

    def start_collector(self) -> subprocess.Popen[bytes]:
        """A collector in its own process."""
        environment = {
            **os.environ,
            "PANHUO_DATABASE_URL": self.url(DatabaseRole.COLLECTOR),
            "PANHUO_BROKER_PORT": str(self.port),
            "PANHUO_BROKER_PASSWORD": WORD,
        }
        with (self.data / "collector.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", RUN], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def start_publisher(self, load: Load) -> subprocess.Popen[bytes]:
        """A process that says the whole load as fast as the broker takes it."""
        command = [sys.executable, "-m", "bench.publish", str(self.port), WORD, str(load.path)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)

    def empty(self) -> None:
        """Forget all readings."""
        with single_connection(self.server.admin_url_of(DATABASE), autocommit=True) as conn:
            conn.execute(EMPTY)
            conn.execute("CHECKPOINT")

    def packs(self, conn: Connection) -> int:
        """How many packs are in."""
        found = scalar(conn, PACKS)
        assert isinstance(found, int)
        return found

    def stored_quickly(self) -> int:
        """Readings in the table."""
        with single_connection(self.url()) as conn:
            found = scalar(conn, READINGS_IN)
        assert isinstance(found, int)
        return found

    def stored(self) -> tuple[int, int]:
        """Readings in the table, and how many different (sensor, time) they have."""
        with single_connection(self.url()) as conn:
            row = conn.execute(STORED).fetchone()
        assert row is not None
        return row[0], row[1]


@contextmanager
def running(gateways: int) -> Iterator[Stage]:
    """The stage with this many gateways, all of whose messages one user may publish."""
    with (
        tempfile.TemporaryDirectory(prefix="panhuo-bench-") as folder,
        ExitStack() as cleanup,
    ):
        data = Path(folder)
        settings = DatabaseSettings(data=data, database_port=57432, database_url=None)
        cleanup.callback(server.forget, data)
        with server.serving(settings) as database:
            roles.ensure(database.admin_url, DATABASE, database.passwords)
            schema.migrate(database.url(DatabaseRole.OWNER))
            known = _register(database.url(DatabaseRole.OWNER), gateways)
            with _broker(data, known) as port:
                yield Stage(data, database, port, known)


def _register(url: str, count: int) -> dict[str, list[int]]:
    known: dict[str, list[int]] = {}
    with single_connection(url) as conn:
        conn.execute(DIVISION)
        unit = scalar(conn, UNIT)
        assert isinstance(unit, int)
        for number in range(count):
            name = f"gw-{number:04d}"
            key = devices.register_gateway(conn, name, unit, "", WORD)
            known[name] = [
                devices.register_sensor(conn, key, f"pe-{place:02d}", "photoelectric")
                for place in range(SENSORS)
            ]
        conn.commit()
    return known


@contextmanager
def _broker(data: Path, gateways: dict[str, list[int]]) -> Iterator[int]:
    where = broker.folder(data)
    port = ports.free(17883)
    hashed = hash_password(WORD)
    access = Access(dict.fromkeys(gateways, hashed), WORD, WORD)
    broker.write_configuration(where, port, access)
    with (where / broker.RIGHTS).open("a") as rights:  # one connection speaks for all gateways
        rights.write("user portal\ntopic write panhuo/v1/+/readings\n")
    with (data / "mosquitto.log").open("ab") as log:
        process = subprocess.Popen(broker.command(where), stdout=log, stderr=log)
    try:
        time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait()
        subprocess.run(["rm", "-rf", "--one-file-system", str(where)], check=True)


def make_load(stage: Stage, packs: int, path: Path) -> Load:
    """`packs` packs of READINGS readings each, round the gateways, minute after minute.

    Written before anything is timed.
    """
    names = list(stage.gateways)
    noise = np.random.default_rng(1)
    began = time.time() // STEP_S * STEP_S - (packs // len(names) + 1) * TIMES * STEP_S
    sensors, times, values = [], [], []
    with path.open("wb") as file:
        for number in range(packs):
            name = names[number % len(names)]
            at = began + number // len(names) * TIMES * STEP_S
            lux = np.round(noise.uniform(0, 900, (TIMES, SENSORS)), 1).tolist()
            file.write(_packet(name, number, at, lux))
            for step in range(TIMES):
                sensors += stage.gateways[name]
                times += [int(at + step * STEP_S) * 1_000_000] * SENSORS
                values += lux[step]
    rows = Columns(np.array(sensors, np.int32), np.array(times, np.int64), np.array(values))
    return Load(path, packs, rows)


def _packet(gateway: str, seq: int, at: float, lux: list[list[float]]) -> bytes:
    """A PUBLISH at QoS 1 (MQTT 3.1.1, 3.3) of a pack."""
    records: list[dict[str, object]] = [{"bn": f"{gateway}:", "bt": at, "n": "seq", "v": seq}]
    for step, row in enumerate(lux):
        records += [
            {"n": f"pe-{place:02d}", "u": "lx", "v": value, "t": step * STEP_S}
            for place, value in enumerate(row)
        ]
    topic = f"panhuo/v1/{gateway}/readings".encode()
    mid = seq % 65_535 + 1
    body = len(topic).to_bytes(2, "big") + topic + mid.to_bytes(2, "big")
    body += json.dumps(records, separators=(",", ":")).encode()
    length, left = b"", len(body)
    while True:
        length += bytes([left % 128 | (128 if left > 127 else 0)])
        left //= 128
        if not left:
            return b"\x32" + length + body
