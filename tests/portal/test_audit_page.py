"""The audit page: read by who may, narrowed, verified, exported; every action has words (J1)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Connection, Database, audit, audit_checks, audit_pages, scalar, single_connection
from db.audit_pages import LogQuery
from db.roles import DatabaseRole
from ops.commands.audit import audit as command
from ops.demo import PASSWORD
from portal import PortalSettings, create_app, words_of_audit
from registry.org import Role, UserType, add_user, hashing
from tests.fixtures.estate import DemoDatabase
from tests.fixtures.paging import both_ways
from tests.portal.rooms import person
from tests.portal.test_doors import post, signed_in

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("db", "ingest", "registry", "exchange", "scanner", "analytics", "portal", "ops")
CALL = re.compile(r"(?:\baudit|\blog)\.record\(")
LITERAL = re.compile(r'^[^"]*"([a-z_]+\.[a-z_]+)"')
NAMED = re.compile(r'(?:action|verb) = "([a-z_]+\.[a-z_]+)" if \w+ else "([a-z_]+\.[a-z_]+)"')


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def auditor(app: Flask) -> FlaskClient:
    return signed_in(app, "auditor")


def recorded() -> set[str]:
    """Every action that the code records."""
    found: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        text = path.read_text()
        if not CALL.search(text):
            continue
        for call in CALL.finditer(text):
            literal = LITERAL.match(text[call.end() : call.end() + 160])
            found |= {literal[1]} if literal else set()
        found |= {one for pair in NAMED.findall(text) for one in pair}
    return found


def test_every_recorded_action_has_words() -> None:
    assert len(recorded()) > 30
    assert {action for action in recorded() if not words_of_audit.known(action)} == set()


def test_every_act_of_a_review_has_words() -> None:
    text = (ROOT / "registry/review/engine.py").read_text()
    past = set(re.findall(r'Action\.\w+: "(\w+)"', text[text.index("PAST = {") :]))
    assert past == words_of_audit.REVIEWED.keys()
    assert words_of_audit.said("card_change.approved", "zh") == "卡片变动审核通过"
    assert words_of_audit.said("card_change.approved", "en") == "Card change approved"


ACTOR = re.compile(r"""["'](system:[a-z]+)""")
SUBJECT = re.compile(r'f?"([a-z_]+):(?:\{|\*|log"|all")')


def test_every_part_of_the_system_that_acts_has_words() -> None:
    files = [
        path for room in ROOMS for end in ("py", "sql") for path in (ROOT / room).rglob(f"*.{end}")
    ]
    acting = {one for path in files for one in ACTOR.findall(path.read_text())}
    assert len(acting) > 6
    assert acting - words_of_audit.ACTORS.keys() == set()


def test_every_sort_of_thing_that_is_acted_on_has_words() -> None:
    sorts: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        text = path.read_text()
        calls = [text[call.end() : call.end() + 240] for call in CALL.finditer(text)]
        named = re.findall(r"^\s+subject = .*$", text, re.MULTILINE) if calls else []
        sorts |= {one for part in [*calls, *named] for one in SUBJECT.findall(part)}
    assert len(sorts) > 15
    assert sorts - words_of_audit.SUBJECTS.keys() == set()


@pytest.mark.parametrize(
    ("actor", "zh", "en"),
    [
        ("clerk", "", ""),
        ("system:stocktake", "盘点汇总", "Stocktaking"),
        ("system:linked:3", "对接系统", "Linked system"),
        ("system:test", "系统程序 test", "System program test"),
    ],
)
def test_who_acts_without_a_person_is_named_in_words(actor: str, zh: str, en: str) -> None:
    assert words_of_audit.actor_said(actor, "zh") == zh
    assert words_of_audit.actor_said(actor, "en") == en


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("card_change:BD-2026-000012", ("卡片变动", "BD-2026-000012")),
        ("audit:log", ("审计日志", "")),
        ("square:share", ("广场", "共享资产")),
        ("second_factor", ("两步验证要求", "")),
        ("moon:3", ("moon", "3")),
    ],
)
def test_what_is_acted_on_is_named_in_words(subject: str, said: tuple[str, str]) -> None:
    assert words_of_audit.subject_said(subject, "zh") == said


def test_unknown_action_is_named_as_it_was_recorded() -> None:
    assert words_of_audit.said("moon.landed", "en") == "moon.landed"


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert found
    return found[1]


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={**form, "csrf_token": token_of(client)})


def fill(conn: Connection, count: int) -> None:
    for number in range(count):
        actor = "clerk" if number % 2 else "reviewer"
        audit.record(conn, actor, "card_change.drafted", f"card_change:BD-{number}", "r", n=number)


