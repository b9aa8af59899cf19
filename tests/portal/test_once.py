"""A form makes what it makes once, however often it is sent (J3)."""

import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server
from portal import PortalSettings, create_app
from portal.formats import ZONE
from portal.once import FIELD, MAKES
from registry.cards import write
from registry.org import Role, UserType, submissions
from tests.fixtures.database import _copied
from tests.fixtures.patience import busy
from tests.portal.forms import Form, Sent, form_with, forms, refusals
from tests.portal.office import Office
from tests.registry.conftest import VALUES, _insert, furnish, organise
from tests.registry.test_imports import GOOD, csv_of

IN_A_MONTH: Final = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
HEAD: Final = {
    "scope": "local",
    "phone": "0898-68532107",
    "address": "椰海大道 5 号",
    "then": "keep",
}
DEMAND: Final = HEAD | {
    "title": "重复测试", "wanted": "transfer", "category": "A02010105", "quantity": "2",
    "description": "会议室用", "division": "460100", "closing_on": IN_A_MONTH, "urgency": "ordinary",
}  # fmt: skip
SAID: Final = "已保存过，没有再建一份"
CHANGED: Final = "这张表单已经保存过"
PHOTO: Final = """
    INSERT INTO photo (card_id, position, digest, media, width, height)
    VALUES (%s, 0, %s, 'image/jpeg', 640, 480)
"""
IDLE, SHARED = "YS2026000001", "YS2026000002"


class House(Office):
    """A library and its portal."""

    def count(self, table: str) -> int:
        with single_connection(self.copy.url()) as conn:
            return int(str(scalar(conn, f"SELECT count(*) FROM {table}")))


