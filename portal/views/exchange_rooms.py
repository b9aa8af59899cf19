"""`/transfer`, `/share`, `/demands`: one table of pages, made three times (B to D, G1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint

from exchange import DESCRIPTIONS, Description
from portal import rooms
from portal.permissions import needs
from portal.views import listings, sheet, sheet_batches, sheet_drafts, sheets
from registry.org import Permission

PREPARES: Final = "prepares"  # the room's own permission to draft
REVIEWS: Final = Permission.SHEET_REVIEW
VIEWS: Final = Permission.SHEET_VIEW


@dataclass(frozen=True, slots=True)
class Page:
    """An address below the room's; {listings} is where the room has its 管理."""

    method: str
    address: str
    name: str
    view: Callable[..., Any]
    permission: str
    of_cards: bool | None = None  # None: in every room


BATCH: Final = "/sheets/batch"
SHEET: Final = f"/sheets/<{sheet.KEY}>"
LISTING: Final = f"/{{listings}}/<{listings.KEY}>"
PAGES: Final = (
    Page("GET", "/sheets", "sheets", sheets.index, PREPARES),
    Page("GET", "/sheets/new", "new", sheet_drafts.new, PREPARES),
    Page("POST", "/sheets/new", "create", sheet_drafts.create, PREPARES),
    Page("GET", "/sheets/picks", "picks", sheet_drafts.picks, PREPARES, of_cards=True),
    Page("GET", "/divisions.json", "divisions", sheet_drafts.divisions, PREPARES, of_cards=False),
    Page("GET", "/wish", "wish", sheet_drafts.wish, PREPARES, of_cards=False),
    Page("POST", "/attachments", "take", sheet_drafts.take, PREPARES),
    Page("POST", f"{BATCH}/submit", "batch_submit", sheet_batches.submit, PREPARES),
    Page("POST", f"{BATCH}/delete", "batch_delete", sheet_batches.delete, PREPARES),
    Page("POST", f"{BATCH}/approve", "batch_approve", sheet_batches.approve, REVIEWS),
    Page("POST", f"{BATCH}/return", "batch_give_back", sheet_batches.give_back, REVIEWS),
    Page("GET", SHEET, "show", sheet.show, VIEWS),
    Page("GET", f"{SHEET}/cards", "in_full", sheet.in_full, VIEWS),
    Page("GET", f"{SHEET}/cards/<code>", "card", sheet.card, VIEWS, of_cards=True),
    Page("GET", f"{SHEET}/edit", "edit", sheet_drafts.edit, PREPARES),
    Page("POST", f"{SHEET}/edit", "save", sheet_drafts.save, PREPARES),
    Page("POST", f"{SHEET}/delete", "delete", sheet.delete, PREPARES),
    Page("POST", f"{SHEET}/submit", "submit", sheet.submit, PREPARES),
    Page("POST", f"{SHEET}/recall", "recall", sheet.recall, PREPARES),
    Page("POST", f"{SHEET}/approve", "approve", sheet.approve, REVIEWS),
    Page("POST", f"{SHEET}/return", "give_back", sheet.give_back, REVIEWS),
    Page("POST", f"{SHEET}/revoke", "revoke", sheet.revoke, REVIEWS),
    Page("GET", "/reviews", "reviews", sheets.reviews, REVIEWS),
    Page("GET", "/{listings}", "listings", listings.index, VIEWS),
    Page("POST", "/{listings}/batch/delist", "batch_delist", sheet_batches.delist, PREPARES),
    Page("POST", f"{LISTING}/delist", "delist", listings.delist, PREPARES),
    Page("GET", f"{LISTING}/settle", "settle", listings.settle_page, PREPARES),
    Page("POST", f"{LISTING}/settle", "register", listings.register, PREPARES),
    Page("GET", f"{LISTING}/correct", "correction", listings.correction, PREPARES),
    Page("POST", f"{LISTING}/correct", "correct", listings.correct, PREPARES),
    Page("POST", f"{LISTING}/cancel", "cancel", listings.cancel, PREPARES),
    Page("GET", "/units.json", "units", listings.units, PREPARES),
    Page("GET", "/query", "query", sheets.query, VIEWS),
)


def _blueprint(one: Description) -> Blueprint:
    """The room of one kind: every page of the table, each behind its permission."""
    bp = Blueprint(one.room, __name__, url_prefix=f"/{one.room}")
    for page in PAGES:
        if page.of_cards not in {None, one.of_cards}:
            continue
        asks = rooms.prepares(one) if page.permission == PREPARES else Permission(page.permission)
        address = page.address.format(listings=rooms.LISTINGS[one.room])
        view = needs(asks)(page.view)
        bp.add_url_rule(address, page.name, view, methods=[page.method])
    return bp


BLUEPRINTS: Final = tuple(_blueprint(one) for one in DESCRIPTIONS.values())
