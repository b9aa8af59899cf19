"""Nothing is taken away unsaid: every route that is sent to has its row in `tests.portal.acts`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from db import Database
from portal import PortalSettings, create_app
from portal.consequence import WARNS
from portal.undo import ACTS
from tests.portal import acts

NOWHERE = "postgresql://panhuo_portal:x@127.0.0.1:1/panhuo"
SENDS = {"POST", "PUT", "PATCH", "DELETE"}
ROWS = (
    acts.WARNED,
    acts.WARNED_AT_TIMES,
    acts.UNDONE,
    acts.UNDONE_OR_WARNED,
    acts.OWN_PAGE,
    acts.TAKES_NOTHING,
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with Database(NOWHERE) as database:
        yield create_app(PortalSettings(), database, Path(tmp_path_factory.mktemp("acts")))


def sent_to(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) & SENDS}


def test_every_route_that_sends_has_one_row(app: Flask) -> None:
    rows = Counter(endpoint for table in ROWS for endpoint in table)
    assert [endpoint for endpoint, times in rows.items() if times > 1] == []
    assert sent_to(app) - rows.keys() == set(), "say what it takes away, in tests/portal/acts.py"
    assert rows.keys() - sent_to(app) == set()


def test_what_is_said_to_warn_does_and_nothing_else(app: Flask) -> None:
    warned = {name for name, view in app.view_functions.items() if hasattr(view, WARNS)}
    said = acts.WARNED | acts.WARNED_AT_TIMES.keys() | acts.UNDONE_OR_WARNED.keys()
    assert warned == said


def test_what_is_said_to_be_undone_has_a_way_back(app: Flask) -> None:
    assert {*acts.UNDONE.values(), *acts.UNDONE_OR_WARNED.values()} == ACTS.keys()


def test_pages_that_say_it_are_pages(app: Flask) -> None:
    drawn = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert set(acts.OWN_PAGE.values()) - drawn == set()
