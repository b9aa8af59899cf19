"""The demo: complete, the same at every start, and everything of it found by the real pipeline."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db import Connection, DatabaseSettings, scalar, server, single_connection
from ops import reach
from ops.demo import LOGINS, PASSWORD, load
from ops.demo.plan import plan
from registry.cards import uploads
from registry.org import User, sign_in
from tests.fixtures.estate import DemoDatabase
from tests.fixtures.ports import own_port
from tests.ops.test_supervise import children, lives
from tests.registry.conftest import Within

PATIENCE_S = 300
# I4: what such a sensor says is never held against its asset.
BROKEN = frozenset({"dead", "stuck", "drift", "clock"})
# The line is 10 % of the norm, and a measured share has an error; the rule promises only its upper
# limit. Which assets are near the line depends on the day that the demo is started: on 12 days of a
# year 358 of 365 suggestions were truly idle, at worst 31 of 33, and the seven others were used
# at 11.0 to 16.6 % of their norm (docs/analytics.md). Of four suggestions one may be such.
RIGHT = 0.75


@pytest.fixture
def conn(demo_database: DemoDatabase) -> Iterator[Connection]:
    """The demo's database, for reading."""
    with single_connection(demo_database.copy.url()) as connection:
        yield connection
        connection.rollback()


def count(conn: Connection, query: str) -> int:
    found = scalar(conn, query)
    assert isinstance(found, int)
    return found


def test_demo_is_as_large_as_promised(conn: Connection) -> None:
    owners = "SELECT count(DISTINCT unit_id) FROM card"
    divisions = "SELECT count(DISTINCT division) FROM unit JOIN card ON card.unit_id = unit.id"
    watched = "SELECT count(DISTINCT card_id) FROM binding"
    assert count(conn, "SELECT count(*) FROM card") >= 240
    assert count(conn, "SELECT count(*) FROM unit") >= 6
    assert count(conn, owners) >= 6
    assert count(conn, divisions) >= 3
    assert 85 <= count(conn, watched) <= 95
    assert count(conn, "SELECT count(DISTINCT card_id) FROM photo") >= 200


def test_linked_systems_and_attachments_have_something_to_show(
    conn: Connection, demo_database: DemoDatabase
) -> None:  # F4, E3
    vanished = "SELECT count(*) FROM linked_listing WHERE vanished_at IS NOT NULL"
    assert count(conn, "SELECT count(*) FROM linked_system") >= 2
    assert count(conn, vanished) >= 1
    assert count(conn, "SELECT count(*) FROM linked_push WHERE refused > 0") >= 1
    kinds = conn.execute(
        "SELECT DISTINCT listing.kind FROM listing "
        "JOIN sheet_attachment ON sheet_attachment.sheet_id = listing.sheet_id "
        "WHERE listing.state = 'listed' ORDER BY 1"
    ).fetchall()
    assert kinds == [("demand",), ("share",), ("transfer",)]
    for (digest,) in conn.execute("SELECT DISTINCT digest FROM sheet_attachment"):
        assert uploads.path(demo_database.data, digest).is_file()


def test_every_login_signs_in(conn: Connection, demo_database: DemoDatabase) -> None:
    for person in LOGINS:
        result = sign_in(Within(conn), person.login, PASSWORD, "10.0.0.1", demo_database.now)
        assert isinstance(result, User), person.login
        assert (result.type, set(result.roles)) == (person.type, {person.role})


def test_second_load_changes_nothing(conn: Connection, demo_database: DemoDatabase) -> None:
    queries = ("SELECT count(*) FROM audit_entry", "SELECT count(*) FROM card")
    before = [count(conn, query) for query in queries]  # journeys may have added some
    load(conn, demo_database.data, demo_database.now)
    assert [count(conn, query) for query in queries] == before


def test_plan_is_the_same_at_every_call() -> None:
    assert plan() == plan()
    assert len({card.code for card in plan().cards}) == len(plan().cards)


def test_every_fact_of_every_card_adds_up() -> None:
    for card in plan().cards:
        assert 0 <= card.depreciation <= card.value
        assert re.fullmatch(r"[A-Z]{2}\d{10}", card.code)


