"""I1, I10: `panhuo gateway` from the registration of a device to its end, its broker with TLS."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import pytest
from click.testing import CliRunner, Result

from db import scalar, single_connection
from db.roles import DatabaseRole
from ingest import IngestSettings, broker
from ingest.device_events import Kind
from ops import doctor
from ops.cli import main
from ops.findings import Health
from portal import words_of_audit
from tests.fixtures.database import Copy
from tests.fixtures.ports import own_port
from tests.ingest.parts import DIVISION, UNIT, collecting, eventually

CATEGORY: LiteralString = "INSERT INTO category VALUES ('A02010105', '台式计算机', NULL)"
CARD: LiteralString = """
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, original_value,
           status)
    VALUES (%(unit)s, %(code)s, '台式计算机', 'A02010105', 'general_equipment', 1, '台', 5000,
            %(status)s)
"""
BROKER_CHECKS = (doctor.broker_limits, doctor.broker_listeners, doctor.broker_certificate)
CARDS = {"ZY2018000046": "in_use", "ZY2018000047": "in_use", "ZY2018000048": "disposed"}
PASSWORD = re.compile(r"Password of gw-0001 \(shown this once\): (\S+)")


@dataclass(frozen=True, slots=True)
class Site:
    """A unit with cards, and the operator's environment."""

    database: Copy
    data: Path
    environment: dict[str, str]

    def panhuo(self, words: str) -> Result:
        """What `panhuo …` answers."""
        return CliRunner().invoke(main, words.split(), env=self.environment)

    def said(self, words: str) -> str:
        """The same of a command that must succeed."""
        answer = self.panhuo(words)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def refused(self, words: str) -> str:
        """The refusal of a command that must fail, and not by a traceback."""
        answer = self.panhuo(words)
        assert (answer.exit_code, type(answer.exception)) == (1, SystemExit), answer.exception
        return answer.stderr

    def one(self, query: LiteralString) -> Any:
        """A single value from the database."""
        with single_connection(self.database.url()) as conn:
            return scalar(conn, query)


@pytest.fixture
def site(database: Copy, tmp_path: Path) -> Iterator[Site]:
    with single_connection(database.url()) as conn:
        conn.execute(DIVISION)
        unit = scalar(conn, UNIT)
        conn.execute(CATEGORY)
        for code, status in CARDS.items():
            conn.execute(CARD, {"unit": unit, "code": code, "status": status})
        conn.commit()
    environment = {
        "PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL),
        "PANHUO_DATA": str(tmp_path),
        "PANHUO_BROKER_PORT": str(own_port(20_883)),
        "LANG": "en",
        "LC_ALL": "en",
    }
    yield Site(database, tmp_path, environment)
    shutil.rmtree(broker.folder(tmp_path), ignore_errors=True)


def test_sensor_that_was_there_before_is_bound_since_then(site: Site) -> None:
    site.said("gateway add gw-0001 --unit U1")
    site.said("gateway sensor gw-0001 pe-01 photoelectric")
    bind = "gateway bind gw-0001 pe-01 ZY2018000046 --since"
    assert "still to come" in site.refused(f"{bind} 2999-01-01")
    site.said(f"{bind} 2026-10-01")
    since = "SELECT since = '2026-10-01 00:00+08' FROM binding WHERE until IS NULL"
    assert site.one(since) is True
    site.said("gateway unbind gw-0001 pe-01")
    assert "bound later than" in site.refused(f"{bind} 2026-11-01")


def test_a_card_is_named_by_its_code_however_typed_or_by_a_name(site: Site) -> None:  # J3
    site.said("gateway add gw-0001 --unit U1")
    site.said("gateway sensor gw-0001 pe-01 photoelectric")
    assert "No card has the code or name" in site.refused("gateway bind gw-0001 pe-01 ZY0000000000")
    several = site.refused("gateway bind gw-0001 pe-01 台式计算机")
    assert "choose one" in several
    assert [code in several for code in CARDS] == [True, True, False]  # the last is disposed of
    said = "gw-0001:pe-01 watches ZY2018000046"
    assert said in site.said("gateway bind gw-0001 pe-01 ｚｙ２０１８００００４６")
    with single_connection(site.database.url()) as conn:
        conn.execute("UPDATE card SET name = '扫描仪' WHERE code = 'ZY2018000047'")
    assert "watches ZY2018000047" in site.said("gateway bind gw-0001 pe-01 扫描 --move")


