"""Pages of squares, shortlist, progress, ministry, linked systems: English, accessible, light, fitting."""

import gzip
import json

import pytest
from playwright.sync_api import Response

from db import scalar, single_connection
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere

PAGES = (
    ("clerk", "/squares/transfer"),
    ("clerk", "/squares/transfer?view=list"),
    (
        "clerk",
        "/squares/transfer?tab=national&q=x&status=idle&band=under_50k&division=460100&days=30&unit=y&least=1",
    ),
    ("clerk", "/squares/share"),
    ("finance", "/squares/demand"),
    ("finance", "/squares/demand?view=list"),
    ("clerk2", "/squares/transfer/TRANSFER"),
    ("clerk", "/squares/demand/DEMAND"),
    ("clerk", "/shortlist"),
    ("finance", "/campaign"),
    ("auditor", "/ministry"),
    ("admin", "/ministry?state=pending"),
    ("admin", "/admin/linked"),
    ("admin", "/admin/linked/SYSTEM"),
    ("clerk", "/linked/SYSTEM"),
)


LISTED = """
    SELECT id FROM listing WHERE kind = %(kind)s AND state = 'listed' AND on_local ORDER BY id LIMIT 1
"""
# A system that has pushed nothing yet: pages say so.
LINKED = """
    INSERT INTO linked_system (name, unit_id, token_hash, created_by, created_at)
    SELECT '仪器共享平台', unit.id, 'page', app_user.id, now()
      FROM unit, app_user WHERE unit.name = '海口市图书馆' AND login = 'admin'
    ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash
    RETURNING id
"""


@pytest.fixture
def known(portal: Portal) -> dict[str, str]:
    """The ids that stand in addresses."""
    with single_connection(portal.database.url()) as conn:
        found = {
            name: str(scalar(conn, LISTED, kind=name.lower())) for name in ("TRANSFER", "DEMAND")
        }
        return found | {"SYSTEM": str(scalar(conn, LINKED))}


def filled(path: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        path = path.replace(name, value)
    return path


@pytest.mark.browser
@pytest.mark.parametrize(("login", "path"), PAGES)
def test_page_is_english_accessible_and_fits(
    look: Visit, known: dict[str, str], login: str, path: str
) -> None:
    stands_everywhere(look(filled(path, known), login))


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/squares/transfer", "/squares/transfer/TRANSFER"])
def test_first_visit_weighs_less_than_400_kb(
    visit: Visit, known: dict[str, str], path: str
) -> None:
    page = visit("/inbox")
    page.wait_for_load_state("networkidle")
    weights: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        if answer.status == 200:
            weights[answer.url] = len(gzip.compress(answer.body()))

    page.on("response", weigh)
    page.goto(filled(path, known))
    page.wait_for_load_state("networkidle")
    pictures = sum(weight for url, weight in weights.items() if "/photos/" in url)
    assert sum(weights.values()) - pictures < 400_000, json.dumps(weights, indent=1)


@pytest.mark.browser
def test_facets_open_behind_a_button_on_a_phone(visit: Visit) -> None:
    page = visit("/squares/transfer", width=360)
    assert not page.is_visible("#facets")
    page.click("[data-facets]")
    page.wait_for_selector("#facets legend >> nth=0")
    assert page.get_attribute("[data-facets]", "aria-expanded") == "true"