@pytest.fixture(scope="module")
def house(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("once")
    for copy in _copied(postgres):
        with single_connection(copy.url()) as conn:
            organisation = organise(conn)
            furnish(conn, organisation)
            unit = organisation.units["图书馆"]
            organisation.users["local"] = _insert(
                conn, unit, "local", "图书馆", UserType.BUDGET_UNIT, Role.ADMINISTRATOR
            )
            for code, status, shared in ((IDLE, "idle", "false"), (SHARED, "in_use", "true")):
                values = VALUES | {"code": code, "status": status, "shareable": shared}
                conn.execute(PHOTO, (write.insert(conn, unit, values), code[-1] * 64))
        with Database(copy.url(DatabaseRole.PORTAL)) as database:
            yield House(create_app(PortalSettings(), database, folder), copy, organisation)


@pytest.fixture(autouse=True)
def webhooks_within(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "127.0.0.0/8")


def drawn(house: House, client: FlaskClient, path: str) -> Form:
    """The form of a page that makes something."""
    path = path.replace("UNIT", str(house.organisation.units["图书馆"]))
    form = form_with(client.get(path).text, FIELD)
    form.action = form.action or path
    return form


def imported(_house: House, client: FlaskClient, _path: str) -> Form:
    """The form below a file that was checked."""
    page = client.get("/cards/import").text
    (form,) = (one for one in forms(page) if one.action == "/cards/import")
    file = {"file": (io.BytesIO(csv_of(GOOD)), "cards.csv")}
    checked = client.post("/cards/import", data=form.says | file)
    assert checked.status_code == 200, refusals(checked.text)
    return form_with(checked.text, FIELD)


@dataclass(frozen=True, slots=True)
class Making:
    """Who makes a row of `table` by the form of `path`, and what they type."""

    login: str
    path: str
    table: str
    typed: dict[str, Any] = field(default_factory=dict)
    form: Callable[[House, FlaskClient, str], Form] = drawn


CHANGE: Final = "/changes/new?kind="
MAKING: Final = {
    "demands.create": Making("clerk", "/demands/sheets/new", "sheet", DEMAND),
    "transfer.create": Making("clerk", "/transfer/sheets/new", "sheet", HEAD | {"cards": [IDLE]}),
    "share.create": Making("clerk", "/share/sheets/new", "sheet", HEAD | {"cards": [SHARED]}),
    "drafts.create": Making(
        "clerk", f"{CHANGE}register", "card_change",
        {"code": "TY2026000099", "measure": "台", "name": "新卡", "category": "A02010105", "original_value": "100", "then": "keep"},
    ),
    "stocktakes.create": Making(
        "clerk", "/stocktakes/new", "stocktake", {"name": "年末盘点", "due_on": IN_A_MONTH}
    ),
    "card_files.draft": Making("clerk", "", "card_change", {"then": "keep"}, imported),
    "admin_people.add": Making(
        "admin", "/admin/users/new", "app_user",
        {"login": "newcomer", "name": "新来的", "unit": "图书馆", "roles": ["preparer"]},
    ),
    "admin_units.add": Making(
        "admin", "/admin/units/new", "unit",
        {"code": "460100299", "name": "第一中学", "kind": "unit", "division": "460100", "parent": "文体局"},
    ),
    "admin_units.add_section": Making("admin", "/admin/units/UNIT", "section", {"name": "教务处"}),
    "admin_calendar.add": Making(
        "admin", "/admin/calendar/new", "closure",
        {"unit": "图书馆", "since": "2026-07-06", "until": "2026-07-10", "reason": "装修"},
    ),
    "webhooks.add": Making(
        "local", "/admin/webhooks/new", "webhook", {"name": "办公系统", "url": "http://127.0.0.1:9/hook"}
    ),
    "linked.add": Making("local", "/admin/linked", "linked_system", {"name": "省平台"}),
    "campaign.start": Making(
        "department", "/campaign", "campaign", {"name": "年底录入", "deadline": IN_A_MONTH}
    ),
    "account.add_device": Making("clerk", "/account", "scan_device", {"name": "走廊无线枪"}),
}  # fmt: skip


def test_all_that_makes_something_is_tried_here(house: House) -> None:
    making = {name for name, view in house.app.view_functions.items() if hasattr(view, MAKES)}
    assert making == MAKING.keys()


@pytest.mark.parametrize("endpoint", MAKING)
def test_the_same_form_sent_again_is_answered_with_what_the_first_one_made(
    house: House, endpoint: str
) -> None:
    one = MAKING[endpoint]
    client, before = house.signed_in(one.login), house.count(one.table)
    form = one.form(house, client, one.path)
    body = form.filled(**one.typed)
    first, again = (client.post(form.action, data=body) for _time in range(2))
    assert first.status_code in {200, 201, 303}, refusals(first.text)
    assert again.status_code == 303, refusals(again.text)
    if first.status_code == 303 and "#" not in again.location:
        assert again.location == first.location
    assert SAID in client.get(again.location).text
    assert house.count(one.table) == before + 1


TODAY: Final = datetime.now(ZONE).date().isoformat()
KINDS: Final = {
    "status": {"status": "to_dispose"},
    "shareable": {"shareable": "true"},
    "requisition": {"taken_on": TODAY, "using_section": "办公室", "custodian": "李小梅"},
    "dispose": {"form": "scrap", "disposed_on": TODAY},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_any_kind_is_drafted_once(house: House, kind: str) -> None:
    client, before = house.signed_in("clerk"), house.count("card_change")
    form = drawn(house, client, f"{CHANGE}{kind}&card={IDLE}")
    body = form.filled(**KINDS[kind], reason="试", then="keep")
    first, again = (client.post(form.action, data=body) for _time in range(2))
    assert (first.status_code, again.location) == (303, first.location), refusals(first.text)
    assert house.count("card_change") == before + 1


# ---- at the same moment

WAITING: Final = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'panhuo_portal' AND wait_event_type = 'Lock'
"""


def wait_for(house: House, number: int) -> None:
    """Until so many transactions of the portal's wait for others."""
    until = monotonic() + busy(30)
    with single_connection(house.as_admin(), autocommit=True) as conn:
        while scalar(conn, WAITING) != number:
            assert monotonic() < until
            sleep(0.02)


@pytest.mark.parametrize("endpoint", ["demands.create", "drafts.create", "stocktakes.create"])
def test_of_two_at_the_same_moment_the_second_waits_and_gets_the_first_ones_page(
    house: House, endpoint: str
) -> None:
    one = MAKING[endpoint]
    client, before = house.signed_in(one.login), house.count(one.table)
    form = one.form(house, client, one.path)
    body, answers = form.filled(**one.typed), list[TestResponse]()
    session = client.get_cookie("panhuo")
    assert session is not None

    def send() -> None:
        own = house.app.test_client()
        own.set_cookie("panhuo", session.value)
        answers.append(own.post(form.action, data=body))

    threads = [threading.Thread(target=send) for _one in range(2)]
    with single_connection(house.copy.url()) as conn:
        conn.execute("LOCK TABLE review IN SHARE MODE")  # no document begins while both are sent
        for thread in threads:
            thread.start()
        wait_for(house, 2)
    for thread in threads:
        thread.join(busy(60))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.location for answer in answers}) == 1
    assert house.count(one.table) == before + 1


# ---- refused at first, changed later, another's, without a key, deleted meanwhile


@pytest.mark.parametrize(
    ("endpoint", "wrong"),
    [("demands.create", {"quantity": "viele"}), ("stocktakes.create", {"due_on": "2001-01-01"})],
)
def test_a_form_that_was_refused_is_mended_and_sent_with_the_same_key(
    house: House, endpoint: str, wrong: dict[str, str]
) -> None:
    one = MAKING[endpoint]
    client, before = house.signed_in(one.login), house.count(one.table)
    form = one.form(house, client, one.path)
    refused = client.post(form.action, data=form.filled(**one.typed | wrong))
    assert refused.status_code == 422
    assert form_with(refused.text, FIELD).says[FIELD] == form.says[FIELD]
    body = form_with(refused.text, FIELD).filled(**one.typed)
    first, again = (client.post(form.action, data=body) for _time in range(2))
    assert (first.status_code, again.location) == (303, first.location)
    assert house.count(one.table) == before + 1


