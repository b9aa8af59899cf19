"""Whoever is told to ask somebody is told whom, and how they are reached (C4, J3)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from db import Connection, Database, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from portal.messages import sentences
from portal.words import WORDS
from registry.org import hashing, set_password
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_admin import id_of, send
from tests.portal.test_doors import post, signed_in

ADMINISTRATOR = "系统管理员 · 海南省财政厅 · 0898-68512233"
HELP = "市资产管理中心 0898-65001122"
# Said where an installation names nobody (PANHUO_HELP_CONTACT), and where the page that leads on does.
NAMELESS = {
    "忘记口令请联系本单位的系统管理员。",
    "需要时请联系系统管理员，姓名和电话见“我的账号”。",
}
ASKS = re.compile("请联系|联系.*管理员|请由其他|只有该单位的经办岗|由它的经办岗办结")


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(help_contact=HELP), database, demo_database.data)


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn


def test_every_refusal_that_sends_somewhere_bears_who_is_there() -> None:
    asking = [label for label in WORDS.values() if ASKS.search(label.zh)]
    assert len(asking) >= 6
    for label in asking:
        for said in label:
            assert "{administrators}" in said or "{preparers}" in said, said


def test_every_sentence_that_sends_to_administrators_goes_on_with_their_names() -> None:
    asking = {
        said for _name, said in sentences() if isinstance(said, str) and ASKS.search(said)
    } - NAMELESS
    assert asking
    assert [said for said in asking if "管理员" in said and not said.endswith("：")] == []


@pytest.mark.parametrize("login", ["counter", "reviewer", "clerk2"])
def test_who_may_not_open_a_page_is_told_who_could_give_the_right(app: Flask, login: str) -> None:
    answer = signed_in(app, login).get("/admin")
    assert answer.status_code == 403
    assert "需要时请联系系统管理员：" in answer.text
    assert ADMINISTRATOR in answer.text


def test_administrator_is_not_sent_to_themselves(app: Flask) -> None:
    answer = signed_in(app, "admin").get("/cards")
    assert answer.status_code == 403
    assert "您的岗位没有这项权限。" in answer.text
    assert "需要时请联系系统管理员" not in answer.text


def test_account_says_who_keeps_its_rights(app: Flask) -> None:
    assert ADMINISTRATOR in signed_in(app, "clerk").get("/account").text


def test_sign_in_says_who_helps_where_the_installation_names_somebody(
    app: Flask, demo_database: DemoDatabase
) -> None:
    assert HELP in app.test_client().get("/login").text
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        nameless = create_app(PortalSettings(), database, demo_database.data)
        page = nameless.test_client().get("/login").text
    assert "忘记口令请联系本单位的系统管理员。" in page


def test_whose_temporary_password_has_expired_is_told_who_gives_another(
    app: Flask, owner: Connection
) -> None:
    late = datetime(2026, 1, 1, tzinfo=UTC)
    set_password(owner, "test", "counter2", hashing.hashed(PASSWORD), expires=late)
    wrong = post(app.test_client(), "/login", login="counter2", password="another one")
    right = post(app.test_client(), "/login", login="counter2", password=PASSWORD)
    set_password(owner, "test", "counter2", hashing.hashed(PASSWORD))
    assert "临时口令已过期" in right.text
    assert ADMINISTRATOR in right.text
    assert ADMINISTRATOR not in wrong.text


@pytest.fixture
def without_chain(owner: Connection) -> Iterator[None]:
    """No chain for the demands of a unit."""
    rows = owner.execute(
        "DELETE FROM review_node WHERE kind = 'demand_sheet' RETURNING kind, scope, position, body"
    ).fetchall()
    assert rows
    yield
    for row in rows:
        owner.execute(
            "INSERT INTO review_node (kind, scope, position, body) VALUES (%s, %s, %s, %s)", row
        )


@pytest.mark.usefixtures("without_chain")
def test_where_no_chain_is_set_the_form_names_who_can_set_one(app: Flask) -> None:  # C1
    page = signed_in(app, "clerk").get("/demands/sheets/new").text
    assert f"这类单据还没有设置审核流程，请联系系统管理员设置：{ADMINISTRATOR}。" in page
    assert "可以指定审核岗的管理员：" not in page  # a reviewer is not what is missing
    english = signed_in(app, "clerk").get("/demands/sheets/new", headers={"Accept-Language": "en"})
    assert f"Ask an administrator to set one: {ADMINISTRATOR}." in english.text


def test_administrator_who_may_not_change_their_own_rights_reads_who_may(
    app: Flask, owner: Connection, demo_database: DemoDatabase
) -> None:
    key = id_of(demo_database, "admin")
    second = id_of(demo_database, "finance2")
    owner.execute("INSERT INTO user_role (user_id, role) VALUES (%s, 'administrator')", (second,))
    admin = signed_in(app, "admin")
    answer = send(admin, f"/admin/users/{key}/password")
    owner.execute("DELETE FROM user_role WHERE user_id = %s AND role = 'administrator'", (second,))
    assert "请由其他管理员办理：梁若水 · 海南省财政厅" in admin.get(answer.headers["Location"]).text
