"""Batch work on what waits on a reviewer, documents of every kind together."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal import batch
from portal.batch_desks import WAITING
from portal.consequence import Consequence, warns
from portal.consequence.batches import returning
from portal.permissions import needs
from portal.views import inbox
from registry.batches import Act
from registry.notices import Tab
from registry.org import Permission

bp = Blueprint("inbox_batches", __name__, url_prefix="/inbox/batch")


def _back() -> str:
    return url_for("inbox.index", tab=Tab.WAITING.value)


def _sent(act: Act) -> ResponseReturnValue:
    return batch.sent(act, WAITING, inbox.drawn_waiting, _back())


@bp.post("/approve")
@needs(Permission.CHANGE_REVIEW)
def approve() -> ResponseReturnValue:
    """Approve several whose checks all hold; each asks for its own kind's permission as well."""
    return _sent(Act.APPROVE)


def _returns() -> Consequence | None:
    return returning(WAITING, _back())


@bp.post("/return")
@needs(Permission.CHANGE_REVIEW)
@warns(_returns)
def give_back() -> ResponseReturnValue:
    """Return several, with one reason."""
    return _sent(Act.RETURN)
