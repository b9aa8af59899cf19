"""What pages say of a suggestion that waits, and of an asset for which no rule holds (I4, I5)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.types.json import Jsonb

from analytics import proposals
from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_admin import confirmed
from tests.portal.test_doors import post, signed_in

OPEN = (
    "SELECT card.code, card.id, suggestion.id FROM suggestion JOIN card ON card.id = card_id "
    "JOIN unit ON unit.id = unit_id "
    "WHERE suggestion.state = 'open' AND unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1"
)
NOT_JUDGED = (
    "SELECT card.code, card.category FROM card JOIN unit ON unit.id = unit_id "
    "WHERE unit.name = '海口市图书馆' "
    "AND EXISTS (SELECT FROM binding WHERE card_id = card.id AND until IS NULL) "
    "AND NOT EXISTS (SELECT FROM assessment WHERE card_id = card.id) ORDER BY 1 LIMIT 1"
)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn


@pytest.fixture
def waiting(owner: Connection, demo_database: DemoDatabase) -> Iterator[tuple[str, int]]:
    """(code, suggestion) of an asset whose sensor fell silent; open again after the test."""
    found = owner.execute(OPEN).fetchone()
    assert found is not None
    code, card, key = found
    with owner.transaction():
        proposals.wait(owner, card, "sensor_silent", demo_database.now)
    yield code, key
    with owner.transaction():
        proposals.resume(owner, card)


SENSOR = """
    SELECT card.code, sensor_health.sensor_id
      FROM sensor_health JOIN binding USING (sensor_id) JOIN card ON card.id = card_id
      JOIN unit ON unit.id = unit_id
     WHERE until IS NULL AND sensor_health.state = 'ok' AND unit.name = '海口市图书馆'
     ORDER BY 1, 2 LIMIT 1
"""
STATE = "UPDATE sensor_health SET state = %s, misread = %s WHERE sensor_id = %s"


@pytest.fixture
def failing(owner: Connection) -> Iterator[str]:
    """The asset whose sensor's driver fails again and again; it is well after the test."""
    found = owner.execute(SENSOR).fetchone()
    assert found is not None
    code, sensor = found
    owner.execute(STATE, ("faulty", Jsonb({"saturated": 31, "lone": 2}), sensor))
    yield code
    owner.execute(STATE, ("ok", Jsonb({}), sensor))


@pytest.mark.parametrize(
    ("language", "state", "misread"),
    [
        ("zh", "反复出错", "孤立跳变 2，光强饱和 31"),
        ("en", "fails again and again", "lone leap 2, saturated 31"),
    ],
)
def test_pages_say_what_a_failing_sensor_misread(
    app: Flask, failing: str, language: str, state: str, misread: str
) -> None:
    clerk = signed_in(app, "clerk")
    clerk.set_cookie("language", language)
    for path in ("/suggestions?tab=alarms", f"/monitoring/assets/{failing}"):
        page = clerk.get(path).text
        assert state in page, path
        assert misread in page, path


OF_ROOM = """
    SELECT sensor.id, card.code
      FROM binding AS room
      JOIN sensor ON sensor.id = room.sensor_id
      JOIN sensor AS beside ON beside.gateway_id = sensor.gateway_id
      JOIN binding ON binding.sensor_id = beside.id
      JOIN card ON card.id = binding.card_id
     WHERE room.card_id IS NULL AND sensor.kind = 'photoelectric'
     LIMIT 1
"""
STUCK = """
    INSERT INTO sensor_health (sensor_id, state, since, coverage, examined_at)
    VALUES (%s, 'stuck', now(), 1, now())
"""


@pytest.mark.parametrize(
    ("language", "room", "sensor"),
    [
        ("zh", "房间：采编部 二楼 205", "光电（房间）"),
        ("en", "Room: 采编部 二楼 205", "Light (room)"),
    ],
)
def test_pages_show_a_rooms_sensor_and_its_alarm(
    app: Flask, owner: Connection, language: str, room: str, sensor: str
) -> None:
    found = owner.execute(OF_ROOM).fetchone()
    assert found is not None
    key, code = found
    owner.execute(STUCK, (key,))
    clerk = signed_in(app, "clerk")
    clerk.set_cookie("language", language)
    try:
        for path in ("/suggestions?tab=alarms", "/"):
            assert room in clerk.get(path).text, path
        assert sensor in clerk.get(f"/monitoring/assets/{code}").text
    finally:
        owner.execute("DELETE FROM sensor_health WHERE sensor_id = %s", (key,))


