"""I7: a kind of sensor is a row and one small file; the guide's own example proves it."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analytics import AnalyticsSettings, bind, kinds, run_once
from analytics.kind import Signal
from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from ingest import devices, packs, sensor_kinds, store
from ingest.reasons import Reason
from ingest.store import Batch
from ops.cli import main
from tests.analytics.conftest import IDLE, Place
from tests.analytics.estates import NOW
from tests.fixtures.database import Copy

GUIDE = (Path(__file__).resolve().parents[2] / "docs/sensor-kinds.md").read_text()
YEAR_S = 400 * 86_400.0


@pytest.fixture
def vibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The guide's file, beside those of the product."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "vibration.py").write_text(code)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    kinds.known.cache_clear()
    yield
    kinds.known.cache_clear()
    sys.modules.pop("analytics.kinds.vibration", None)


def added(database: Copy) -> None:
    """The guide's row, by the guide's command."""
    (line,) = re.findall(r"^panhuo (kind add .*)$", GUIDE, re.MULTILINE)
    environment = {"PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL)}
    said = CliRunner().invoke(main, shlex.split(line), env=environment)
    assert said.exit_code == 0, said.output


def sent(conn: Connection, name: str, begun: datetime, values: list[float], unit: str) -> Batch:
    """A pack of one reading a minute from `begun` on, judged as it comes."""
    records: list[dict[str, object]] = [
        {"bn": "gw-0001:", "bt": begun.timestamp(), "bu": unit, "n": "seq", "v": 1}
    ]
    records += [{"n": name, "v": value, "t": 60 * n} for n, value in enumerate(values)]
    registered = devices.registered(conn, 0.0)
    arrival = begun.timestamp() + 60 * len(values)
    judged = packs.judge("gw-0001", json.dumps(records).encode(), arrival, YEAR_S, registered)
    return Batch([judged])


def test_kind_of_the_guide_is_added_and_its_use_becomes_facts(
    place: Place, database: Copy, owner: Connection, analytics_database: Database, vibration: None
) -> None:
    added(database)
    since = NOW - timedelta(hours=6)
    sensor = devices.register_sensor(owner, place.gateway, "vb-01", "vibration")
    bind(owner, sensor, place.cards[IDLE], since)
    shaking = [0.02] * 120 + [3.5, 4.0] * 45 + [0.02] * 150  # an hour and a half of six
    with single_connection(database.url(DatabaseRole.COLLECTOR)) as conn:
        batch = sent(conn, "vb-01", since, shaking, "m/s2")
        assert store.store_new(conn, batch).readings == len(shaking)
        conn.commit()
    run_once(analytics_database, AnalyticsSettings(), NOW)
    sessions = owner.execute(
        "SELECT started_at, ended_at, round(confidence::numeric, 2)::float8 FROM usage_session"
        " WHERE card_id = %s AND basis = 'vibration'",
        (place.cards[IDLE],),
    ).fetchall()
    start = since + timedelta(hours=2)
    assert sessions == [(start, start + timedelta(minutes=90), 0.7)]
    run_once(analytics_database, AnalyticsSettings(), NOW + timedelta(days=1))
    proven = "SELECT how FROM sensor_proof JOIN binding ON binding.id = binding_id WHERE sensor_id = %(s)s"
    assert scalar(owner, proven, s=sensor) == "use"


def test_added_kind_has_its_unit_and_range_on_the_wire(
    place: Place, database: Copy, owner: Connection
) -> None:
    added(database)
    devices.register_sensor(owner, place.gateway, "vb-01", "vibration")
    since = NOW - timedelta(days=1)
    (right,) = sent(owner, "vb-01", since, [1.0, 999.0], "m/s2").packs
    assert (right.values, [letter.reason for letter in right.letters]) == (
        [1.0],
        [Reason.OUT_OF_RANGE],
    )
    (wrong,) = sent(owner, "vb-01", since, [1.0], "lx").packs
    assert [letter.reason for letter in wrong.letters] == [Reason.WRONG_UNIT]


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [("power", "W", 231.5), ("current", "A", 1.05), ("contact", "/", 1.0), ("contact", "/", 0.0)],
)
def test_power_current_and_contact_are_taken_from_the_wire(
    place: Place, database: Copy, owner: Connection, name: str, unit: str, value: float
) -> None:
    sensor = devices.register_sensor(owner, place.gateway, "xx-01", name)
    with single_connection(database.url(DatabaseRole.COLLECTOR)) as conn:
        batch = sent(conn, "xx-01", NOW - timedelta(hours=1), [value], unit)
        assert store.store_new(conn, batch).readings == 1
        conn.commit()
    assert scalar(owner, "SELECT value FROM reading WHERE sensor_id = %(s)s", s=sensor) == value


def test_every_row_that_comes_with_the_product_has_its_file_and_every_file_its_row(
    conn: Connection,
) -> None:
    assert kinds.known().keys() == sensor_kinds.sensor_kinds(conn).keys()


ROWS = re.compile(r"analytics/kinds/|ingest/fault_values\.py|ops/demo/")
WORDS = re.compile(r"[\"'](photoelectric|temperature|pulses|power)[\"']")


def test_nothing_else_asks_what_kind_a_sensor_is() -> None:
    root = Path(__file__).resolve().parents[2]
    rooms = ("db", "ingest", "registry", "exchange", "analytics", "portal", "ops")
    files = {str(p.relative_to(root)): p for room in rooms for p in (root / room).rglob("*.py")}
    asking = [n for n, p in files.items() if not ROWS.match(n) and WORDS.search(p.read_text())]
    assert asking == []


def test_no_two_kinds_name_their_use_alike() -> None:
    bases = [kind.basis for kind in kinds.known().values()]
    assert len(set(bases)) == len(bases)


def test_kind_without_a_file_tells_nothing() -> None:
    kind = kinds.find("smell")
    (seen,) = kind.see([Signal(np.ones(60), np.zeros(60, dtype=bool), proven=True)])
    assert not seen.able
    assert not seen.use.any()
    assert seen.heard.all()


def test_kind_that_is_no_word_is_refused_and_so_is_one_that_is_there(database: Copy) -> None:
    environment = {"PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL)}
    words = ["--label", "振动", "--label-en", "Vibration"]
    for name, unit, least, said in (
        ("Vibration!", "m/s2", "0", "can't be used"),
        ("vibration", "m/s2", "200", "can't be used"),
        ("power", "W", "0", "is taken"),
    ):
        answer = CliRunner().invoke(
            main, ["kind", "add", name, unit, least, "200", *words], env=environment
        )
        assert answer.exit_code == 1
        assert said in answer.output
    for bounds in (("0", "nan"), ("-inf", "inf"), ("0", "1e301")):
        answer = CliRunner().invoke(
            main, ["kind", "add", "vibration", "m/s2", *bounds, *words], env=environment
        )
        assert answer.exit_code == 2
        assert "no value that a reading can have" in answer.output
    blank = ["--label", " ", "--label-en", "Vibration"]
    answer = CliRunner().invoke(
        main, ["kind", "add", "vibration", "m/s2", "0", "200", *blank], env=environment
    )
    assert "can't be used" in answer.output
    listed = CliRunner().invoke(main, ["kind", "list"], env=environment).output
    assert "power  -10 to 1e+06 W  功率 / Power\n" in listed
    assert "not judged" not in listed


def test_row_without_a_file_is_said_to_be_not_judged(database: Copy) -> None:
    added(database)
    environment = {"PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL)}
    listed = CliRunner().invoke(main, ["kind", "list"], env=environment).output
    assert "vibration  0 to 200 m/s2  振动 / Vibration, not judged" in listed
