"""Fixtures that every room's tests may ask for."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.broker",
    "tests.fixtures.estate",
    "tests.fixtures.browser",
]
