"""The review of any document: chains of nodes, submit, recall, approve, return, revoke (C)."""

from registry.review.chain import reviewers
from registry.review.deleted import bring_back, put_away
from registry.review.documents import CHAINS, DocumentKind
from registry.review.engine import (
    Done,
    act,
    begin,
    checked_opinion,
    describe,
    history,
    lock,
    note,
    own_draft,
    preview,
    standing,
    touch,
)
from registry.review.machine import Action, Standing, State, Step, allowed, check
from registry.review.nodes import Body
from registry.review.queue import Waiting, beside, returned, waiting, waiting_by_kind, waiting_count
from registry.review.vacancies import foreseen, on_nobody, on_one, vacant

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
    "bring_back",
    "check",
    "checked_opinion",
    "describe",
    "foreseen",
    "history",
    "lock",
    "note",
    "on_nobody",
    "on_one",
    "own_draft",
    "preview",
    "put_away",
    "returned",
    "reviewers",
    "standing",
    "touch",
    "vacant",
    "waiting",
    "waiting_by_kind",
    "waiting_count",
]
