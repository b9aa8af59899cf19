"""The three rooms: 调剂资产, 共享资产, 我的需求. They have the same pages; a request is in one."""

from typing import Final

from flask import request, url_for

from db import Connection, Refused
from exchange import DESCRIPTIONS, Description, Kind, listings
from exchange.listings import Listing
from portal import edge
from portal.language import N_
from registry.org import Permission, contacts
from registry.org.contacts import Contact

ROOMS: Final = {one.room: one for one in DESCRIPTIONS.values()}
# What its lists and buttons call a document of the room.
TITLES: Final = {
    "transfer": N_("调剂资产"),
    "share": N_("共享资产"),
    "demands": N_("我的需求"),
}
LISTINGS: Final = {"transfer": "listings", "share": "listings", "demands": "manage"}


def here() -> Description:
    """The room of this request."""
    return ROOMS[request.blueprint or ""]


def own_listing(conn: Connection, kind: Kind, key: int) -> Listing:
    """A listing of this kind and of the reader's unit. Raises Refused 'listing.not_found'."""
    one = listings.one(conn, key)
    if one is None or one.kind is not kind or one.unit_id != edge.viewer().unit_id:
        raise Refused("listing.not_found")
    return one


def to(endpoint: str, **values: object) -> str:
    """The address of one of this room's pages."""
    return url_for(f"{here().room}.{endpoint}", **values)  # type: ignore[arg-type]  # texts and keys


def may_manage(one: Description, unit: int | None) -> bool:
    """Whether the reader settles and takes down what the unit (its id) has listed (D1)."""
    viewer = edge.viewer()
    return unit == viewer.unit_id and viewer.may(prepares(one))


def managers(conn: Connection, one: Description, unit: int | None) -> list[Contact]:
    """Those who may, for a reader who may not (C4): of the unit's preparers, or who can name one.

    Nobody where the reader may, or where what came from elsewhere has no unit of ours.
    """
    if unit is None or may_manage(one, unit):
        return []
    return contacts.of_roles(conn, unit, one.document.preparers) or contacts.administrators(
        conn, unit
    )


def prepares(one: Description) -> Permission:
    """What drafting in the room asks for (E6: a demand goes by the type of user)."""
    return Permission.SHEET_PREPARE if one.of_cards else Permission.DEMAND_PREPARE
