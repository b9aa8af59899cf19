"""Every role against every route, and against another unit's records by guessed ids (J4)."""

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from flask import Flask, render_template, template_rendered
from flask.testing import FlaskClient
from jinja2 import Template
from psycopg.types.json import Jsonb
from werkzeug.routing import Rule

from db import Database, DatabaseSettings, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app, edge
from portal.permissions import needed
from registry.org import Permission, Role
from registry.org.grants import GRANTS
from tests.fixtures.estate import DemoDatabase

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
LOGINS = {
    "clerk": Role.PREPARER,
    "reviewer": Role.REVIEWER,
    "department": Role.REVIEWER,
    "finance": Role.REVIEWER,
    "counter": Role.STOCKTAKER,
    "clerk2": Role.PREPARER,
    "reviewer2": Role.REVIEWER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
}
OUTSIDE = ("clerk2", "reviewer2")  # of another unit: the library's records are a secret to them
# A record of the library for each parameter that an address may have.
RECORDS = {
    "code": "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1",
    "change_id": "SELECT card_change.id FROM card_change JOIN unit ON unit.id = unit_id JOIN review ON review.id = review_id "
                 "WHERE unit.name = '海口市图书馆' AND state = 'in_review' ORDER BY 1 LIMIT 1",
    "digest": "SELECT digest FROM photo JOIN card ON card.id = card_id JOIN unit ON unit.id = unit_id "
              "WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1",
    "user_id": "SELECT id FROM app_user WHERE login = 'clerk'",
    "unit_id": "SELECT id FROM unit WHERE name = '海口市图书馆'",
    "closure_id": "SELECT closure.id FROM closure JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1",
    "section_id": "SELECT section.id FROM section JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1",
    "suggestion": "SELECT suggestion.id FROM suggestion JOIN card ON card.id = card_id JOIN unit ON unit.id = unit_id "
                     "WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1",
    "sheet_id": "SELECT sheet.id FROM sheet JOIN unit ON unit.id = unit_id JOIN review ON review.id = review_id "
                "WHERE unit.name = '海口市图书馆' AND sheet.kind = 'transfer' AND state = 'in_review' ORDER BY 1 LIMIT 1",
    "listing_id": "SELECT listing.id FROM listing JOIN unit ON unit.id = unit_id "
                  "WHERE unit.name = '海口市图书馆' AND listing.kind = 'transfer' AND state = 'listed' ORDER BY 1 LIMIT 1",
    "stocktake": "SELECT stocktake.id FROM stocktake JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' "
                 "AND started_at IS NOT NULL AND closed_at IS NULL ORDER BY 1 LIMIT 1",
    "difference": "SELECT difference.id FROM stocktake_difference AS difference JOIN stocktake ON stocktake.id = stocktake_id "
                  "JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' AND difference.kind = 'surplus' ORDER BY 1 LIMIT 1",
    "notice": "SELECT notice.id FROM notice JOIN app_user ON app_user.id = user_id WHERE login = 'clerk' ORDER BY 1 LIMIT 1",
}  # fmt: skip
# Parameters that name no record of the demo's; test_inbox tries those of webhooks.
PLAIN = {
    "kind": "photo",
    "scope": "ordinary",
    "webhook": "1",
    "delivery": "1",
    "device": "1",
    "session_id": "1",
    "undo_id": "1",
}
PLAIN |= {
    "square": "transfer",
    "attachment": "0" * 64,
    "system": "1",
    "campaign_id": "1",
    "command": "undo",
    "queued": "1",
    "batch": "1",
}
# What stands on a square is seen by everybody inside: J4's exception.
PUBLIC = {
    "shown": "SELECT id FROM listing WHERE kind = 'transfer' AND on_local ORDER BY 1 LIMIT 1",
    "picture": "SELECT photo FROM listing WHERE photo IS NOT NULL AND on_local ORDER BY id LIMIT 1",
}
PARAMETER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    """Over one connection: a page that holds it and asks for another gets none."""
    one = DatabaseSettings(pool_size=1, pool_timeout_s=1)
    with Database(demo_database.copy.url(DatabaseRole.PORTAL), one) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="module")
