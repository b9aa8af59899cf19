"""What somebody asks of the lists of sheets and listings, and what a sheet's form says."""

from typing import Final

from flask import request

from db import Connection
from exchange.kinds import Kind, Ministry, Scope
from exchange.kinds import State as Listed
from exchange.listing_list import ListingQuery
from exchange.sheet_form import Typed
from exchange.sheet_list import SheetQuery, Tab
from portal import asked, change_form, edge, paging
from portal.change_form import Brought
from registry.review import State

LONGEST: Final = 64
LONGEST_CODE: Final = 32
MOST_NAMED: Final = 1_000  # cards that a form may name; 200 may be saved


def sheets(units: list[int], kind: Kind, tab: Tab) -> SheetQuery:
    """The question about sheets; what is no sense is ignored."""
    args, after = request.args, asked.moment_and_key("after")
    return SheetQuery(
        edge.viewer(),
        units,
        kind,
        tab,
        _member("scope", Scope),
        _member("state", State) if tab is Tab.ALL else "",
        args.get("q", "")[:LONGEST],
        asked.number("unit"),
        after,
        paging.back(after),
    )


def listings(units: list[int], kind: Kind) -> ListingQuery:
    """The question about listings; what is no sense is ignored."""
    after = asked.key("after")
    return ListingQuery(
        units,
        kind,
        _member("state", Listed),
        _member("ministry", Ministry),
        request.args.get("q", "")[:LONGEST],
        asked.number("unit"),
        asked.key("sheet"),
        after,
        paging.back(after),
    )


def _member(name: str, members: type[Scope] | type[State] | type[Listed] | type[Ministry]) -> str:
    value = request.args.get(name, "")
    return value if value in set(members) else ""


def typed(conn: Connection, files: Brought) -> Typed:
    """What the form says; the files that it brought are kept."""
    attachments = change_form.digests_of(conn, "attachments", files)
    form = request.form
    values = {name: form[name] for name in form if name not in {"cards", "attachments"}}
    cards = [code.strip()[:LONGEST_CODE] for code in form.getlist("cards")][:MOST_NAMED]
    return Typed(values, tuple(dict.fromkeys(code for code in cards if code)), attachments)
