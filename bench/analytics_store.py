"""The office of `analytics_world` in a TimescaleDB: from the database to facts, against reading the
same rows by binary COPY; and a run after one new pack a gateway, against a full one.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, LiteralString

import numpy as np

from analytics import AnalyticsSettings, bind, run_once
from bench.analytics_world import Desks, Office
from bench.score import adapter
from db import Connection, Database, DatabaseSettings, roles, scalar, schema, server
from db import single_connection as connected
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ingest import changed_days, columns, proof
from ingest.columns import Columns
from ingest.store import COPY_READINGS

PACK_EVERY: Final = timedelta(minutes=5)
PACK_READINGS: Final = 5  # a sensor

DIVISION: LiteralString = """
    INSERT INTO division (code, name, level) VALUES ('460000', '海南省', 'province')
"""
UNIT: LiteralString = """
    INSERT INTO unit (code, name, kind, division) VALUES ('B', '测量', 'unit', '460000')
    RETURNING id
"""
CATEGORY: LiteralString = "INSERT INTO category VALUES ('A01000000', '办公桌', NULL)"
NO_RULES: LiteralString = "DELETE FROM idle_rule"
RULE: LiteralString = """
    INSERT INTO idle_rule (category, version, name, hours_a_day, class_hours, session_gap_s,
           session_least_s, window_days, made_by)
    VALUES ('A01000000', 1, 'desk', %(rated)s, %(usual)s, %(gap)s, %(least)s, %(days)s, 'bench')
"""
CARD: LiteralString = """
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, original_value,
           status)
    VALUES (%(unit)s, %(code)s, %(code)s, 'A01000000', 'general_equipment', 1, '台', 1000,
            'in_use')
    RETURNING id
"""
GATEWAY: LiteralString = """
    INSERT INTO gateway (name, unit_id, password_hash, registered_at)
    VALUES (%(name)s, %(unit)s, 'x', %(since)s) RETURNING id
"""
SENSOR: LiteralString = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    VALUES (%(gateway)s, %(name)s, %(kind)s, -1000, 200000) RETURNING id
"""
PACK: LiteralString = """
    INSERT INTO pack (received_at, gateway_id, records, refused, first_ts, last_ts)
    SELECT %(at)s, id, %(records)s, 0, %(at)s, %(at)s FROM gateway
"""
# A hypertable's rows are in its chunks: only a query reads them.
COPY_OUT: LiteralString = """
    COPY (SELECT ts, sensor_id, value FROM reading) TO STDOUT (FORMAT binary)
"""
SETTLE: tuple[LiteralString, ...] = ("VACUUM (ANALYZE) reading", "CHECKPOINT")


@dataclass(frozen=True, slots=True)
class Stored:
    """The office's readings in a database, of which analytics is asked."""

    server: Server
    gateways: list[list[int]]  # each one's sensors' ids
    readings: int

    def run_seconds(self, now: datetime, *, everything: bool) -> float:
        """Seconds of one run as of `now`."""
        with Database(self.server.url(DatabaseRole.ANALYTICS, DATABASE)) as database:
            began = time.perf_counter()
            report = run_once(database, AnalyticsSettings(), now, everything=everything)
            took = time.perf_counter() - began
        if report.failed:
            raise SystemExit(f"the run failed: {report}")
        return took

    def copy_seconds(self) -> float:
        """Seconds in which every reading is read by binary COPY, by psql, whose loop is in C."""
        psql = ["psql", "--no-psqlrc", "--quiet", self.server.url(DatabaseRole.OWNER, DATABASE)]
        began = time.perf_counter()
        with Path(os.devnull).open("wb") as nowhere:
            subprocess.run([*psql, "--command", COPY_OUT], stdout=nowhere, check=True)
        return time.perf_counter() - began

    def say_more(self, at: datetime) -> None:
        """One pack of each gateway, which comes at `at`."""
        times = at.timestamp() - 60.0 * np.arange(PACK_READINGS)[::-1]
        with connected(self.server.url(DatabaseRole.OWNER, DATABASE)) as conn:
            for sensors in self.gateways:
                each = np.repeat(np.array(sensors, np.int32), times.size)
                all_times = np.tile((times * 1e6).astype(np.int64), len(sensors))
                _copy(conn, Columns(each, all_times, np.full(each.size, 20.0)))
            records = PACK_READINGS * len(self.gateways[0])
            conn.execute(PACK, {"at": at, "records": records})
            gateways = [key for (key,) in conn.execute("SELECT id FROM gateway")]
            span = (float(times[0]), float(times[-1]))
            changed_days.mark_arrived(conn, [(key, *span) for key in gateways])
            conn.commit()


@contextmanager
def stored(office: Office) -> Iterator[Stored]:
    """The office in a private database, forgotten afterwards."""
    with tempfile.TemporaryDirectory(prefix="panhuo-bench-") as folder, ExitStack() as cleanup:
        data = Path(folder)
        settings = DatabaseSettings(data=data, database_port=57433, database_url=None)
        cleanup.callback(server.forget, data)
        with server.serving(settings) as database:
            roles.ensure(database.admin_url, DATABASE, database.passwords)
            url = database.url(DatabaseRole.OWNER, DATABASE)
            schema.migrate(url)
            with connected(url) as conn:
                gateways = _furnish(conn, office)
                conn.commit()
            with connected(database.admin_url_of(DATABASE), autocommit=True) as conn:
                for act in SETTLE:
                    conn.execute(act)
            yield Stored(database, gateways, office.readings)


def _key(conn: Connection, query: LiteralString, **facts: object) -> int:
    key = scalar(conn, query, **facts)
    assert isinstance(key, int)
    return key


def _furnish(conn: Connection, office: Office) -> list[list[int]]:
    conn.execute(DIVISION)
    unit = _key(conn, UNIT)
    conn.execute(NO_RULES)
    conn.execute(CATEGORY)
    rated, usual, gap, least = adapter.NORMS["desk"]
    rule = {"rated": rated, "usual": usual, "gap": gap, "least": least}
    conn.execute(RULE, rule | {"days": office.window.days})
    return [
        _gateway(conn, office, unit, number, desks) for number, desks in enumerate(office.gateways)
    ]


def _gateway(conn: Connection, office: Office, unit: int, number: int, desks: Desks) -> list[int]:
    since = office.window.start
    name = f"gw-{number:04}"
    gateway = _key(conn, GATEWAY, name=name, unit=unit, since=since)
    cards = [_key(conn, CARD, unit=unit, code=f"{name.upper()}-{n}") for n in range(desks.count)]
    sensors = []
    for place, one in enumerate(desks.heard):
        assert one.card is not None
        key = _key(conn, SENSOR, gateway=gateway, name=f"s-{place}", kind=one.kind)
        bind(conn, key, cards[one.card], since)
        levels = {"on": one.on, "rose": one.rose} if one.on is not None else {}
        how, binding = proof.How.COMMISSIONING, proof.binding_of(conn, key)
        proof.prove(conn, binding, how=how, by="bench", at=since, **levels)
        times = np.rint(one.at * 1e6).astype(np.int64)
        values = np.ascontiguousarray(one.values[:, 0])
        _copy(conn, Columns(np.full(times.size, key, np.int32), times, values))
        sensors.append(key)
    return sensors


def _copy(conn: Connection, rows: Columns) -> None:
    with conn.cursor().copy(COPY_READINGS) as copy:
        copy.write(columns.binary(rows))