def records(demo_database: DemoDatabase) -> dict[str, str]:
    with single_connection(demo_database.copy.url()) as conn:
        found = {name: scalar(conn, query) for name, query in (RECORDS | PUBLIC).items()}
    assert None not in found.values()
    return PLAIN | {name: str(value) for name, value in found.items()}


def sign_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Each guarded rule with each of its methods."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if needed(app, rule.endpoint) is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


def filled(rule: Rule, records: dict[str, str]) -> str:
    return PARAMETER.sub(lambda match: records[match[1]], rule.rule)


def about_a_record(rule: Rule) -> bool:
    return any(name in RECORDS for name in PARAMETER.findall(rule.rule))


def asked(client: FlaskClient, method: str, path: str) -> int:
    if method == "GET":
        span = (
            {"from": "2026-11-01", "to": "2026-11-02"} if path.endswith("readings.json") else None
        )
        return client.get(path, query_string=span, buffered=True).status_code
    return client.post(path, data={"csrf_token": token(client), "seen": "1"}).status_code


def token(client: FlaskClient) -> str:
    """The session's token, fetched once."""
    with client.session_transaction() as session:
        kept = session.get("kept_token")
    if kept is None:
        found = TOKEN.search(client.get("/").text)
        assert found is not None
        kept = found[1]
        with client.session_transaction() as session:
            session["kept_token"] = kept
    return str(kept)


def test_every_parameter_of_an_address_has_a_record_to_try(
    app: Flask, records: dict[str, str]
) -> None:
    names = {name for rule, _method in routes(app) for name in PARAMETER.findall(rule.rule)}
    assert names - records.keys() == set()


@pytest.mark.parametrize("login", LOGINS)
def test_role_is_refused_everywhere_but_where_its_grants_let_it_in(
    app: Flask, records: dict[str, str], login: str
) -> None:
    client, granted = sign_in(app, login), GRANTS[LOGINS[login]]
    wrong = []
    for rule, method in routes(app):
        permission = needed(app, rule.endpoint)
        assert permission is not None
        if permission in granted and method == "POST":
            continue  # it would really be done; journeys do it
        status = asked(client, method, filled(rule, records))
        refused = status == 403
        if refused is (permission in granted) or status >= 500:
            wrong.append((method, rule.rule, status))
    assert wrong == []


FORMS = {  # what the bare address of a form leaves out
    "clerk": ("/changes/new?kind=register", "/changes/new?kind=status&card={code}",
              "/changes/new?kind=split&card={code}", "/changes/new?card={code}",
              "/transfer/sheets/new?card={code}", "/demands/sheets/new"),
    "admin": ("/admin/units/new?above={unit_id}", "/admin/users/{user_id}"),
}  # fmt: skip


@pytest.mark.parametrize("login", FORMS)
def test_a_form_is_drawn_over_one_connection(
    app: Flask, records: dict[str, str], login: str
) -> None:
    client = sign_in(app, login)
    paths = [path.format(**records) for path in FORMS[login]]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_a_view_that_would_hold_its_connection_is_refused(app: Flask) -> None:
    with app.test_request_context(), edge.database().transaction("held") as _conn:
        with pytest.raises(RuntimeError, match="'held': a second connection"):
            edge.database()
        with pytest.raises(RuntimeError, match=r"'held': pages/error\.html"):
            render_template("pages/error.html")


@pytest.mark.parametrize("login", OUTSIDE)
def test_another_units_record_is_not_there_by_any_address(
    app: Flask, records: dict[str, str], login: str
) -> None:
    client, granted = sign_in(app, login), GRANTS[LOGINS[login]]
    found = {
        (method, rule.rule): asked(client, method, filled(rule, records))
        for rule, method in routes(app)
        if about_a_record(rule) and needed(app, rule.endpoint) in granted
    }
    assert found != {}
    assert {key: status for key, status in found.items() if status != 404} == {}


@pytest.mark.parametrize("login", ["clerk", "reviewer", "auditor", "admin"])
def test_no_page_hides_what_every_template_may_use(
    app: Flask, records: dict[str, str], login: str
) -> None:
    """A view's own `may` once took the frame's place: pages that extend it call the global one."""
    common = set(app.jinja_env.globals) - {"g", "request", "session", "config", "current_user"}
    hidden: set[tuple[str | None, str]] = set()

    def look(_app: Flask, template: Template, context: dict[str, object], **_more: object) -> None:
        own = {
            name
            for name in common & context.keys()
            if context[name] is not app.jinja_env.globals[name]
        }
        hidden.update((template.name, name) for name in own)

    client = sign_in(app, login)
    with template_rendered.connected_to(look, app):
        for rule, method in routes(app):
            if method == "GET":
                asked(client, method, filled(rule, records))
    assert hidden == set()


