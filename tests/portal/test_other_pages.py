"""Pages of cards, changes, administration and audit: English, accessible, fitting everywhere."""

import pytest

from db import scalar, single_connection
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import chinese, overflow, serious

PAGES = (
    ("clerk", "/cards"),
    ("clerk", "/cards?q=x&type=vehicle"),
    ("clerk", "/cards/CODE"),
    ("clerk", "/cards/CODE?tab=files"),
    ("clerk", "/cards/CODE?tab=changes"),
    ("clerk", "/cards/import"),
    ("reviewer", "/changes?tab=pending"),
    ("reviewer", "/changes/7"),
    ("clerk", "/changes/10"),
    ("clerk", "/changes/11/edit"),
    ("clerk", "/changes/new"),
    ("clerk", "/changes/new?kind=register&type=instrument"),
    ("clerk", "/changes/new?card=CODE&kind=attributes"),
    ("clerk", "/changes/new?card=CODE&kind=split"),
    ("admin", "/admin"),
    ("admin", "/admin/users"),
    ("admin", "/admin/users/1"),
    ("admin", "/admin/users/new"),
    ("admin", "/admin/units"),
    ("admin", "/admin/units/6"),
    ("admin", "/admin/reference"),
    ("admin", "/admin/chains"),
    ("auditor", "/audit"),
)


@pytest.fixture
def code(portal: Portal) -> str:
    """The code of a card of four pieces: it can be split."""
    with single_connection(portal.database.url()) as conn:
        found = scalar(
            conn,
            "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' "
            "AND quantity = 4 AND status = 'in_use' ORDER BY 1 LIMIT 1",
        )
    assert isinstance(found, str)
    return found


@pytest.mark.browser
@pytest.mark.parametrize(("login", "path"), PAGES)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_page_is_english_accessible_and_fits(
    visit: Visit, code: str, login: str, path: str, width: int, theme: str
) -> None:
    page = visit(path.replace("CODE", code), login=login, width=width, theme=theme, language="en")
    page.wait_for_load_state("networkidle")
    assert chinese(page) == []
    assert overflow(page) <= 0
    assert serious(page) == []