def test_who_changes_a_sent_form_is_asked_whether_it_shall_be_another_one(house: House) -> None:
    client, before = house.signed_in("clerk"), house.count("sheet")
    form = drawn(house, client, "/demands/sheets/new")
    first = client.post(form.action, data=form.filled(**DEMAND))
    asked = client.post(form.action, data=form.filled(**DEMAND | {"quantity": "37"}))
    assert (asked.status_code, house.count("sheet")) == (422, before + 1)
    assert CHANGED in asked.text
    assert f'href="{first.location}"' in asked.text
    assert 'value="37" readonly' in asked.text  # nothing that was typed is lost
    another = form_with(asked.text, FIELD)
    assert another.says[FIELD] != form.says[FIELD]
    second = client.post(another.action, data=another.says)
    assert second.location not in {None, first.location}
    assert "37" in client.get(second.location).text
    assert house.count("sheet") == before + 2


def test_a_saved_draft_whose_form_is_sent_again_to_be_submitted_is_the_same_one(
    house: House,
) -> None:
    client, before = house.signed_in("clerk"), house.count("sheet")
    form = drawn(house, client, "/demands/sheets/new")
    first = client.post(form.action, data=form.filled(**DEMAND | {"title": "先存后送"}))
    body = form.filled(**DEMAND | {"title": "先存后送", "then": "submit"})
    again = client.post(form.action, data=body)
    assert again.location == first.location
    assert house.count("sheet") == before + 1


def test_the_same_key_of_somebody_else_is_another_key(house: House) -> None:
    made = set()
    for login in ("clerk", "colleague"):
        client = house.signed_in(login)
        form = drawn(house, client, "/demands/sheets/new")
        body = form.filled(**DEMAND | {"title": "同一个键", FIELD: "k" * 22})
        made.add(client.post(form.action, data=body).location)
    assert len(made) == 2


@pytest.mark.parametrize("key", [None, "", "短", "x" * 65])
def test_a_form_without_a_key_is_known_by_all_that_it_says(house: House, key: str | None) -> None:
    client, before = house.signed_in("clerk"), house.count("sheet")
    form = drawn(house, client, "/demands/sheets/new")
    body: Sent = form.filled(**DEMAND | {"title": f"没有键 {str(key)[:5]}"})
    del body[FIELD]
    if key is not None:
        body[FIELD] = [key]
    first, again = (client.post(form.action, data=body) for _time in range(2))
    assert (first.status_code, again.location) == (303, first.location)
    assert house.count("sheet") == before + 1
    body["title"] = ["另外一份"]
    assert client.post(form.action, data=body).location != first.location


def test_a_deleted_draft_may_be_made_again_by_its_form(house: House) -> None:
    client = house.signed_in("clerk")
    form = drawn(house, client, "/demands/sheets/new")
    body = form.filled(**DEMAND | {"title": "删了再来"})
    first = client.post(form.action, data=body)
    page = client.get(first.location).text
    (delete,) = (one for one in forms(page) if one.action.endswith("/delete"))
    deleted = client.post(delete.action, data=delete.says)
    assert deleted.status_code == 303
    assert client.get(first.location).status_code == 404
    again = client.post(form.action, data=body)
    assert client.get(again.location).status_code == 200


def test_the_page_that_shows_a_token_once_draws_a_form_for_another_one(house: House) -> None:
    client, before = house.signed_in("clerk"), house.count("scan_device")
    form = drawn(house, client, "/account")
    shown = client.post(form.action, data=form.filled(name="一号枪"))
    following = form_with(shown.text, FIELD)
    assert client.post(following.action, data=following.filled(name="二号枪")).status_code == 201
    assert house.count("scan_device") == before + 2


# ---- kept for a while


def test_keys_are_kept_as_long_as_a_form_may_come_back(house: House) -> None:
    client, now = house.signed_in("clerk"), datetime.now(UTC)
    form = drawn(house, client, "/demands/sheets/new")
    client.post(form.action, data=form.filled(**DEMAND | {"title": "留一阵"}))
    kept = house.count("submission")
    with Database(house.copy.url(DatabaseRole.EXCHANGE)) as database:
        submissions.purge(database, now + submissions.KEPT - timedelta(hours=1))
        assert house.count("submission") == kept > 0
        submissions.purge(database, now + submissions.KEPT + timedelta(hours=1))
    assert house.count("submission") == 0