def test_each_role_has_just_its_own_permissions() -> None:
    """The table again, by hand: a slip in it is seen here."""
    P = Permission  # noqa: N806  # a table's head
    can = {permission: {role for role in Role if permission in GRANTS[role]} for permission in P}
    preparer, reviewer, counter, admin, auditor = Role
    everyone = set(Role)
    readers = {preparer, reviewer, auditor}
    assert can == {
        P.HOME: everyone, P.ACCOUNT: everyone, P.INBOX_VIEW: everyone,
        P.MONITORING_VIEW: readers, P.SHEET_VIEW: readers, P.CHANGE_VIEW: readers, P.CARD_EXPORT: readers,
        P.DEVICE_VIEW: readers | {admin}, P.RULE_VIEW: readers | {admin},
        P.SQUARE_VIEW: readers | {counter}, P.CARD_VIEW: readers | {counter}, P.STOCKTAKE_VIEW: readers | {counter},
        P.SUGGESTION_DECIDE: {preparer, reviewer},
        P.SHEET_PREPARE: {preparer}, P.CHANGE_PREPARE: {preparer}, P.LABEL_PRINT: {preparer},
        P.SHEET_REVIEW: {reviewer}, P.CHANGE_REVIEW: {reviewer}, P.DEMAND_PREPARE: {preparer, reviewer},
        P.CAMPAIGN_VIEW: {reviewer, auditor}, P.CAMPAIGN_RUN: {reviewer},
        P.MINISTRY_VIEW: {admin, auditor}, P.MINISTRY_OPERATE: {admin},
        P.STOCKTAKE_RUN: {preparer}, P.STOCKTAKE_COUNT: {preparer, counter}, P.STOCKTAKE_REVIEW: {reviewer},
        P.ADMINISTER: {admin}, P.AUDIT_VIEW: {auditor},
    }  # fmt: skip


# What one unit's people may never read on any page of another's: whatever it has on no square.
SECRETS = """
    SELECT card.code FROM card
     WHERE unit_id = %(unit)s AND NOT EXISTS (SELECT FROM listing WHERE listing.code = card.code)
       AND NOT EXISTS (SELECT FROM card_change WHERE origin_card_id = card.id)  -- received there
     UNION ALL
    SELECT name FROM app_user AS mine
     WHERE unit_id = %(unit)s AND length(name) > 2
       AND NOT EXISTS (SELECT FROM app_user WHERE name = mine.name AND unit_id <> %(unit)s)
       AND NOT EXISTS (SELECT FROM listing WHERE contact::text LIKE '%%' || mine.name || '%%')
       AND NOT EXISTS (SELECT FROM card WHERE custodian = mine.name AND unit_id <> %(unit)s)
     UNION ALL
    SELECT name FROM section AS mine
     WHERE unit_id = %(unit)s AND length(name) > 2
       AND NOT EXISTS (SELECT FROM section WHERE name = mine.name AND unit_id <> %(unit)s)
     UNION ALL
    SELECT name FROM gateway WHERE unit_id = %(unit)s
     UNION ALL
    SELECT '>' || listing.id || '-' || sequence || '<'
      FROM ministry_outbox JOIN listing ON listing.id = listing_id WHERE unit_id = %(unit)s
     UNION ALL
    SELECT name FROM linked_system  -- a square says which system pushed what stands on it
     WHERE unit_id = %(unit)s AND NOT EXISTS (SELECT FROM linked_listing WHERE system_id = linked_system.id)
     UNION ALL
    SELECT name FROM webhook WHERE unit_id = %(unit)s
"""
# A document that goes up, refused ones that came down, a difference: of the unit's first listing.
DOCUMENTS = """
    WITH one AS (SELECT id, uid FROM listing WHERE unit_id = %(unit)s ORDER BY id LIMIT 1), queued AS (
        INSERT INTO ministry_outbox (listing_id, sequence, document, content, state, next_at, created_at)
        SELECT id, 9000 + %(unit)s, 'update', '{}', 'dead', now(), now() FROM one
    ), refused AS (
        INSERT INTO ministry_received (document_id, document, listing_uid, outcome, reason, body,
                                       received_at, digest, last_at)
        SELECT 'refused-of-' || %(unit)s, 'decision', uid, 'refused', 'gap', '{}', now(),
               'of-' || %(unit)s, now()
          FROM one
    )
    SELECT jsonb_build_object('kind', 'standing', 'name', 'differs-of-' || %(unit)s, 'uid', uid,
                              'listing_id', id, 'facts', '{}'::jsonb) FROM one
"""
COMPARED = """
    INSERT INTO ministry_reconciliation (actor, at, listings, on_the_way, differences)
    VALUES ('system:test', now(), 2, 0, %(found)s)
"""
EVERYTHING = """
    WITH person AS (
        INSERT INTO app_user (login, name, type, unit_id, password_hash)
        SELECT %(login)s, %(login)s, '003', unit_id, password_hash
          FROM app_user WHERE login = %(like)s RETURNING id
    )
    INSERT INTO user_role SELECT id, unnest(%(roles)s::text[]) FROM person
"""


