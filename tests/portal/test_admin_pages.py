"""The pages of administration and audit: complete in English, accessible and fitting everywhere."""

import pytest

from tests.fixtures.browser import Visit
from tests.portal.test_pages import AXE, CHINESE, OWN_WORDS, overflow

PAGES = (
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


@pytest.mark.browser
@pytest.mark.parametrize(("login", "path"), PAGES)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_page_is_english_accessible_and_fits(
    visit: Visit, login: str, path: str, width: int, theme: str
) -> None:
    page = visit(path, login=login, width=width, theme=theme, language="en")
    page.wait_for_load_state("networkidle")
    assert CHINESE.findall(str(page.evaluate(OWN_WORDS))) == []
    assert overflow(page) <= 0
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (violation["id"], [node["html"][:120] for node in violation["nodes"]][:3])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []
