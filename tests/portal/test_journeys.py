"""What a manager does with a suggestion, as a person does it."""

import re

import pytest
from playwright.sync_api import expect

from db import audit, scalar, single_connection
from tests.fixtures.browser import Portal, Visit, sign_in
from tests.portal.pages import toast

pytestmark = pytest.mark.browser


def test_clerk_reads_the_evidence_and_dismisses_with_a_reason(visit: Visit, portal: Portal) -> None:
    page = visit("/suggestions")
    with single_connection(portal.database.url()) as conn:
        earlier = scalar(conn, "SELECT max(id) FROM audit_entry")
    before = int(page.inner_text(".ph-tabs [aria-current] small"))
    assert before >= 2
    page.keyboard.press("j")  # unlike a click, a key doesn't wait for where it leads
    page.wait_for_url("**/suggestions?*pick=*")
    name = page.inner_text("#detail h2")
    page.click("#detail .p-dismiss button")  # without a reason
    page.wait_for_load_state()
    assert "请写明不采纳的原因" in page.inner_text("#refusal")
    assert page.inner_text("#detail h2") == name
    page.fill("#reason", "每年汛期集中使用")
    page.click("#detail .p-dismiss button")
    page.wait_for_load_state()
    assert name in toast(page)
    assert int(page.inner_text(".ph-tabs [aria-current] small")) == before - 1
    page.click(".ph-tabs a:has-text('未采纳')")
    expect(page.locator("#detail")).to_contain_text("每年汛期集中使用")
    with single_connection(portal.database.url()) as conn:
        noted = scalar(
            conn,
            "SELECT count(*) FROM audit_entry "
            "WHERE action = 'suggestion.dismissed' AND id > %(earlier)s",
            earlier=earlier,
        )
        assert noted == 1
        assert audit.verify(audit.entries(conn), audit.head(conn)).breaks == ()


def test_auditor_reads_but_can_not_decide(visit: Visit) -> None:
    page = visit("/suggestions", login="auditor")
    assert page.is_visible("#detail")
    assert page.locator("#reason").count() == 0


def test_asset_page_draws_its_charts(visit: Visit) -> None:
    page = visit("/monitoring?sort=utilisation")
    page.locator("table.p-watched tbody a").first.click()
    page.wait_for_load_state("networkidle")
    for kind in ("heat", "trend", "readings"):
        expect(page.locator(f"[data-chart={kind}] canvas").first).to_be_attached()
    with page.expect_response("**/readings.json?*"):
        page.click("[data-days='28']")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-days='28']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-chart=readings]")).not_to_have_class(re.compile("is-empty"))


def test_each_sees_only_the_menu_and_pages_of_their_role(visit: Visit) -> None:
    clerk = visit("/", login="clerk")
    assert clerk.locator("#menu >> text=系统管理").count() == 0
    admin = visit("/", login="admin")
    assert admin.locator("#menu >> text=系统管理").count() == 1
    assert admin.locator("#menu >> text=闲置建议").count() == 0


def test_sign_out_ends_the_session(visit: Visit) -> None:
    page = visit("/monitoring")
    page.click("form[action='/logout'] button")
    page.wait_for_url("**/login")
    page.goto("/monitoring")
    page.wait_for_url("**/login?next=**")
    sign_in(page, "clerk")
