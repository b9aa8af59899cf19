"""Batch work on card changes: several of a list are submitted, deleted, approved or returned."""

from typing import Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal import batch, paging
from portal.batch_desks import CHANGES
from portal.consequence import Consequence, papers, warns
from portal.consequence.batches import deleting, returning
from portal.permissions import needs
from portal.views import changes
from registry.batches import Act
from registry.org import Permission

bp = Blueprint("change_batches", __name__, url_prefix="/changes/batch")
LIST: Final = "changes.index"


def _back() -> str:
    return paging.again(url_for(LIST))


def _sent(act: Act) -> ResponseReturnValue:
    return batch.sent(act, CHANGES, changes.drawn, _back())


@bp.post("/submit")
@needs(Permission.CHANGE_PREPARE)
def submit() -> ResponseReturnValue:
    """Hand in several drafts."""
    return _sent(Act.SUBMIT)


def _deletes() -> Consequence | None:
    return deleting(CHANGES, papers.CHANGES, _back())


@bp.post("/delete")
@needs(Permission.CHANGE_PREPARE)
@warns(_deletes)
def delete() -> ResponseReturnValue:
    """Delete several drafts; those that were submitted before become void."""
    return _sent(Act.DELETE)


@bp.post("/approve")
@needs(Permission.CHANGE_REVIEW)
def approve() -> ResponseReturnValue:
    """Approve several whose checks all hold."""
    return _sent(Act.APPROVE)


def _returns() -> Consequence | None:
    return returning(CHANGES, _back())


@bp.post("/return")
@needs(Permission.CHANGE_REVIEW)
@warns(_returns)
def give_back() -> ResponseReturnValue:
    """Return several, with one reason."""
    return _sent(Act.RETURN)
