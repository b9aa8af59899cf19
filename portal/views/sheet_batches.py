"""Batch work on sheets, demands and listings, in the room of the request.

The address says which of the room's lists it was sent from (`list`), and what that was asked.
"""

from flask import request
from flask.typing import ResponseReturnValue

from portal import batch, paging, rooms
from portal.batch_desks import LISTINGS, SHEETS
from portal.consequence import Consequence, papers, warns
from portal.consequence.batches import deleting, delisting, returning
from portal.views import listings, sheets
from registry.batches import Act


def _list() -> str:
    name = request.args.get("list", "")
    return name if name in sheets.LISTS else next(iter(sheets.LISTS))


def _back() -> str:
    return paging.again(rooms.to(_list()), list=None)


def _sent(act: Act) -> ResponseReturnValue:
    def again(choice: batch.Choice) -> str:
        return sheets.drawn(_list(), choice)

    return batch.sent(act, SHEETS[rooms.here().kind], again, _back())


def submit() -> ResponseReturnValue:
    """Hand in several drafts."""
    return _sent(Act.SUBMIT)


def _deletes() -> Consequence | None:
    return deleting(SHEETS[rooms.here().kind], papers.SHEETS, _back())


@warns(_deletes)
def delete() -> ResponseReturnValue:
    """Delete several drafts; those that were submitted before become void."""
    return _sent(Act.DELETE)


def approve() -> ResponseReturnValue:
    """Approve several whose checks all hold."""
    return _sent(Act.APPROVE)


def _returns() -> Consequence | None:
    return returning(SHEETS[rooms.here().kind], _back())


@warns(_returns)
def give_back() -> ResponseReturnValue:
    """Return several, with one reason."""
    return _sent(Act.RETURN)


def _managed() -> str:
    return paging.again(rooms.to("listings"))


def _delists() -> Consequence | None:
    return delisting(LISTINGS[rooms.here().kind], _managed())


@warns(_delists)
def delist() -> ResponseReturnValue:
    """Take down several, with one reason (D1)."""
    desk = LISTINGS[rooms.here().kind]
    return batch.sent(Act.DELIST, desk, listings.drawn, _managed())
