"""The views, one module a page: check, parse, call one verb, answer."""

from typing import Final

from flask import Blueprint

from portal.views import design, health, home, login, monitoring, photos, suggestions

# blueprint, only in development
VIEWS: Final[tuple[tuple[Blueprint, bool], ...]] = (
    (login.bp, False),
    (home.bp, False),
    (monitoring.bp, False),
    (suggestions.bp, False),
    (photos.bp, False),
    (health.bp, False),
    (design.bp, True),
)
