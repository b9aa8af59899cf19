"""How a batch acts on a kind of document that is reviewed: in scope, checked, as it was seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from db import Connection, Refused
from portal import edge
from portal.batch import Chosen, Document, Done
from portal.language import gettext as _
from portal.language import in_each
from portal.review_acted import what_next
from portal.review_drawn import Check
from registry import review
from registry.batches import Act
from registry.org import Permission, User
from registry.review import Action, Standing, State

ACTIONS: Final = {
    Act.SUBMIT: Action.SUBMIT,
    Act.APPROVE: Action.APPROVE,
    Act.RETURN: Action.RETURN,
}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A kind of document that is reviewed.

    `review_of`: its review's id, Refused where the reader may not see it; `of_review`: the way
    back, whoever asks. `checks`: what its page shows a reviewer. `approved`: what final approval
    brought about. `act`, `remove`: in the version that was seen; None: no batch removes it.
    """

    name: str
    prepares: Permission
    reviews: Permission
    review_of: Callable[[Connection, User, int], int]
    of_review: Callable[[Connection, int], int | None]
    checks: Callable[[Connection, int], list[Check]]
    act: Callable[[Connection, int, Action, int, str], Standing]
    approved: Callable[[Standing], str]
    remove: Callable[[Connection, int, int], None] | None = None

    def standing(self, conn: Connection, key: int) -> Standing:
        """Where it stands; Refused where it is not for the reader: a draft is its unit's own."""
        viewer = edge.viewer()
        found = review.standing(conn, self.review_of(conn, viewer, key))
        if found.state is State.DRAFT and found.unit_id != viewer.unit_id:
            raise Refused("batch.not_found")
        return found

    def find(self, conn: Connection, key: int) -> Document:
        """What a line calls it."""
        found = self.standing(conn, key)
        return Document(found.number, found.title, found.address)

    def do(self, conn: Connection, act: Act, one: Chosen, reason: str) -> Done:
        """Act on one, in the version that was seen."""
        before = self.standing(conn, one.key)
        asks = self.reviews if act in {Act.APPROVE, Act.RETURN} else self.prepares
        if not edge.viewer().may(asks):
            raise Refused("review.not_yours", number=before.number)
        if act is Act.DELETE:
            return self._delete(conn, before, one)
        if act is Act.APPROVE:
            self._require_right(conn, before, one)
        action = ACTIONS[act]
        after = self.act(conn, one.key, action, one.seen, reason)
        return Done(lambda: what_next(action, after, self.approved))

    def _require_right(self, conn: Connection, before: Standing, one: Chosen) -> None:
        """Nobody looks at each: what a check speaks against waits until somebody does."""
        may = Action.APPROVE in review.allowed(before, edge.viewer())
        if before.version != one.seen or not may:
            return  # the review itself says better why not
        if all(check.right for check in self.checks(conn, one.key)):
            return
        raise Refused("batch.check_fails", checks=in_each(lambda: self._wrong(conn, one.key)))

    def _wrong(self, conn: Connection, key: int) -> str:
        wrong = [check for check in self.checks(conn, key) if not check.right]
        return _("；").join(_("%(name)s：%(said)s", name=one.name, said=one.text) for one in wrong)

    def _delete(self, conn: Connection, before: Standing, one: Chosen) -> Done:
        assert self.remove is not None
        self.remove(conn, one.key, one.seen)
        if before.round:
            return Done(lambda: _("%(number)s 已作废，审核记录保留。", number=before.number))
        return Done(lambda: _("草稿 %(number)s 已删除。", number=before.number), gone=True)
