"""Fixtures that every room's tests may ask for."""

import re

import pytest

pytest.register_assert_rewrite("tests.portal.pages")  # what is wrong with a page is said in full
pytest_plugins = [
    "tests.fixtures.examples",
    "tests.fixtures.database",
    "tests.fixtures.broker",
    "tests.fixtures.estate",
    "tests.fixtures.browser",
]

# The workers compare what each has collected: a name must be the same in every process.
DIFFERS_BY_PROCESS = re.compile(r"frozenset\(\{|\bset\(|\[\{'[^:]*\}| object at 0x|<function ")


def pytest_itemcollected(item: pytest.Item) -> None:
    if DIFFERS_BY_PROCESS.search(item.nodeid):
        raise pytest.UsageError(
            f"{item.nodeid}: give it ids= that don't depend on hashes or places"
        )
