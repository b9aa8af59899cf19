"""What can be taken back from the message that says that it was done: a row an act.

The act's view offers it within its transaction (`registry.undo`), and says so by `say`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import flash, url_for

from analytics import suggestions
from db import Connection
from exchange import sheets, shortlist
from portal import edge
from portal.language import N_
from registry import undo
from registry.cards import changes, saved_filters
from registry.notices import Tab, inbox
from registry.org import Permission, submissions, unit_sections
from registry.stocktake import tasks, unknown

MARK: Final = "undo:"  # the category of a message that can be taken back, before its id


@dataclass(frozen=True, slots=True)
class Way:
    """How an act is taken back: who may do the act may take it back.

    `take_back` does it, by the facts that were kept; the address of what stands again. `said`: what
    has happened then.
    """

    permission: Permission
    take_back: Callable[[Connection, Mapping[str, Any]], str]
    said: str


def offer(conn: Connection, act: str, **facts: Any) -> int:
    """Let the reader take back what they have just done; the id for `say`."""
    assert act in ACTS
    return undo.offer(conn, edge.viewer(), act, edge.now(), **facts)


def say(said: str, key: int | None) -> None:
    """The message, with the button that takes it back where `key` is one."""
    flash(said, "message" if key is None else f"{MARK}{key}")


def of_message(category: str) -> int | None:
    """What the message of this category offers to take back; None where it offers nothing."""
    return int(category.removeprefix(MARK)) if category.startswith(MARK) else None


def _change(conn: Connection, facts: Mapping[str, Any]) -> str:
    changes.restore(conn, edge.viewer(), facts["change"], edge.now(), edge.request_id())
    return url_for("changes.show", change_id=facts["change"])


def _sheet(conn: Connection, facts: Mapping[str, Any]) -> str:
    sheets.restore(conn, edge.viewer(), facts["sheet"], edge.now(), edge.request_id())
    return url_for(f"{facts['room']}.show", sheet_id=facts["sheet"])


def _stocktake(conn: Connection, facts: Mapping[str, Any]) -> str:
    tasks.restore(conn, edge.viewer(), facts["stocktake"], edge.now(), edge.request_id())
    return url_for("stocktakes.show", stocktake=facts["stocktake"])


def _shortlist(conn: Connection, facts: Mapping[str, Any]) -> str:
    gone = {int(key): datetime.fromisoformat(at) for key, at in facts["gone"].items()}
    shortlist.restore(conn, edge.viewer(), gone, edge.request_id())
    return url_for("shortlist.index")


def _notices(conn: Connection, facts: Mapping[str, Any]) -> str:
    inbox.unread_again(conn, edge.viewer().id, datetime.fromisoformat(facts["at"]))
    return url_for("inbox.index", tab=Tab.UNREAD.value)


def _suggestion(conn: Connection, facts: Mapping[str, Any]) -> str:
    viewer = edge.viewer()
    suggestions.take_up(conn, viewer.id, viewer.login, facts, edge.request_id())
    return url_for("suggestions.index", pick=facts["id"])


def _section(conn: Connection, facts: Mapping[str, Any]) -> str:
    unit, section = facts["unit"], facts["section"]
    viewer = edge.viewer()
    unit_sections.restore(conn, viewer, unit, section, facts["name"], edge.request_id())
    submissions.remember(conn, viewer.id, facts["made_at"])
    return url_for("admin_units.edit", unit_id=unit)


def _code(conn: Connection, facts: Mapping[str, Any]) -> str:
    viewer, task = edge.viewer(), facts["stocktake"]
    tasks.own(conn, viewer, task)
    unknown.take_up(conn, viewer, facts["code"], facts["card"], edge.now(), edge.request_id())
    return url_for("stocktakes.show", stocktake=task, tab="unknown")


def _filter(conn: Connection, facts: Mapping[str, Any]) -> str:
    page, name, query = facts["page"], facts["name"], facts["query"]
    saved_filters.save(conn, edge.viewer().id, page, name, query, edge.now())
    return f"{url_for('cards.index')}?{query}"


DRAFT_BACK: Final = N_("草稿已恢复。")
P = Permission
ACTS: Final[dict[str, Way]] = {
    # act                      who may            how it is taken back   what is said then
    "change.deleted": Way(P.CHANGE_PREPARE, _change, DRAFT_BACK),
    "sheet.deleted": Way(P.SHEET_PREPARE, _sheet, DRAFT_BACK),
    "demand.deleted": Way(P.DEMAND_PREPARE, _sheet, DRAFT_BACK),
    "stocktake.removed": Way(P.STOCKTAKE_RUN, _stocktake, N_("任务已恢复。")),
    "shortlist.removed": Way(P.SQUARE_VIEW, _shortlist, N_("已放回预选资产。")),
    "notices.read": Way(P.INBOX_VIEW, _notices, N_("这些通知又是未读的了。")),
    "suggestion.dismissed": Way(P.SUGGESTION_DECIDE, _suggestion, N_("建议已恢复，等待处理。")),
    "section.removed": Way(P.ADMINISTER, _section, N_("部门已恢复。")),
    "code.set_aside": Way(P.STOCKTAKE_RUN, _code, N_("编号已恢复，等待处理。")),
    "filter.forgotten": Way(P.CARD_VIEW, _filter, N_("筛选方案已恢复。")),
}