def test_pages_follow_each_other_newest_first(conn: Connection) -> None:
    fill(conn, 120)
    for text in ("", "BD-"):
        rows = both_ways(
            lambda before, back, text=text: audit_pages.page(  # type: ignore[misc]
                conn, LogQuery(text, before=before, back=back)
            ),
            attrgetter("id"),
        )
        assert [row.id for row in rows] == list(range(120, 0, -1))


def test_log_is_narrowed_by_word_actor_action_and_time(conn: Connection) -> None:
    fill(conn, 12)
    audit.record(conn, "admin", "user.added", "user:海燕", "r")

    def ids(**narrow: object) -> list[int]:
        return [row.id for row in audit_pages.page(conn, LogQuery(**narrow))[0]]  # type: ignore[arg-type]

    assert ids(text="BD-11") == [12]
    assert ids(text="海燕") == [13]
    assert ids(text="%") == []
    assert ids(actor="clerk") == [12, 10, 8, 6, 4, 2]
    assert ids(action="user.added") == [13]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert ids(since=tomorrow) == []
    assert len(ids(until=tomorrow)) == 13
    assert ids(until=datetime(2020, 1, 1, tzinfo=UTC)) == []
    assert audit_pages.actions(conn) == ["card_change.drafted", "user.added"]


def test_page_is_the_auditors_alone(app: Flask, auditor: FlaskClient) -> None:
    page = auditor.get("/audit")
    assert page.status_code == 200
    assert "登录" in page.text
    assert signed_in(app, "admin").get("/audit").status_code == 403
    assert signed_in(app, "clerk").get("/audit").status_code == 403


def document(demo: DemoDatabase, state: str) -> tuple[str, str, int]:
    """(number, title, id) of a change of the library's in this state."""
    with single_connection(demo.copy.url()) as conn:
        found = conn.execute(
            "SELECT number, title, card_change.id FROM review JOIN card_change ON review_id = review.id "
            "JOIN unit ON unit.id = review.unit_id WHERE unit.name = '海口市图书馆' AND state = %s "
            "ORDER BY 3 LIMIT 1", (state,),
        ).fetchone()  # fmt: skip
    assert found is not None
    return found


def noted(demo: DemoDatabase, actor: str, action: str, subject: str) -> None:
    with single_connection(demo.copy.url()) as conn:
        audit.record(conn, actor, action, subject, "r")


def test_people_are_named_and_documents_lead_to_their_page(
    auditor: FlaskClient, demo_database: DemoDatabase
) -> None:
    number, title, key = document(demo_database, "approved")
    noted(demo_database, "clerk", "card_change.approved", f"card_change:{number}")
    page = auditor.get(f"/audit?q={number}").text
    assert "林晓岚" in page
    assert re.search(rf'<a [^>]*href="/changes/{key}">{title}</a>', page)
    assert auditor.get(f"/changes/{key}").status_code == 200
    assert "/admin/users/" not in page  # closed to auditors


def test_sheet_is_named_before_it_is_submitted_and_after(
    auditor: FlaskClient, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        found = conn.execute(
            "SELECT number, sheet.id FROM review JOIN sheet ON review_id = review.id "
            "WHERE review.kind = 'transfer_sheet' AND state = 'approved' ORDER BY 2 LIMIT 1"
        ).fetchone()
    assert found is not None
    number, key = found
    noted(demo_database, "clerk", "sheet.edited", f"sheet:{number}")
    noted(demo_database, "clerk", "transfer_sheet.approved", f"transfer_sheet:{number}")
    page = auditor.get(f"/audit?q={number}").text
    for subject in ("sheet", "transfer_sheet"):
        row = next(part for part in page.split("<tr>") if f">{subject}:{number}</a>" in part)
        assert f'href="/transfer/sheets/{key}"' in row


def test_drafts_of_others_are_not_led_to(auditor: FlaskClient, demo_database: DemoDatabase) -> None:
    number, title, key = document(demo_database, "draft")
    noted(demo_database, "clerk", "card_change.drafted", f"card_change:{number}")
    page = auditor.get(f"/audit?q={number}").text
    assert number in page
    assert f"/changes/{key}" not in page
    assert title not in page


def test_deleted_drafts_are_not_led_to(auditor: FlaskClient, demo_database: DemoDatabase) -> None:
    number, title, key = document(demo_database, "draft")
    noted(demo_database, "clerk", "card_change.void", f"card_change:{number}")
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        conn.execute("UPDATE review SET state = 'void' WHERE number = %s", (number,))
        page = auditor.get(f"/audit?q={number}").text
        conn.execute("UPDATE review SET state = 'draft' WHERE number = %s", (number,))
    assert number in page
    assert f"/changes/{key}" not in page
    assert title not in page


def test_administrator_who_reads_the_log_is_led_to_people_and_units(
    app: Flask, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        add_user(
            conn, "admin", login="admin_auditor", name="黎文博", type=UserType.SYSTEM,
            unit_id=person(conn, "admin").unit_id, roles=[Role.ADMINISTRATOR, Role.AUDITOR],
            password_hash=hashing.hashed(PASSWORD),
        )  # fmt: skip
        clerk = person(conn, "clerk")
        code = scalar(conn, "SELECT code FROM unit WHERE id = %(unit)s", unit=clerk.unit_id)
    noted(demo_database, "clerk", "unit.changed", f"unit:{code}")
    reader = signed_in(app, "admin_auditor")
    page = reader.get("/audit?actor=clerk").text
    for address in (f"/admin/users/{clerk.id}", f"/admin/units/{clerk.unit_id}"):
        assert f'href="{address}"' in page
        assert reader.get(address).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "from=x&to=y",
        "before=x",
        "action=no.such",
        "from=2026-01-01&to=2026-12-31&q=clerk&actor=clerk",
    ],
)
def test_senseless_filter_is_answered(auditor: FlaskClient, query: str) -> None:
    assert auditor.get(f"/audit?{query}").status_code == 200


