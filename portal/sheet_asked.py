"""What somebody asks of the lists of sheets and listings, and what a sheet's form says."""

from typing import Final

from flask import request

from db import Connection
from exchange import listing_list, sheet_list
from exchange.kinds import Kind, Ministry, Scope
from exchange.kinds import State as Listed
from exchange.listing_list import ListingQuery
from exchange.sheet_form import Typed
from exchange.sheet_list import SheetQuery, Tab
from portal import asked_values, card_typed, change_form, edge, sorting
from portal.change_form import Brought
from registry.cards import named
from registry.review import State

LONGEST_CODE: Final = 32
MOST_NAMED: Final = 1_000  # cards that a form may name; 200 may be saved


def sheets(units: list[int], kind: Kind, tab: Tab, after: str = "after") -> SheetQuery:
    """The question about sheets; `after` names its key. What is no choice is said on the page."""
    order = sorting.read(sheet_list.SORTABLE, sheet_list.Sort.MOVED, after)
    return SheetQuery(
        edge.viewer(),
        units,
        kind,
        tab,
        asked_values.member("scope", Scope),
        asked_values.member("state", State) if tab is Tab.ALL else "",
        card_typed.words(),
        asked_values.number("unit"),
        order.by,
        order.turned,
        order.after,
        order.back,
    )


def listings(units: list[int], kind: Kind) -> ListingQuery:
    """The question about listings; what is no choice is said on the page."""
    order = sorting.read(listing_list.SORTABLE, listing_list.Sort.LISTED)
    return ListingQuery(
        units,
        kind,
        asked_values.member("state", Listed),
        asked_values.member("ministry", Ministry),
        card_typed.words(),
        asked_values.number("unit"),
        asked_values.key("sheet"),
        order.by,
        order.turned,
        order.after,
        order.back,
    )


def typed(conn: Connection, files: Brought) -> Typed:
    """What the form says; the files that it brought are kept."""
    attachments = change_form.digests_of(conn, "attachments", files)
    form = request.form
    values = {name: form[name] for name in form if name not in {"cards", "attachments"}}
    cards = [named.code_of(code)[:LONGEST_CODE] for code in form.getlist("cards")][:MOST_NAMED]
    return Typed(values, tuple(dict.fromkeys(code for code in cards if code)), attachments)
