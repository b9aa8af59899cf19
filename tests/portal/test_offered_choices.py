"""Whatever a form offers to choose is not refused afterwards because of that choice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import LiteralString

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, single_connection
from db.roles import DatabaseRole
from db.server import Server
from portal import PortalSettings, create_app
from registry.cards import Status
from tests.fixtures.estate import DemoDatabase, loaded
from tests.portal.drawn_forms import Drawn, Form, forms
from tests.portal.test_doors import signed_in

LIBRARY = "海口市图书馆"
WARNED = re.compile(r'class="ph-toast is-warning[^>]*>(?:<svg.*?</svg>)?<span[^>]*>(.*?)</span>')
MANY = 6  # of a long list the first few stand for all
_numbers = count(1)  # names and codes stand once
TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Demo:
    """The portal over a demo of one's own: what is sent here is kept."""

    app: Flask
    database: DemoDatabase


@pytest.fixture(scope="module")
def demo(postgres: Server) -> Iterator[Demo]:
    with loaded(postgres) as made, Database(made.copy.url(DatabaseRole.PORTAL)) as database:
        yield Demo(create_app(PortalSettings(), database, made.data), made)


@pytest.fixture(scope="module")
def clerk(demo: Demo) -> FlaskClient:
    return signed_in(demo.app, "clerk")


@pytest.fixture(scope="module")
def admin(demo: Demo) -> FlaskClient:
    return signed_in(demo.app, "admin")


def filled(one: Drawn) -> str:
    """What somebody might write in a field that says nothing yet."""
    if one.value or one.name in {"csrf_token", "then"} or one.kind in {"hidden", "select", "radio"}:
        return one.value
    ahead = {"until_on": 30, "closing_on": 60, "due_on": 30}
    match one.kind:
        case "date":
            return (TODAY + timedelta(ahead.get(one.name, 0))).isoformat()
        case "tel":
            return "0898-68532107"
        case "email" | "password":
            return ""
    return "" if one.facts.get("inputmode") == "decimal" else f"测试{next(_numbers)}"


def drawn(client: FlaskClient, path: str, name: str = "") -> Form | None:
    """The page's form, the one with the field `name`; None where the page leads elsewhere."""
    answer = client.get(path)
    if answer.status_code != 200:
        return None
    found = [
        one
        for one in forms(answer.text)
        if one.action != "/logout" and any(each.name == name or not name for each in one.fields)
    ]
    return max(found, key=lambda one: len(one.fields)) if found else None


def completed(client: FlaskClient, one: Drawn) -> list[str]:
    """What is offered, by the server too where the field completes."""
    address = one.facts.get("data-complete")
    items = client.get(address).get_json()["items"] if address else []
    return [*one.offers, *(f"{item['code']} {item['name']}" for item in items)]


def refused_for(client: FlaskClient, path: str, form: Form, one: Drawn, choice: str) -> str:
    """Why the choice is refused, '' where it isn't."""
    sent = [(each.name, filled(each)) for each in form.fields if each.kind != "unticked"]
    sent = [pair for pair in sent if pair[0] != one.name] + [(one.name, choice)]
    body: dict[str, list[str]] = {}
    for name, value in sent:
        body.setdefault(name, []).append(value)
    answer = client.post(form.action or path, data=body)
    if answer.status_code == 303:
        after = WARNED.search(client.get(answer.location).text)
        return f"{path} {one.name}={choice}: {after[1]}" if after else ""
    marks = re.findall(r'id="(?:f-)?([\w-]+)-e"', answer.text)
    wrong = answer.status_code not in {200, 422} or one.name in marks or not marks
    said = re.findall(r'<(?:p class="ph-err|b)[^>]*>([^<]+)', answer.text)
    return f"{path} {one.name}={choice}: {answer.status_code} {marks} {said}" if wrong else ""


def refusals(client: FlaskClient, path: str, name: str = "") -> list[str]:
    """Of every choice of the page's form, those that are refused for their own sake."""
    form = drawn(client, path, name)
    found: list[str] = []
    for one in list(form.choices()) if form else []:
        for choice in dict.fromkeys(completed(client, one)[:MANY]):
            form = drawn(client, path, name)
            if form is None:  # what was sent was taken, and closed it
                return found
            found.append(refused_for(client, path, form, one, choice))
    return [each for each in found if each]


CARDS: LiteralString = """
    SELECT DISTINCT ON (status, type) card.code FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = %(unit)s AND status = %(status)s
     ORDER BY status, type, card.code LIMIT 2
"""


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.DISPOSED])
def test_no_kind_and_no_choice_of_a_change_that_the_card_takes_not(
    demo: Demo, clerk: FlaskClient, status: Status
) -> None:
    with single_connection(demo.database.copy.url()) as conn:
        codes = [code for (code,) in conn.execute(CARDS, {"unit": LIBRARY, "status": status})]
    assert codes or status in {Status.LEASED, Status.LENT}
    found = []
    for code in codes:
        chooser = clerk.get(f"/changes/new?card={code}").text
        for kind in re.findall(rf"card={code}&amp;kind=(\w+)", chooser):
            path = f"/changes/new?card={code}&kind={kind}"
            assert drawn(clerk, path, "reason") is not None, path
            found += refusals(clerk, path, "reason")
    assert found == []