@pytest.mark.parametrize(
    ("language", "waits", "why"),
    [("zh", "暂缓", "传感器没有声音"), ("en", "wait", "silent")],
)
def test_pages_say_since_when_and_why_a_suggestion_waits(
    app: Flask, waiting: tuple[str, int], language: str, waits: str, why: str
) -> None:
    code, key = waiting
    clerk = signed_in(app, "clerk")
    clerk.set_cookie("language", language)
    for path in (f"/suggestions?tab=waiting&pick={key}", f"/monitoring/assets/{code}",
                 f"/cards/{code}"):  # fmt: skip
        page = clerk.get(path).text
        assert waits in page.lower(), path
        assert why in page, path


def test_waiting_suggestion_is_not_counted_as_open_and_offers_to_dismiss_it_only(
    app: Flask, waiting: tuple[str, int], owner: Connection
) -> None:
    code, key = waiting
    clerk = signed_in(app, "clerk")
    assert f"pick={key}" not in clerk.get("/suggestions").text
    page = clerk.get(f"/suggestions?tab=waiting&pick={key}").text
    assert f"/suggestions/{key}/dismiss" in page
    assert "采纳并起草" not in page
    answer = clerk.get(draft_of(code, key))
    assert answer.status_code == 303
    assert "证据眼下不完整" in clerk.get(answer.headers["Location"]).text
    asked = post(signed_in(app, "reviewer"), f"/suggestions/{key}/agree")
    assert asked.headers["Location"].endswith(f"pick={key}")
    assert agreed(owner, key) is None


def draft_of(code: str, key: int) -> str:
    return f"/changes/new?card={code}&kind=status&status=idle&suggestion={key}"


def agreed(conn: Connection, key: int) -> object:
    return scalar(conn, "SELECT agreed_by FROM suggestion WHERE id = %(key)s", key=key)


STANDS = """
    SELECT suggestion.state, change_id, review.number, quiet_until FROM suggestion
      LEFT JOIN card_change ON card_change.id = change_id LEFT JOIN review ON review.id = review_id
     WHERE suggestion.id = %s
"""


@pytest.fixture
def raised(owner: Connection) -> Iterator[tuple[str, int]]:
    """(code, suggestion) of one that is open, as it is again after the test."""
    found = owner.execute(OPEN).fetchone()
    assert found is not None
    code, _card, key = found
    yield code, key
    owner.execute(
        "UPDATE suggestion SET state = 'open', closed_at = NULL, closed_by = NULL, change_id = NULL, "
        "quiet_until = NULL, agreed_by = NULL, agreed_at = NULL WHERE id = %s",
        (key,),
    )


