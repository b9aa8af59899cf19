"""What somebody asks of the lists of card changes."""

from typing import Final

from flask import abort, request

from db import Connection
from portal import asked, asked_values, card_typed, edge, sorting
from registry import org
from registry.cards import ChangeKind, change_list
from registry.cards.change_list import ChangeQuery, Sort, Tab
from registry.org import Role
from registry.stocktake import Stocktake, outcome, task

TASK: Final = "stocktake"


def stocktake(conn: Connection) -> Stocktake | None:
    """The task whose drafts alone are asked for; 404 where the reader may not see it."""
    if TASK not in request.args:
        return None
    return task.stocktake(conn, edge.viewer(), asked.key(TASK) or 0) or abort(404)


def changes(conn: Connection, of: Stocktake | None, after: str = "after") -> ChangeQuery:
    """The question; `of`: the task whose drafts are asked for; `after` names the list's key."""
    viewer = edge.viewer()
    default = Tab.DRAFT if Role.PREPARER in viewer.roles else Tab.PENDING
    order = sorting.read(change_list.SORTABLE, Sort.MOVED, after)
    return ChangeQuery(
        viewer,
        org.visible_units(conn, viewer.id),
        Tab(asked_values.tab(Tab, default)),
        asked_values.member("kind", ChangeKind),
        card_typed.words(),
        "mine" in request.args,
        order.after,
        order.back,
        order.by,
        order.turned,
        None if of is None else [key for key, _seen, _state in outcome.changes_of(conn, of.id)],
    )
