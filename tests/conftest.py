"""Fixtures that every room's tests may ask for."""

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes tells of what else this machine does, not of the code.
settings.register_profile("panhuo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("panhuo")
pytest.register_assert_rewrite("tests.portal.pages")  # what is wrong with a page is said in full
pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.broker",
    "tests.fixtures.estate",
    "tests.fixtures.browser",
]
