"""Pages of cards, changes, administration and audit: English, accessible, fitting everywhere."""

import re
from typing import LiteralString

import pytest
from playwright.sync_api import expect

from db import single_connection
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import chinese, overflow, serious, stands_everywhere

PAGES = (
    ("clerk", "/cards"),
    ("clerk", "/cards?q=x&type=vehicle"),
    ("clerk", "/cards/CODE"),
    ("clerk", "/cards/WATCHED"),
    ("clerk", "/cards/CODE?tab=files"),
    ("clerk", "/cards/CODE?tab=changes"),
    ("clerk", "/cards/import"),
    ("clerk", "/changes?tab=draft"),
    ("reviewer", "/changes?tab=pending"),
    ("clerk", "/changes?tab=done"),
    ("reviewer", "/changes/7"),
    ("clerk", "/changes/10"),
    ("clerk", "/changes/11/edit"),
    ("clerk", "/changes/new"),
    ("clerk", "/changes/new?kind=register&type=instrument"),
    ("clerk", "/changes/new?card=CODE&kind=attributes"),
    ("clerk", "/changes/new?card=CODE&kind=status"),
    ("clerk", "/changes/new?card=CODE&kind=shareable"),
    ("clerk", "/changes/new?card=CODE&kind=requisition"),
    ("clerk", "/changes/new?card=CODE&kind=return"),
    ("clerk", "/changes/new?card=CODE&kind=repair"),
    ("clerk", "/changes/new?card=CODE&kind=lease_lend"),
    ("clerk", "/changes/new?card=LEASED&kind=recover"),
    ("clerk", "/changes/new?card=CODE&kind=split"),
    ("clerk", "/changes/new?card=CODE&kind=dispose"),
    ("reviewer", "/inbox"),
    ("clerk", "/inbox?tab=unread"),
    ("clerk", "/inbox?tab=all"),
    ("clerk", "/account"),
    ("admin", "/admin"),
    ("admin", "/admin/users"),
    ("admin", "/admin/users/1"),
    ("admin", "/admin/users/new"),
    ("admin", "/admin/units"),
    ("admin", "/admin/units/new"),
    ("admin", "/admin/units/6"),
    ("admin", "/admin/calendar"),
    ("admin", "/admin/calendar/new"),
    ("admin", "/admin/calendar/1"),
    ("admin", "/admin/reference"),
    ("admin", "/admin/reference?list=categories"),
    ("admin", "/admin/chains"),
    ("admin", "/admin/second-factor"),
    ("admin", "/admin/webhooks"),
    ("admin", "/admin/webhooks/new"),
    ("auditor", "/audit"),
    ("auditor", "/audit?q=clerk&action=user.signed_in"),
)


# Cards that the addresses name: one of four pieces, so that it can be split, and one that is out.
CARDS = {"CODE": (4, "in_use"), "LEASED": (2, "leased")}

IDLE: LiteralString = """
    SELECT card.code FROM suggestion JOIN card ON card.id = card_id JOIN unit ON unit.id = unit_id
     WHERE suggestion.state = 'open' AND unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1
"""


@pytest.fixture
def codes(portal: Portal) -> dict[str, str]:
    """Codes of the library's cards by the name that they have in addresses here."""
    query = (
        "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' "
        "AND quantity = %s AND status = %s AND NOT EXISTS (SELECT FROM card_change "
        "JOIN review ON review.id = review_id WHERE card_id = card.id AND state <> 'approved') "
        "ORDER BY 1 LIMIT 1"
    )
    with single_connection(portal.database.url()) as conn:
        found = {name: conn.execute(query, facts).fetchone() for name, facts in CARDS.items()}
        found["WATCHED"] = conn.execute(IDLE).fetchone()
    return {name: row[0] for name, row in found.items() if row}


@pytest.mark.browser
@pytest.mark.parametrize(("login", "path"), PAGES)
def test_page_is_english_accessible_and_fits(
    look: Visit, codes: dict[str, str], login: str, path: str
) -> None:
    for name, code in codes.items():
        path = path.replace(name, code)
    page = look(path, login)
    assert page.locator("h1").count() == 1
    assert page.locator("p.p-code").count() == 0
    stands_everywhere(page)


@pytest.mark.browser
def test_verified_chain_is_told_in_english_and_fits(visit: Visit) -> None:
    page = visit("/audit", login="auditor", theme="dark", language="en")
    page.click("form[action='/audit/verify'] button")
    page.wait_for_selector("#check h2:text('The chain is whole')")
    stands_everywhere(page)


@pytest.mark.browser
def test_wrong_rows_of_a_reference_list_fit_a_phone(visit: Visit) -> None:
    page = visit("/admin/reference", login="admin", width=360, language="en")
    rows = "".join(f"x{number},a name,county,460000\n" for number in range(60)).encode()
    page.set_input_files(
        "#f-file",
        {"name": "d.csv", "mimeType": "text/csv", "buffer": b"code,name,level,parent\n" + rows},
    )
    page.click("form[action^='/admin/reference'] button:text('Import')")
    page.wait_for_selector(".p-faults li")
    assert page.locator(".p-faults li").count() == 50
    assert chinese(page) == []
    assert overflow(page) <= 0
    assert serious(page) == []


@pytest.mark.browser
def test_unit_is_offered_while_one_types(visit: Visit) -> None:
    page = visit("/admin/users/new", login="admin")
    with page.expect_response("**/admin/units/known.json**"):
        page.locator("#f-unit").press_sequentially("图书馆")
    expect(page.locator("#f-unit-l option")).to_have_count(1)  # shorter words offered more
    expect(page.locator("#f-unit-l option")).to_have_attribute("value", re.compile("海口市图书馆"))