@pytest.fixture(scope="session")
def two_units(demo_database: DemoDatabase) -> dict[str, int]:
    """The unit by the login of somebody who has every role in it, and no more: an auditor's
    reaches all units.
    """
    found = {}
    with single_connection(demo_database.copy.url()) as conn:
        differences = []
        for login, like in (("every1", "clerk"), ("every2", "clerk2")):
            roles = {"login": login, "like": like, "roles": sorted(set(Role) - {Role.AUDITOR})}
            conn.execute(EVERYTHING, roles)
            unit = scalar(conn, "SELECT unit_id FROM app_user WHERE login = %(like)s", like=like)
            assert isinstance(unit, int)
            differences.append(scalar(conn, DOCUMENTS, unit=unit))
            found[login] = unit
        conn.execute(COMPARED, {"found": Jsonb(differences)})
    return found


def secrets_of(demo: DemoDatabase, unit: int) -> set[str]:
    """As of now: what other tests do may make a secret known to another unit."""
    with single_connection(demo.copy.url()) as conn:
        secrets = {str(text) for (text,) in conn.execute(SECRETS, {"unit": unit})}
    return secrets | {f"differs-of-{unit}", f"refused-of-{unit}"}


def text_of(content: bytes) -> str:
    """An answer as text: of a workbook all that it holds."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


@pytest.mark.parametrize(("login", "other"), [("every1", "every2"), ("every2", "every1")])
def test_no_page_without_an_id_shows_anything_of_another_unit(
    app: Flask, demo_database: DemoDatabase, two_units: dict[str, int], login: str, other: str
) -> None:
    client = sign_in(app, login)
    own, secrets = (secrets_of(demo_database, two_units[one]) for one in (login, other))
    pages = {
        rule.rule: client.get(rule.rule, buffered=True)
        for rule, method in routes(app)
        if method == "GET" and not PARAMETER.search(rule.rule)
    }
    seen = {path: text_of(page.data) for path, page in pages.items() if page.status_code == 200}
    assert {path for path, page in pages.items() if page.status_code >= 500} == set()
    told = {
        path: found for path, text in seen.items() if (found := {s for s in secrets if s in text})
    }
    assert told == {}
    for path in ("/cards", "/ministry", "/admin/users", "/cards/export"):
        assert any(secret in seen[path] for secret in own), path  # it could have been seen


def test_another_units_document_is_neither_sent_again_nor_everything_compared(
    app: Flask, demo_database: DemoDatabase, two_units: dict[str, int]
) -> None:
    client, theirs = sign_in(app, "every2"), two_units["every1"]
    query = (
        "SELECT queued.id, queued.state FROM ministry_outbox AS queued"
        " JOIN listing ON listing.id = listing_id WHERE unit_id = %s AND queued.state = 'dead'"
    )
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        before = conn.execute(query, (theirs,)).fetchall()
        for queued, _state in before:
            client.post(f"/ministry/{queued}/resend", data={"csrf_token": token(client)})
        assert before != []
        assert conn.execute(query, (theirs,)).fetchall() == before
    assert asked(client, "POST", "/ministry/reconcile") == 403
