"""The review of any document: chains of nodes, submit, recall, approve, return, revoke (C)."""

from registry.review.documents import CHAINS, DocumentKind
from registry.review.engine import (
    Done,
    act,
    begin,
    describe,
    forget,
    history,
    lock,
    note,
    own_draft,
    preview,
    standing,
    touch,
)
from registry.review.machine import Action, Standing, State, Step, allowed
from registry.review.nodes import Body
from registry.review.queue import Waiting, beside, returned, waiting, waiting_by_kind, waiting_count

__all__ = [
    "CHAINS",
    "Action",
    "Body",
    "DocumentKind",
    "Done",
    "Standing",
    "State",
    "Step",
    "Waiting",
    "act",
    "allowed",
    "begin",
    "beside",
    "describe",
    "forget",
    "history",
    "lock",
    "note",
    "own_draft",
    "preview",
    "returned",
    "standing",
    "touch",
    "waiting",
    "waiting_by_kind",
    "waiting_count",
]
