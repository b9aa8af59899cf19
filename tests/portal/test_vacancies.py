"""The only reviewer leaves: said before and after, on the document, and at the door of a form (C1)."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.org import set_active
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_admin import confirmed, id_of, send
from tests.portal.test_doors import signed_in

HOSPITAL = "三亚市人民医院"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    """The reviewer of the hospital is there again after the test."""
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn
        set_active(conn, "test", "reviewer2", active=True)


@pytest.fixture
def waiting(app: Flask, owner: Connection) -> Iterator[str]:
    """The address of a change of the hospital's that waits on its only reviewer; recalled after."""
    code = scalar(
        owner, "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = %(unit)s "
        "AND NOT EXISTS (SELECT FROM card_change JOIN review ON review.id = review_id "
        "WHERE card_id = card.id AND state = 'in_review') "
        "AND status = 'in_use' AND type = 'furniture' ORDER BY card.code LIMIT 1", unit=HOSPITAL,
    )  # fmt: skip
    clerk = signed_in(app, "clerk2")
    form = f"/changes/new?card={code}&kind=shareable"
    now = scalar(owner, "SELECT shareable FROM card WHERE code = %(code)s", code=code)
    answer = send(clerk, form, shareable=str(not now).lower(), then="submit")
    assert answer.status_code == 303, answer.text
    assert "已送审" in clerk.get(answer.headers["Location"]).text
    yield answer.headers["Location"]
    for act in ("recall", "delete"):
        page = clerk.get(answer.headers["Location"]).text
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen is not None
        confirmed(clerk, f"{answer.headers['Location']}/{act}", seen=seen[1])


ALONE = re.compile(r"(\d+) 份单据只等这个人审核")


def test_administrator_is_told_before_and_after_the_only_reviewer_is_kept_out(
    app: Flask, owner: Connection, demo_database: DemoDatabase, waiting: str
) -> None:
    admin, key = signed_in(app, "admin"), id_of(demo_database, "reviewer2")
    path = f"/admin/users/{key}"
    said = ALONE.search(admin.get(path).text)
    assert said is not None
    number = said[1]  # the demo's own wait on them too
    assert "只等一个人审核" in admin.get(f"/admin/reviews?user={key}").text
    before, answer = confirmed(admin, f"{path}/deactivate")
    assert f"有 {number} 份单据只等这个人审核" in before
    assert f"为{HOSPITAL}指定新的审核岗" in before
    assert f"{HOSPITAL}有 {number} 份单据无人可审" in admin.get(answer.headers["Location"]).text
    assert f"有 {number} 份单据无人可审" in admin.get("/admin").text
    assert HOSPITAL in admin.get("/admin/reviews").text
    assert f"{number} 份单据无人可审，请指定审核岗" in admin.get("/inbox").text
    page = signed_in(app, "clerk2").get(waiting).text
    assert f"无人可审：{HOSPITAL}没有可以审核这份单据的人。" in page
    assert "可以指定审核岗的管理员：" in page
    assert "也可以取消送审" in page
    set_active(owner, "test", "reviewer2", active=True)
    assert "无人可审" not in signed_in(app, "clerk2").get(waiting).text
    assert waiting in signed_in(app, "reviewer2").get("/inbox").text


def test_administrator_is_told_before_the_only_reviewer_loses_the_role(
    app: Flask, owner: Connection, demo_database: DemoDatabase, waiting: str
) -> None:
    admin, key = signed_in(app, "admin"), id_of(demo_database, "reviewer2")
    form = {"name": "周敏", "unit": HOSPITAL, "type": "003", "seen": "0"}
    path, role = f"/admin/users/{key}", "SELECT role FROM user_role WHERE user_id = %(user)s"
    warned = send(admin, path, **form, roles="preparer")
    assert warned.status_code == 200
    assert ALONE.search(warned.text)
    assert 'name="roles" value="preparer"' in warned.text
    assert scalar(owner, role, user=key) == "reviewer"
    assert 'name="confirmed"' not in send(admin, path, **form, roles="reviewer").text


FORMS = ("/changes/new", "/demands/sheets/new", "/stocktakes/new", "/cards/import",
         "/transfer/sheets/new", "/changes/new?kind=register&type=furniture")  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_form_of_what_nobody_could_review_says_so_at_the_door(
    app: Flask, owner: Connection, path: str
) -> None:
    clerk = signed_in(app, "clerk2")
    submits = "sheets/new" in path or "kind=" in path
    page = clerk.get(path).text
    assert ("现在无法送审" in page, "保存并送审" in page) == (False, submits)
    set_active(owner, "test", "reviewer2", active=False)
    page = clerk.get(path).text
    assert "现在无法送审" in page
    assert f"{HOSPITAL}没有可以审核的人" in page
    assert "保存并送审" not in page  # what is refused is not offered
    assert ("存为草稿</button>" in page) == submits


def test_sole_reviewer_is_told_before_filling_in_a_demand(app: Flask, owner: Connection) -> None:
    page = signed_in(app, "reviewer2").get("/demands/sheets/new").text
    assert "现在无法送审" in page
    assert f"{HOSPITAL}没有可以审核的人（经办不能审核自己的单据）" in page


def test_draft_that_nobody_could_review_says_so_on_its_page(
    app: Flask, owner: Connection, waiting: str
) -> None:
    clerk = signed_in(app, "clerk2")
    seen = re.search(r'name="seen" value="(\d+)"', clerk.get(waiting).text)
    assert seen is not None
    confirmed(clerk, f"{waiting}/recall", seen=seen[1])
    assert "现在无法送审" not in clerk.get(waiting).text
    set_active(owner, "test", "reviewer2", active=False)
    page = clerk.get(waiting).text
    assert ("现在无法送审" in page, "草稿保留，有了审核岗再送审。" in page) == (True, True)
    assert f'action="{waiting}/submit"' not in page
    assert "现在无法送审" not in signed_in(app, "department2").get(waiting).text  # not theirs
    set_active(owner, "test", "reviewer2", active=True)
    seen = re.search(r'name="seen" value="(\d+)"', clerk.get(waiting).text)
    assert seen is not None
    assert send(clerk, f"{waiting}/submit", seen=seen[1]).status_code == 303