def saved(client: FlaskClient, code: str, key: int, status: str = "idle") -> str:
    """The address of the draft that was saved from the suggestion."""
    answer = post(client, draft_of(code, key), status=status, reason="少有使用", then="keep")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def seen(client: FlaskClient, draft: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', client.get(draft).text)
    assert found is not None
    return found[1]


def deleted(client: FlaskClient, draft: str) -> None:
    """With the warning that its suggestion will be open again."""
    said, answer = confirmed(client, f"{draft}/delete", seen=seen(client, draft))
    assert ("闲置建议" in said, answer.status_code) == (True, 303)


def test_suggestion_is_accepted_with_its_saved_draft_and_open_again_without_it(
    app: Flask, owner: Connection, raised: tuple[str, int]
) -> None:
    code, key = raised
    clerk = signed_in(app, "clerk")
    assert "采纳并起草" in clerk.get(f"/suggestions?pick={key}").text
    assert "利用率" in clerk.get(draft_of(code, key)).text
    assert owner.execute(STANDS, (key,)).fetchone() == ("open", None, None, None)  # left the form
    draft = saved(clerk, code, key)
    state, change, number, quiet = owner.execute(STANDS, (key,)).fetchone() or ()
    assert (state, quiet is not None) == ("accepted", True)
    assert draft == f"/changes/{change}"
    assert (
        f'<a href="{draft}">{number}</a>' in clerk.get(f"/suggestions?tab=accepted&pick={key}").text
    )
    second = clerk.get(draft_of(code, key))  # the other tab, or Back
    assert (second.status_code, second.headers["Location"]) == (303, draft)
    assert "这条建议已采纳，这是由它起草的变动。" in clerk.get(draft).text
    deleted(clerk, draft)
    assert owner.execute(STANDS, (key,)).fetchone()[0::3] == ("open", None)  # type: ignore[index]
    assert "采纳并起草" in clerk.get(f"/suggestions?pick={key}").text


def test_draft_that_says_otherwise_leaves_its_suggestion_open(
    app: Flask, owner: Connection, raised: tuple[str, int]
) -> None:
    code, key = raised
    other = scalar(
        owner, "SELECT code FROM card WHERE code <> %(code)s AND status = 'in_use' AND unit_id = "
        "(SELECT unit_id FROM card WHERE code = %(code)s) ORDER BY 1 LIMIT 1", code=code,
    )  # fmt: skip
    clerk = signed_in(app, "clerk")
    assert clerk.get(draft_of(str(other), key)).status_code == 404
    draft = saved(clerk, str(other), key)
    post(clerk, f"{draft}/delete", seen=seen(clerk, draft))
    assert owner.execute(STANDS, (key,)).fetchone() == ("open", None, None, None)


def test_a_dismissal_is_taken_back_and_leaves_the_suggestion_as_it_stood(
    app: Flask, owner: Connection, raised: tuple[str, int]
) -> None:  # J5
    _code, key = raised
    reviewer = signed_in(app, "reviewer")
    before = owner.execute("SELECT * FROM suggestion WHERE id = %s", (key,)).fetchone()
    answer = post(reviewer, f"/suggestions/{key}/dismiss", reason="汛期集中使用")
    found = re.search(r'action="(/undo/\d+)"', reviewer.get(answer.headers["Location"]).text)
    assert found is not None
    assert owner.execute(STANDS, (key,)).fetchone()[0] == "dismissed"  # type: ignore[index]
    assert post(reviewer, found[1]).status_code == 303
    assert owner.execute("SELECT * FROM suggestion WHERE id = %s", (key,)).fetchone() == before


def test_who_may_not_draft_agrees_and_it_waits_for_the_preparers_draft(
    app: Flask, owner: Connection, raised: tuple[str, int]
) -> None:
    code, key = raised
    reviewer, clerk = signed_in(app, "reviewer"), signed_in(app, "clerk")
    assert "同意，请经办岗起草" in reviewer.get(f"/suggestions?pick={key}").text
    for _click in range(2):
        assert post(reviewer, f"/suggestions/{key}/agree").status_code == 303
    assert "同意，请经办岗起草</button>" not in reviewer.get(f"/suggestions?pick={key}").text
    assert owner.execute(STANDS, (key,)).fetchone() == ("open", None, None, None)
    told = scalar(
        owner, "SELECT count(*) FROM notice JOIN app_user ON app_user.id = user_id "
        "WHERE login = 'clerk' AND event = 'suggestion.agreed' AND address = %(to)s",
        to=f"/suggestions?pick={key}",
    )  # fmt: skip
    assert told == 1
    assert "于" in clerk.get(f"/suggestions?pick={key}").text
    deleted(clerk, saved(clerk, code, key))


@contextmanager
def of_category(conn: Connection, code: str, category: str) -> Iterator[None]:
    change = "UPDATE card SET category = %s WHERE code = %s"
    before = scalar(conn, "SELECT category FROM card WHERE code = %(code)s", code=code)
    conn.execute(change, (category, code))
    try:
        yield
    finally:
        conn.execute(change, (before, code))


def test_watched_asset_whose_category_has_no_rule_is_said_to_be_so(
    app: Flask, owner: Connection
) -> None:
    code = owner.execute(NOT_JUDGED).fetchone()
    assert code is not None
    clerk = signed_in(app, "clerk")
    pages = (f"/monitoring?q={code[0]}", f"/monitoring/assets/{code[0]}")
    assert all("没有适用的闲置规则" not in clerk.get(path).text for path in pages)
    with of_category(owner, code[0], "A05010501"):
        assert all("没有适用的闲置规则" in clerk.get(path).text for path in pages)