@pytest.mark.parametrize(
    ("login", "path", "field"),
    [
        ("clerk", "/changes/new?kind=register&type=vehicle", "reason"),
        ("clerk", "/changes/new?kind=register&type=furniture", "reason"),
        ("clerk", "/transfer/sheets/new", "contact"),
        ("clerk", "/share/sheets/new", "contact"),
        ("clerk", "/demands/sheets/new", "contact"),
        ("finance", "/demands/sheets/new", "contact"),
        ("clerk", "/stocktakes/new", "due_on"),
        ("admin", "/admin/users/new", "login"),
        ("admin", "/admin/units/new", "code"),
        ("admin", "/admin/calendar/new", "reason"),
        ("admin", "/admin/chains", "body"),
    ],
)  # fmt: skip
def test_no_choice_of_a_form_is_refused_for_its_own_sake(
    demo: Demo, login: str, path: str, field: str
) -> None:
    assert refusals(signed_in(demo.app, login), path, field) == []


LISTED: LiteralString = """
    SELECT listing.id, card.code
      FROM listing JOIN card ON card.id = listing.card_id JOIN unit ON unit.id = listing.unit_id
     WHERE unit.name = %(unit)s AND listing.kind = 'transfer' AND listing.state = 'listed'
       AND NOT EXISTS (SELECT FROM card_change WHERE card_id = card.id)
     ORDER BY listing.id LIMIT 1
"""
NOBODY_THERE: LiteralString = """
    INSERT INTO unit (code, name, kind, division, parent_id)
    SELECT '4699' || code, '没有经办岗的单位', kind, division, parent_id FROM unit
     WHERE name = %(unit)s
"""
DRAFTED: LiteralString = """
    SELECT change_id FROM settlement WHERE listing_id = %(listing)s
"""


@pytest.fixture(scope="module")
def listed(demo: Demo) -> tuple[int, str]:
    """A listing of the library's to be settled, and its card; a unit that nobody works in."""
    with single_connection(demo.database.copy.url()) as conn:
        conn.execute(NOBODY_THERE, {"unit": LIBRARY})
        row = conn.execute(LISTED, {"unit": LIBRARY}).fetchone()
    assert row is not None
    return row


def test_a_transfer_is_offered_those_who_can_receive_it(
    clerk: FlaskClient, listed: tuple[int, str]
) -> None:
    form = drawn(clerk, f"/transfer/listings/{listed[0]}/settle", "partner")
    assert form is not None
    address = str(form["partner"].facts["data-complete"])
    assert clerk.get(f"{address}&q=没有经办岗").get_json() == {"items": []}
    assert clerk.get(f"{address}&q=三亚市人民医院").get_json()["items"]
    assert clerk.get("/share/units.json?q=没有经办岗").get_json()["items"]  # to use, anybody may


def test_of_an_agreed_disposal_no_other_form_and_no_other_disposal_is_offered(
    demo: Demo, clerk: FlaskClient, listed: tuple[int, str]
) -> None:
    listing, code = listed
    path = f"/transfer/listings/{listing}/settle"
    form = drawn(clerk, path, "partner")
    assert form is not None
    sent = {**dict(form.values()), "partner": "三亚市人民医院", "way": "donation"}
    assert clerk.post(path, data=sent).status_code == 303
    with single_connection(demo.database.copy.url()) as conn:
        change = conn.execute(DRAFTED, {"listing": listing}).fetchone()
    assert change is not None
    edited = drawn(clerk, f"/changes/{change[0]}/edit", "reason")
    assert edited is not None
    assert edited["form"].offers == ["donation"]
    assert "kind=dispose" not in clerk.get(f"/changes/new?card={code}").text
    assert drawn(clerk, f"/changes/new?card={code}&kind=dispose", "reason") is None


def test_while_a_change_is_under_review_another_is_only_drafted(
    demo: Demo, clerk: FlaskClient
) -> None:
    with single_connection(demo.database.copy.url()) as conn:
        row = conn.execute(IN_REVIEW, {"unit": LIBRARY}).fetchone()
    assert row is not None
    code, number = row
    page = clerk.get(f"/changes/new?card={code}&kind=repair").text
    assert number in page
    assert 'value="submit"' not in page
    assert 'value="keep"' in page


IN_REVIEW: LiteralString = """
    SELECT card.code, review.number
      FROM card_change JOIN review ON review.id = card_change.review_id
      JOIN card ON card.id = card_change.card_id JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = %(unit)s AND review.state = 'in_review' AND card.status <> 'disposed'
     ORDER BY card.code LIMIT 1
"""
UNITS: LiteralString = "SELECT id, code FROM unit WHERE name = %(unit)s"
ABOVE: LiteralString = """
    SELECT above.id, above.code FROM unit JOIN unit AS above ON above.id = unit.parent_id
     WHERE unit.name = %(unit)s
"""


def test_a_unit_is_not_offered_to_stand_below_itself_or_what_is_below_it(
    demo: Demo, admin: FlaskClient
) -> None:
    with single_connection(demo.database.copy.url()) as conn:
        (above, above_code), (_, code) = (
            conn.execute(query, {"unit": LIBRARY}).fetchone() or (0, "") for query in (ABOVE, UNITS)
        )
    form = drawn(admin, f"/admin/units/{above}", "parent")
    assert form is not None
    asked = str(form["parent"].facts["data-complete"])
    for each in (above_code, code):
        assert admin.get(f"{asked}&q={each}").get_json() == {"items": []}
        assert admin.get(f"/admin/units/known.json?q={each}").get_json()["items"]
    assert refusals(admin, f"/admin/units/{above}", "parent") == []


def test_a_person_is_offered_the_sections_of_the_unit_that_is_typed(admin: FlaskClient) -> None:
    found = admin.get(f"/admin/units/sections.json?unit={LIBRARY}").get_json()["items"]
    assert {"id", "name"} <= found[0].keys()
    assert admin.get("/admin/units/sections.json?unit=没有").get_json() == {"items": []}