def test_sensor_is_registered_bound_moved_replaced_and_retired(site: Site) -> None:
    site.said("gateway add gw-0001 --unit U1 --place 三楼")
    site.said("gateway sensor gw-0001 pe-01 photoelectric")
    assert "gw-0001:pe-01 watches ZY2018000046" in site.said(
        "gateway bind gw-0001 pe-01 ZY2018000046"
    )
    assert "--move" in site.refused("gateway bind gw-0001 pe-01 ZY2018000047")
    assert "already" in site.refused("gateway bind gw-0001 pe-01 ZY2018000046")
    assert site.one("SELECT count(*) FROM binding") == 1
    site.said("gateway bind gw-0001 pe-01 ZY2018000047 --move")
    assert site.one("SELECT count(*) FROM binding WHERE until IS NOT NULL") == 1
    old = site.one("SELECT id FROM sensor")
    assert "watches ZY2018000047" in site.said("gateway replace gw-0001 pe-01")
    assert site.one("SELECT id FROM sensor WHERE active AND name = 'pe-01'") != old
    assert "pe-02 has replaced" in site.said("gateway replace gw-0001 pe-01 --name pe-02")
    site.said("gateway unbind gw-0001 pe-02")
    assert "no asset" in site.refused("gateway unbind gw-0001 pe-02")
    site.said("gateway activate gw-0001 pe-01")
    site.said("gateway deactivate gw-0001 pe-01")
    assert "deactivated" in site.refused("gateway bind gw-0001 pe-01 ZY2018000046")
    assert "deactivated" in site.refused("gateway replace gw-0001 pe-01")
    shown = site.said("gateway show gw-0001")
    assert re.search(r"pe-02 +photoelectric +watches nothing +not proven", shown)
    happened = [line.split()[2] for line in shown.splitlines() if re.match(r"  \d{4}-", line)]
    assert happened == [
        "deactivated", "activated", "unbound", "bound", "added", "replaced", "bound", "added",
        "replaced", "bound", "unbound", "bound", "added", "added",
    ]  # fmt: skip
    assert site.one("SELECT count(*) FROM device_event WHERE card_id IS NOT NULL") == 8
    with single_connection(site.database.url()) as conn:
        actions = {row[0] for row in conn.execute("SELECT action FROM audit_entry")}
    assert {"sensor.bound", "sensor.unbound", "sensor.replaced"} <= actions


def test_sensor_watches_its_room_instead_of_a_card_and_needs_no_proof(site: Site) -> None:
    site.said("gateway add gw-0001 --unit U1")
    site.said("gateway sensor gw-0001 pe-01 photoelectric --card ZY2018000046")
    site.said("gateway sensor gw-0001 gp-01 position")
    assert "of the kind position" in site.refused("gateway room gw-0001 gp-01")
    assert "watches ZY2018000046" in site.refused("gateway room gw-0001 pe-01")
    assert "needs no proof" in site.said("gateway room gw-0001 pe-01 --move")
    assert "watches its room" in site.refused("gateway bind gw-0001 pe-01 ZY2018000046")
    assert "watches no asset" in site.refused("gateway commission gw-0001 pe-01")
    assert "it watches its room" in site.said("gateway replace gw-0001 pe-01")
    site.environment["LC_ALL"] = "zh_CN.UTF-8"
    assert "现为房间传感器" in site.refused("gateway room gw-0001 pe-01")
    shown = site.said("gateway show gw-0001")
    assert re.search(r"pe-01 +photoelectric +watches its room$", shown, re.MULTILINE)
    site.said("gateway bind gw-0001 pe-01 ZY2018000047 --move")
    assert site.one("SELECT count(*) FROM binding WHERE until IS NULL AND card_id IS NULL") == 0


