"""The kinds of documents that batches act on, each a row."""

from dataclasses import dataclass
from typing import Final

from flask import url_for

from db import Connection, Refused
from exchange import DESCRIPTIONS, Kind, manage, sheets
from exchange import sheet as sheet_read
from portal import change_drawn, edge, rooms, sheet_drawn, stocktake_drawn
from portal.batch import Chosen, Document, Done
from portal.batch_reviewed import Reviewed
from portal.language import gettext as _
from portal.review_drawn import Check
from registry import review
from registry.batches import Act
from registry.cards import change as change_read
from registry.cards import changes
from registry.org import Permission, User
from registry.review import Action, DocumentKind, Standing
from registry.stocktake import differences, outcome, task

# ---- card changes


def _act_on_change(conn: Connection, key: int, action: Action, seen: int, opinion: str) -> Standing:
    return changes.act(
        conn, edge.viewer(), key, action, seen, opinion, edge.now(), edge.request_id()
    )


def _remove_change(conn: Connection, key: int, seen: int) -> None:
    changes.remove(conn, edge.viewer(), key, seen, edge.now(), edge.request_id())


def _change_checks(conn: Connection, key: int) -> list[Check]:
    return change_drawn.checks(changes.require(conn, edge.viewer(), key))


CHANGES: Final = Reviewed(
    "change",
    Permission.CHANGE_PREPARE,
    Permission.CHANGE_REVIEW,
    lambda conn, viewer, key: changes.require(conn, viewer, key).review_id,
    change_read.of_review,
    _change_checks,
    _act_on_change,
    change_drawn.approved,
    _remove_change,
)


# ---- sheets and demands: one mechanism, three rooms


def _act_on_sheet(conn: Connection, key: int, action: Action, seen: int, opinion: str) -> Standing:
    return sheets.act(
        conn, edge.viewer(), key, action, seen, opinion, edge.now(), edge.request_id()
    )


def _remove_sheet(conn: Connection, key: int, seen: int) -> None:
    sheets.remove(conn, edge.viewer(), key, seen, edge.now(), edge.request_id())


def _sheet_checks(conn: Connection, key: int) -> list[Check]:
    found = sheets.require(conn, edge.viewer(), key)
    return sheet_drawn.checks(conn, found, sheet_read.cards_of(conn, key))


def _sheets_of(kind: Kind) -> Reviewed:
    def review_of(conn: Connection, viewer: User, key: int) -> int:
        found = sheets.require(conn, viewer, key)
        if found.kind is not kind:
            raise Refused("sheet.not_found")
        return found.review_id

    return Reviewed(
        DESCRIPTIONS[kind].document.value,
        rooms.prepares(DESCRIPTIONS[kind]),
        Permission.SHEET_REVIEW,
        review_of,
        sheet_read.of_review,
        _sheet_checks,
        _act_on_sheet,
        sheet_drawn.approved,
        _remove_sheet,
    )


SHEETS: Final = {kind: _sheets_of(kind) for kind in DESCRIPTIONS}


# ---- stocktakes: their reports


def _act_on_stocktake(
    conn: Connection, key: int, action: Action, seen: int, opinion: str
) -> Standing:
    return outcome.act(
        conn, edge.viewer(), key, action, seen, opinion, edge.now(), edge.request_id()
    )


def _stocktake_checks(conn: Connection, key: int) -> list[Check]:
    found = task.require(conn, edge.viewer(), key)
    return stocktake_drawn.checks(found, differences.count_by_kind(conn, key))


STOCKTAKES: Final = Reviewed(
    "stocktake",
    Permission.STOCKTAKE_RUN,
    Permission.STOCKTAKE_REVIEW,
    lambda conn, viewer, key: task.require(conn, viewer, key).review_id,
    task.of_review,
    _stocktake_checks,
    _act_on_stocktake,
    stocktake_drawn.approved,
)


# ---- whatever waits on a reviewer, by its review's id

BY_KIND: Final = {
    DocumentKind.CARD_CHANGE: CHANGES,
    DocumentKind.STOCKTAKE: STOCKTAKES,
    **{DESCRIPTIONS[kind].document: desk for kind, desk in SHEETS.items()},
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents of every kind, as an inbox lists them."""

    name: str = "waiting document"

    def find(self, conn: Connection, key: int) -> Document:
        """What a line calls it."""
        desk, own = self._behind(conn, key)
        return desk.find(conn, own)

    def do(self, conn: Connection, act: Act, one: Chosen, reason: str) -> Done:
        """Act on one as its own kind does."""
        desk, own = self._behind(conn, one.key)
        return desk.do(conn, act, Chosen(own, one.seen), reason)

    def standing(self, conn: Connection, key: int) -> Standing:
        """Where the document under a review stands."""
        desk, own = self._behind(conn, key)
        return desk.standing(conn, own)

    @staticmethod
    def _behind(conn: Connection, key: int) -> tuple[Reviewed, int]:
        """The kind of the document under a review, and its own id."""
        desk = BY_KIND[DocumentKind(review.standing(conn, key).kind)]
        own = desk.of_review(conn, key)
        if own is None:
            raise Refused("review.no_such_review")
        return desk, own


WAITING: Final = Waiting()


# ---- listings


@dataclass(frozen=True, slots=True)
class Listed:
    """Listings of the reader's unit, of one kind."""

    kind: Kind
    name: str = "listing"

    def find(self, conn: Connection, key: int) -> Document:
        """What a line calls it."""
        found = rooms.own_listing(conn, self.kind, key)
        room = DESCRIPTIONS[self.kind].room
        address = url_for(f"{room}.show", sheet_id=found.sheet_id) if found.sheet_id else ""
        return Document(found.code, found.name, address)

    def do(self, conn: Connection, act: Act, one: Chosen, reason: str) -> Done:
        """Take it down once it is found, in the version that was seen."""
        assert act is Act.DELIST
        gone = manage.delist(
            conn, edge.viewer(), one.key, reason, edge.now(), edge.request_id(), one.seen
        )
        return Done(lambda: _("“%(name)s”已下架。", name=gone.name))


LISTINGS: Final = {kind: Listed(kind) for kind in DESCRIPTIONS}
