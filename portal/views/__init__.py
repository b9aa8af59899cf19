"""The views, one module a page: check, parse, call one verb, answer."""

from typing import Final

from flask import Blueprint

from portal.views import (
    account,
    admin,
    admin_chains,
    admin_people,
    admin_reference,
    admin_units,
    audit_log,
    card_files,
    cards,
    change_drafts,
    changes,
    design,
    health,
    home,
    inbox,
    login,
    monitoring,
    photos,
    suggestions,
    uploads,
    webhooks,
)

# blueprint, only in development
VIEWS: Final[tuple[tuple[Blueprint, bool], ...]] = (
    (login.bp, False),
    (home.bp, False),
    (inbox.bp, False),
    (account.bp, False),
    (admin.bp, False),
    (admin_people.bp, False),
    (admin_units.bp, False),
    (admin_reference.bp, False),
    (admin_chains.bp, False),
    (audit_log.bp, False),
    (monitoring.bp, False),
    (suggestions.bp, False),
    (card_files.bp, False),
    (cards.bp, False),
    (changes.bp, False),
    (change_drafts.bp, False),
    (uploads.bp, False),
    (photos.bp, False),
    (webhooks.bp, False),
    (health.bp, False),
    (design.bp, True),
)