def test_replaced_sensors_name_can_not_be_taken_back(site: Site) -> None:
    site.said("gateway add gw-0001 --unit U1")
    site.said("gateway sensor gw-0001 pe-01 photoelectric")
    assert "pe-01 is taken" in site.refused("gateway sensor gw-0001 pe-01 pulses")
    site.said("gateway replace gw-0001 pe-01 --name pe-02")
    site.said("gateway sensor gw-0001 pe-01 pulses")
    assert "There is no sensor gw-0001:pe-09" in site.refused("gateway unbind gw-0001 pe-09")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("gateway password gw-0009", "gw-0009"),
        ("gateway deactivate gw-0009", "gw-0009"),
        ("gateway show gw-0009", "gw-0009"),
        ("gateway sensor gw-0009 pe-01 pulses", "gw-0009"),
        ("gateway replace gw-0009 pe-01", "gw-0009"),
        ("gateway bind gw-0001 pe-09 ZY2018000046", "gw-0001:pe-09"),
        ("gateway commission gw-0001 pe-09", "gw-0001:pe-09"),
        ("gateway bind gw-0001 pe-01 ZY9999", "ZY9999"),
        ("gateway bind gw-0001 pe-01 ZY2018000048", "ZY2018000048"),
        ("gateway sensor gw-0001 pe-02 pulses --card ZY9999", "ZY9999"),
        ("gateway commission gw-0001 pe-01", "gw-0001:pe-01"),
        ("gateway add gw-0002 --unit U9", "U9"),
        ("gateway add panhuo-collector-1 --unit U1", "panhuo-collector-1"),
    ],
)
def test_what_is_unknown_or_unfit_is_refused_by_its_name(
    site: Site, words: str, named: str
) -> None:
    site.said("gateway add gw-0001 --unit U1")
    site.said("gateway sensor gw-0001 pe-01 photoelectric")
    before = site.one("SELECT count(*) FROM device_event")
    assert named in site.refused(words)
    assert site.one("SELECT count(*) FROM device_event") == before
    assert site.one("SELECT count(*) FROM sensor") == 1


def test_every_event_has_words_in_the_audit_log() -> None:
    for kind in Kind:
        if kind is not Kind.PASSWORD_RENEWED:
            assert words_of_audit.known(f"sensor.{kind}")
    assert words_of_audit.known("gateway.password_renewed")


