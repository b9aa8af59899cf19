"""The three rooms: 调剂资产, 共享资产, 我的需求. They have the same pages; a request is in one."""

from typing import Final

from flask import request, url_for

from exchange import DESCRIPTIONS, Description
from portal.language import N_
from registry.org import Permission

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


def to(endpoint: str, **values: object) -> str:
    """The address of one of this room's pages."""
    return url_for(f"{here().room}.{endpoint}", **values)  # type: ignore[arg-type]  # texts and keys


def prepares(one: Description) -> Permission:
    """What drafting in the room asks for (E6: a demand goes by the type of user)."""
    return Permission.SHEET_PREPARE if one.of_cards else Permission.DEMAND_PREPARE
