"""Batch work on stocktakes: the reports of several are submitted, approved or returned."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal import batch, paging
from portal.batch_desks import STOCKTAKES
from portal.consequence import Consequence, warns
from portal.consequence.batches import returning
from portal.permissions import needs
from portal.views import stocktakes
from registry.batches import Act
from registry.org import Permission

bp = Blueprint("stocktake_batches", __name__, url_prefix="/stocktakes/batch")


def _back() -> str:
    return paging.again(url_for("stocktakes.index"))


def _sent(act: Act) -> ResponseReturnValue:
    return batch.sent(act, STOCKTAKES, stocktakes.drawn, _back())


@bp.post("/submit")
@needs(Permission.STOCKTAKE_RUN)
def submit() -> ResponseReturnValue:
    """Hand in several reports."""
    return _sent(Act.SUBMIT)


@bp.post("/approve")
@needs(Permission.STOCKTAKE_REVIEW)
def approve() -> ResponseReturnValue:
    """Approve several whose checks all hold."""
    return _sent(Act.APPROVE)


def _returns() -> Consequence | None:
    return returning(STOCKTAKES, _back())


@bp.post("/return")
@needs(Permission.STOCKTAKE_REVIEW)
@warns(_returns)
def give_back() -> ResponseReturnValue:
    """Return several, with one reason."""
    return _sent(Act.RETURN)