def test_collectors_stay_known_and_what_an_operator_opened_is_found(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no collector 2" in site.refused("broker configure --worker 2")
    site.environment["PANHUO_BROKER_COLLECTORS"] = "1,2"
    assert "PANHUO_BROKER_USER=panhuo-collector-2\n" in site.said("broker configure --worker 2")
    del site.environment["PANHUO_BROKER_COLLECTORS"]
    assert "run `panhuo broker configure`" in site.said("gateway add gw-0001 --unit U1")
    where = broker.folder(site.data)
    rights = (where / broker.RIGHTS).read_text()
    assert "user panhuo-collector-2\n" in rights
    assert "user gw-0001\n" in rights
    assert "127.0.0.1" in site.said("broker certificate")
    monkeypatch.setenv("PANHUO_DATA", str(site.data))
    assert {one().health for one in BROKER_CHECKS} == {Health.WELL}
    own = where / broker.OWN_CONFIGURATION / "own.conf"
    own.write_text("listener 1883 0.0.0.0\nuse_username_as_clientid true\n")
    assert doctor.broker_listeners().seen == "listener 1883 0.0.0.0 has no TLS"


def test_broker_that_is_not_configured_says_so(site: Site) -> None:
    assert "broker configure" in site.refused("run broker")
    assert "broker configure" in site.refused("broker certificate")
    site.environment["PANHUO_BROKER_PLAIN"] = "true"
    site.environment["PANHUO_BROKER_LISTEN"] = "*"
    assert "loopback" in site.refused("broker configure")


@contextmanager
def listening(site: Site) -> Iterator[dict[str, str]]:
    """A broker configured and started as the guide says; what `configure` printed."""
    answer = site.panhuo("broker configure")
    assert answer.exit_code == 0, answer.output
    path = broker.folder(site.data) / broker.CONFIGURATION
    with subprocess.Popen(
        ["/usr/sbin/mosquitto", "-c", str(path)], stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield dict(line.split("=", 1) for line in answer.stdout.splitlines())
        finally:
            process.terminate()


def publish(
    printed: dict[str, str], word: str, *values: float, name: str = "pe-01", ahead_s: float = 0.0
) -> bool:
    """A foreign client sends a pack; whether the broker takes it."""
    now = time.time() + ahead_s
    pack = [{"bn": "gw-0001:", "bt": now, "n": "seq", "v": int(now * 1000)}]
    pack += [{"n": name, "u": "lx", "v": value, "t": n / 1000} for n, value in enumerate(values)]
    command = [
        "mosquitto_pub",
        "-h",
        printed["PANHUO_BROKER_HOST"],
        "-p",
        printed["PANHUO_BROKER_PORT"],
    ]
    command += ["--cafile", printed["PANHUO_BROKER_TLS_CA"], "-u", "gw-0001", "-P", word]
    command += ["-q", "1", "-t", "panhuo/v1/gw-0001/readings", "-m", json.dumps(pack)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.broker
def test_printed_environment_and_passwords_work_at_the_running_broker(site: Site) -> None:
    site.said("gateway add gw-0001 --unit U1")
    with listening(site) as printed:
        settings = {name.removeprefix("PANHUO_").lower(): value for name, value in printed.items()}
        url = site.database.url(DatabaseRole.COLLECTOR)
        with collecting(IngestSettings.model_validate(settings | {"sensors_refresh_s": "1"}), url):
            answer = site.said("gateway password gw-0001")
            assert "The broker has taken it up." in answer
            word = PASSWORD.search(answer)
            assert word
            eventually(lambda: publish(printed, word[1], 1.0))
            site.said("gateway deactivate gw-0001")
            eventually(lambda: not publish(printed, word[1], 1.0))
            site.said("gateway activate gw-0001")
            eventually(lambda: publish(printed, word[1], 1.0))
            site.said("gateway sensor gw-0001 pe-01 photoelectric --card ZY2018000046")
            stored = "SELECT count(*) FROM reading"
            eventually(lambda: publish(printed, word[1], 1.0) and site.one(stored))
            silent = site.panhuo("gateway commission gw-0001 pe-01 --limit 1")
            assert silent.exit_code == 1
            assert "failed: no reading arrived: " in silent.output
            passed = commissioned(site, printed, word[1])
            assert passed[-2:] == [
                "passed: off 12 lx, on 475 lx; 7 readings",
                "gw-0001:pe-01 is proven, by 李工.",
            ]
            # Measured "in a minute": the test finds them there, however long they took to arrive.
            publish(printed, word[1], 12.0, 12.0, 12.0, 14.0, 14.0, ahead_s=60.0)
            eventually(lambda: site.one(f"{stored} WHERE value = 14") == 2)
            failed = site.panhuo("gateway commission gw-0001 pe-01 --limit 1")
            assert failed.exit_code == 1
            assert "on must be at least 37 lx, seen was 14 lx; 5 readings" in failed.output
    assert site.one("SELECT proven_by FROM sensor_proof WHERE ended_at IS NULL") == "李工"
    assert "proven" in site.said("gateway show gw-0001")
    site.said("gateway replace gw-0001 pe-01")
    assert site.one("SELECT end_reason FROM sensor_proof") == "replaced"
    assert site.one("SELECT count(*) FROM sensor_proof WHERE ended_at IS NULL") == 0


def commissioned(site: Site, printed: dict[str, str], word: str) -> list[str]:
    """What the command says, while a foreign client does what it asks for."""
    command = [sys.executable, "-m", "ops", "gateway", "commission", "gw-0001", "pe-01"]
    answers = {"leave it off": (12.0,) * 3, "Switch it on": (480.0, 470.0), "On was": (12.0, 12.0)}
    with subprocess.Popen(
        [*command, "--by", "李工", "--limit", "60"],
        env={"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", **site.environment},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.strip())
            for asked, values in answers.items():
                assert asked not in line or publish(printed, word, *values)
        assert process.wait() == 0
        return said
