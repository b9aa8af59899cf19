"""Back, forward and reloading: no form of the portal ever says another thing than was said there."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, LiteralString

import pytest
from flask import Flask
from jinja2.ext import Extension
from playwright.sync_api import Page, expect

import portal as package
from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.cards import ChangeKind
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import hold
from tests.portal.rooms import new_card
from tests.portal.test_matrix import PLAIN, PUBLIC, RECORDS, filled, routes, sign_in

TEMPLATES = Path(package.__file__).parent / "templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
# What a person can say in a form: fields of its own, or those that a macro draws.
FIELDS = re.compile(
    r"<select|<textarea|<input(?![^>]*type=\"hidden\")"
    r"|(?:_field|field_row|input|options|line|paper|starts|completing)\("
)
LOGINS = ("clerk", "admin", "department", "auditor")
# Forms that no page of the demo's has when it is opened.
ELSEWHERE = {
    "pages/account.html:2": "a password or a code alone, which nothing keeps",
    "pages/account_second_factor.html:0": "a password or a code alone",
    "pages/login.html:0": "nobody is known there: it is drawn anew",
    "pages/login_code.html:0": "a password or a code alone",
    "pages/password_asked.html:0": "a password or a code alone",
    "pages/card_import.html:0": "answers a form; browsers show no such page again by themselves",
    "pages/stocktake.html:2": "the opinion of pages/change.html:1, on a task that was handed in",
    "pages/scan.html:2": "a dialog that a script fills and clears",
    "pages/scan.html:3": "a dialog that a script fills and clears",
}
TABS = tuple(f"?tab={tab}" for tab in ("progress", "cards", "differences", "unknown", "conflicts"))
QUESTIONS = {
    "/changes/new": ("", *(f"?kind={kind}&card=CODE" for kind in ChangeKind if kind != "register"), "?kind=register"),
    "/stocktakes/<int(max=9223372036854775807):stocktake>": TABS,
    "/cards": ("", "?q=a"),
    "/scan": ("", "?task=STOCKTAKE"),
}  # fmt: skip
OF_A_DRAFT = "FROM {0} JOIN review ON review.id = review_id JOIN unit ON unit.id = {0}.unit_id WHERE unit.name = '海口市图书馆' AND state = 'draft'"
DRAFTS = {
    "sheet": "SELECT sheet.id " + OF_A_DRAFT.format("sheet") + " AND sheet.kind = 'transfer' ORDER BY 1 LIMIT 1",
    "change": "SELECT card_change.id " + OF_A_DRAFT.format("card_change") + " AND card_change.kind <> 'import' ORDER BY 1 LIMIT 1",
}  # fmt: skip


class Named(Extension):
    """Writes into each form of a page which of which template it is."""

    forms: ClassVar[dict[str, str]] = {}

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        found = list(FORM.finditer(source))
        for number, one in reversed(list(enumerate(found))):
            key = f"{name}:{number}"
            self.forms[key] = one[0]
            source = f'{source[: one.start()]}<form data-named="{key}"{source[one.start() + 5 :]}'
        return source


def forms_of_templates() -> dict[str, str]:
    """Each form in which somebody can say something, by its template and number there."""
    return {
        f"{path.relative_to(TEMPLATES)}:{number}": one[0]
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, one in enumerate(FORM.finditer(path.read_text()))
        if FIELDS.search(one[0])
    }


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        app = create_app(PortalSettings(development=True), database, demo_database.data)
        app.jinja_env.add_extension(Named)
        yield app


def pages(app: Flask, demo_database: DemoDatabase) -> dict[tuple[str, str], set[str]]:
    """(login, path) of every page that somebody may open: the forms on it."""
    with single_connection(demo_database.copy.url()) as conn:
        records = PLAIN | {
            name: str(scalar(conn, query)) for name, query in (RECORDS | PUBLIC).items()
        }
        drafts = {name: str(scalar(conn, query)) for name, query in DRAFTS.items()}
    found = {}
    for login in LOGINS:
        client = sign_in(app, login)
        for rule, method in routes(app):
            if method != "GET" or "." in rule.rule or rule.rule.startswith("/api"):
                continue
            known = records | (
                {"sheet_id": drafts["sheet"], "change_id": drafts["change"]}
                if rule.rule.endswith("/edit")
                else {}
            )
            for question in QUESTIONS.get(rule.rule, ("",)):
                path = filled(rule, known) + question.replace("CODE", records["code"])
                path = path.replace("STOCKTAKE", records["stocktake"])
                answer = client.get(path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    found[login, path] = set(re.findall(r'data-named="([^"]+)"', answer.text))
    return found


def chosen(found: dict[tuple[str, str], set[str]], wanted: set[str]) -> list[tuple[str, str]]:
    """As few of these pages as have all these forms; what none has fails."""
    left, picked = set(wanted), []
    while left:
        best = max(found, key=lambda one: len(found[one] & left))
        assert found[best] & left, f"no page of the demo shows {sorted(left)}"
        picked.append(best)
        left -= found[best]
    return sorted(picked)


# What the forms of a page say, by what each is about; of a filter, and what is counted.
SAYS = """() => {
  const given = ['csrf_token', 'submission', 'seen', 'client', 'newest'];
  const said = {};
  for (const form of document.querySelectorAll('main form')) {
    const fields = [...form.elements].filter((one) => one.name && one.type !== 'submit'
      && one.type !== 'file' && one.type !== 'password' && !given.includes(one.name));
    const about = [...form.querySelectorAll('input[type=hidden]')]
      .filter((one) => !given.includes(one.name)).map((one) => one.name + '=' + one.value);
    const key = [form.method, form.getAttribute('action'), ...about].join(' ');
    const words = fields.map((one) => ['checkbox', 'radio'].includes(one.type)
      ? (one.checked ? `${one.name} ticked ${one.value}` : '')
      : `${one.name}: ${one.multiple ? [...one.selectedOptions].map((o) => o.value) : one.value}`);
    said[key] = [...(said[key] || []), ...words.filter(Boolean)].sort();
  }
  for (const name of ['data-bulk-count', 'data-bulk-sum', 'data-said', 'data-sum', 'data-marks-count', 'data-total']) {
    said[name] = [...document.querySelectorAll(`main [${name}]`)].map((one) => one.textContent.trim());
  }
  return said;
}"""
# Somebody types in every field and ticks in every list. A filter's change would send it: there it
# is said without the event.
SAY = """() => {
  const once = new Set();
  for (const form of document.querySelectorAll('main form:not([method=dialog])')) {
    const silent = form.method === 'get' || 'labels' in form.dataset;
    for (const one of [...form.elements]) {
      if (!one.name || one.disabled || one.readOnly) continue;
      if (['hidden', 'file', 'password', 'submit', 'button'].includes(one.type)) continue;
      const name = one.form && `${form.action} ${one.name}`;
      if (one.type === 'checkbox' || one.type === 'radio') {
        if (once.has(name) || (one.type === 'radio' && one.checked)) continue;
        once.add(name);
        if (silent) one.checked = !one.checked;
        else one.click();
        continue;
      }
      if (one.tagName === 'SELECT') one.selectedIndex = (one.selectedIndex + 1) % one.options.length;
      else if (one.type === 'date') one.value = '2026-12-24';
      else if (one.type === 'number') one.value = '2';
      else if (one.type !== 'search' || silent) one.value += '7';
      if (!silent) one.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
}"""
# Fields that a browser would fill in by their place: outside the forms, or in those that let it.
RESTORED = """() => [...document.querySelectorAll('input, select, textarea')]
  .filter((one) => one.type !== 'password' && one.autocomplete !== 'off'
    && !(one.form && one.form.autocomplete === 'off'
      && !(one.getAttribute('autocomplete') || '').match(/[a-z]/)))
  .map((one) => one.outerHTML)"""
Said = dict[str, list[str]]


def says(page: Page, expected: Said, where: str) -> None:
    """Wait until the page says this: what was chosen may have to be fetched first."""
    end = time.monotonic() + 5
    while (found := page.evaluate(SAYS)) != expected:
        if time.monotonic() > end:
            off = {
                name: (expected.get(name), found.get(name))
                for name in expected.keys() | found.keys()
                if expected.get(name) != found.get(name)
            }
            pytest.fail(f"{where}: said, says {off}")
        page.wait_for_timeout(50)


def after_saying(page: Page) -> Said:
    """What stands there when somebody has filled in the page; a filter, as it was drawn."""
    drawn: Said = page.evaluate(SAYS)
    page.evaluate(SAY)
    said: Said = page.evaluate(SAYS)
    return {name: drawn[name] if name.startswith("get ") else said[name] for name in said}


@pytest.mark.browser
def test_every_form_says_after_back_and_forward_what_was_said_there(
    visit: Visit, portal: Portal, app: Flask, demo_database: DemoDatabase
) -> None:
    """Meanwhile the lists have got other rows, at their heads. Reloading begins anew."""
    wanted = {one for one in forms_of_templates() if one not in ELSEWHERE}
    walks: dict[str, list[str]] = {}
    for login, path in chosen(pages(app, demo_database), wanted):
        walks.setdefault(login, []).append(path)
    for number, (login, paths) in enumerate(walks.items()):
        page = visit("/", login=login)
        page.on("dialog", lambda dialog: dialog.accept())
        said: list[Said] = []
        for path in paths:
            page.goto(path)
            assert page.evaluate(RESTORED) == [], path
            said.append(after_saying(page))
        page.goto("/healthz")
        new_card(portal, "a 后来的桌子", code=f"0000-BACK-{number}", shareable="true")
        for path, expected in zip(reversed(paths), reversed(said), strict=True):
            page.go_back()
            says(page, expected, f"back to {path} as {login}")
        for path, expected in zip(paths[1:], said[1:], strict=True):
            page.go_forward()
            says(page, expected, f"forward to {path} as {login}")
        page.reload()
        drawn = page.evaluate(SAYS)
        page.goto(paths[-1])
        says(page, drawn, f"{paths[-1]} drawn anew as {login}")


# A unit, how many sections it has, and one of them.
SECTION: LiteralString = """
    SELECT unit.code || ' ' || unit.name, count(*) OVER (), section.name
      FROM section JOIN unit ON unit.id = unit_id
     WHERE unit.name = '三亚市人民医院' ORDER BY section.id LIMIT 1
"""


@pytest.mark.browser
def test_back_says_the_section_that_was_said_of_another_unit(visit: Visit, portal: Portal) -> None:
    """At once, though the sections of that unit are still to come; then they are all offered."""
    with single_connection(portal.database.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = 'clerk'")
        unit, sections, section = conn.execute(SECTION).fetchone() or ("", 0, "")
    page = visit(f"/admin/users/{key}", login="admin")
    page.fill("#f-unit", unit)
    page.locator("#f-unit").blur()
    page.select_option("#f-section", label=section)
    page.goto("/healthz")
    held = hold(page, "**/sections.json?*")
    for _left_before_the_answer in range(2):
        with page.expect_request("**/sections.json?*"):
            page.go_back()
        expect(page.locator("#f-unit")).to_have_value(unit)
        expect(page.locator("#f-section option:checked")).to_have_text(section)
        page.goto("/healthz")
    with page.expect_request("**/sections.json?*"):
        page.go_back()
    expect(page.locator("#f-section option:checked")).to_have_text(section)
    held[-1].continue_()
    expect(page.locator("#f-section option")).to_have_count(1 + sections)
    expect(page.locator("#f-section option:checked")).to_have_text(section)