def test_verification_shows_entries_and_head_and_is_itself_noted(
    auditor: FlaskClient, demo_database: DemoDatabase
) -> None:
    answer = post(auditor, "/audit/verify")
    assert "审计链完整" in answer.text
    with single_connection(demo_database.copy.url()) as conn:
        noted = scalar(
            conn,
            "SELECT facts ->> 'head' FROM audit_entry WHERE action = 'audit.verified' ORDER BY id DESC LIMIT 1",
        )
    assert isinstance(noted, str)
    assert noted in answer.text


def test_broken_chain_is_shown_with_its_place(
    app: Flask, auditor: FlaskClient, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        conn.execute("UPDATE audit_entry SET actor = 'nobody' WHERE id = 3")
        actor = "system:demo"
    try:
        answer = send(auditor, "/audit/verify", **{"from": "start"}).text
        assert "审计链有断裂" in answer
        assert "第 3 条：被改动" in answer
        assert "第 3 条：被改动" in auditor.get("/audit").text
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            conn.execute("UPDATE audit_entry SET actor = %s WHERE id = 3", (actor,))
            conn.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only")
            assert audit.verify(audit.entries(conn), audit.head(conn)).breaks == ()
    again = send(auditor, "/audit/verify").text  # after a broken one, everything
    assert "审计链完整" in again
    assert "从第一条校验到" in again


def test_verification_goes_on_slice_by_slice_and_shows_how_far_it_is(
    app: Flask, auditor: FlaskClient, demo_database: DemoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_checks, "READ_AT_ONCE", 10)
    monkeypatch.setattr(audit_checks.advance, "__defaults__", ("", 0.0))  # no time for any slice
    answer = send(auditor, "/audit/verify", **{"from": "start"}).text
    assert "正在校验审计链" in answer
    assert "已校验到第 0 条" in answer
    assert 'hx-trigger="load' in answer
    assert 'hx-trigger="load' not in auditor.get("/audit").text  # nobody verifies by looking
    monkeypatch.undo()
    part = auditor.post(
        "/audit/verify", data={"csrf_token": token_of(auditor)}, headers={"HX-Request": "true"}
    ).text
    assert part.lstrip().startswith('<section class="ph-sheet p-check"')
    assert "审计链完整" in part
    with single_connection(demo_database.copy.url(DatabaseRole.PORTAL)) as conn:
        check = audit_checks.latest(conn)
    assert check is not None
    assert (check.start_id, check.breaks, check.actor) == (0, 0, "auditor")
    assert "以前校验的" in send(auditor, "/audit/verify").text


def test_export_is_audited_and_verifies_offline(auditor: FlaskClient, tmp_path: Path) -> None:
    answer = post(auditor, "/audit/export")
    assert answer.mimetype == "application/x-ndjson"
    assert ".jsonl" in answer.headers["Content-Disposition"]
    path = tmp_path / "export.jsonl"
    path.write_bytes(answer.data)
    answer.close()
    last = answer.text.splitlines()[-1]
    assert "audit.exported" in last
    said = CliRunner().invoke(command, ["verify", "--file", str(path)])
    assert said.exit_code == 0, said.output
    assert "unbroken" in said.output
    path.write_text(answer.text.replace("clerk", "klerk", 1))
    assert CliRunner().invoke(command, ["verify", "--file", str(path)]).exit_code == 1


def test_narrowed_log_is_read_by_an_index(conn: Connection) -> None:
    indexes = {
        name
        for (name,) in conn.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'audit_entry'"
        )
    }
    assert {
        "audit_entry_pkey",
        "audit_entry_actor",
        "audit_entry_action",
        "audit_entry_at",
        "audit_entry_words",
    } <= indexes