@pytest.mark.kills
@pytest.mark.broker
def test_one_command_finds_the_idle_assets_and_one_signal_ends_it(tmp_path: Path) -> None:
    port = own_port(18_000)
    environment = {
        **os.environ,
        "PANHUO_DATA": str(tmp_path),
        "PANHUO_DATABASE_PORT": "58432",
        "PANHUO_ANALYTICS_EVERY_S": "5",
        "PANHUO_DEMO_GATEWAYS": "2",  # 16 assets; all of them take minutes of two cores
    }
    command = [sys.executable, "-m", "ops", "demo", "--port", str(port)]
    log = tmp_path.parent / f"{tmp_path.name}.log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, env=environment, stdout=output, stderr=output) as demo,
    ):
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), demo, log)
            wait_until(lambda: open_suggestions(tmp_path) and caught_up(log), demo, log)
            since = datetime.now(UTC)
            wait_until(lambda: judged_since(tmp_path, since), demo, log)
            listed = open_suggestions(tmp_path)
        finally:
            started = children(demo.pid)
            demo.send_signal(signal.SIGINT)
            demo.wait(180)
            server.forget(tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text())["assets"]
    assert len(listed) >= 3
    assert {code: truth[code]["fault"] for code in listed if truth[code]["fault"] in BROKEN} == {}
    # The simulator's norms are its own: what was truly used is held against the rule's.
    used = {
        code: truth[code]["hours_used"] / (truth[code]["working_days"] * rule["rated_hours"])
        for code, rule in listed.items()
    }
    assert {code: u for code, u in used.items() if u >= listed[code]["upper_limit"]} == {}
    right = [code for code, share in used.items() if share < listed[code]["threshold"]]
    assert len(right) >= RIGHT * len(listed)
    assert [pid for pid in started if lives(pid)] == []


@pytest.mark.kills
def test_of_two_demos_that_start_at_once_on_one_port_the_second_says_which_is_taken(
    tmp_path: Path,
) -> None:
    port = own_port(18_300)
    command = [sys.executable, "-m", "ops", "demo", "--port", str(port)]
    folders = [tmp_path / name for name in ("one", "other")]
    words = {"LANG": "en", "LC_ALL": "en"}
    demos = [
        subprocess.Popen(
            command,
            env={**os.environ, **words, "PANHUO_DATA": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for folder in folders
    ]
    try:
        over, going = first_to_end(demos)
        assert over.returncode == 1
        assert f"Port {port} is taken" in str(over.communicate()[0])
        assert going.poll() is None
    finally:
        for demo in demos:
            demo.send_signal(signal.SIGINT)
        try:
            for demo in demos:
                demo.communicate(timeout=PATIENCE_S)
        finally:
            for demo in demos:
                demo.kill()  # one that has ended is left alone
        for folder in folders:
            server.forget(folder)


def first_to_end(demos: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """The one that has ended, and the other."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        over = [one for one in demos if one.poll() is not None]
        if over:
            return [*over, *(one for one in demos if one not in over)][:2]
        time.sleep(0.2)
    pytest.fail(f"none has ended within {PATIENCE_S} s")


def wait_until(holds: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        if holds():
            return
        time.sleep(0.5)
    pytest.fail(f"not within {PATIENCE_S} s: {log.read_text()[-3000:]}")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def caught_up(log: Path) -> bool:
    return "100 %" in log.read_text()


def judged_since(data: Path, since: datetime) -> bool:
    """Whether a whole run of analytics has begun and ended since then."""
    running = reach.running(data)
    assert running is not None
    with single_connection(running.admin_url_of("panhuo")) as conn:
        runs = "SELECT 1 FROM job_run WHERE job = 'usage' AND outcome = 'done' AND started_at > %(since)s"
        return scalar(conn, runs, since=since) is not None


def open_suggestions(data: Path) -> dict[str, dict[str, float]]:
    """The numbers of the rule that judged it, by the card's code."""
    running = reach.running(data)
    assert running is not None
    with single_connection(running.admin_url_of("panhuo")) as conn:
        rows = conn.execute(
            "SELECT code, evidence->'rule' "
            "FROM suggestion JOIN card ON card.id = card_id WHERE state = 'open'"
        ).fetchall()
    return dict(rows)


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with server.serving(DatabaseSettings(data=data, database_port=58600), durable=False):
        pass
    command = [sys.executable, "-m", "ops", "demo", "--forget"]
    environment = {**os.environ, "PANHUO_DATA": str(data)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert not data.exists()
