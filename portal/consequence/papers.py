"""The three kinds of reviewed documents, and what their actions bring about beside the review:
listings leave their squares (C4), settlements and suggestions lose their draft (D2, I5).
"""

from collections.abc import Sequence
from typing import Final

from flask import url_for

from analytics import suggestions
from db import Connection, Refused
from exchange import listings, outbox, settle, sheets
from exchange.kinds import State as Listed
from exchange.sheet import cards_of
from portal import edge, rooms
from portal.consequence.reviews import Papers
from portal.language import gettext as _
from portal.language import ngettext
from registry import review
from registry.cards import changes
from registry.review import Action, Standing, State
from registry.stocktake import outcome, task


def _change(conn: Connection, key: int) -> Standing:
    return review.standing(conn, changes.require(conn, edge.viewer(), key).review_id)


def _of_change(conn: Connection, key: int, _one: Standing, action: Action) -> Sequence[str]:
    """Of a draft that is given up: whatever waited for it."""
    if action is not Action.VOID:
        return []
    means = [
        _(
            "“%(name)s”的登记撤销，%(partner)s不再有效，恢复上架。",
            name=name,
            partner=partner,
        )
        for name, partner in settle.waiting_for(conn, key)
    ]
    means += [
        _("由它采纳的闲置建议（%(code)s）回到待处理。", code=code)
        for code in suggestions.accepted_with(conn, key)
    ]
    for name, number in outcome.drafted_as(conn, key):
        means.append(
            ngettext(
                "盘点“%(name)s”的 %(num)s 项差异回到没有生成变动。",
                "%(num)s difference of the stocktake “%(name)s” is without a change again.",
                number,
                name=name,
            )
        )
    return means


def _sheet(conn: Connection, key: int) -> Standing:
    found = sheets.require(conn, edge.viewer(), key)
    if found.kind is not rooms.here().kind:
        raise Refused("sheet.not_found")
    return review.standing(conn, found.review_id)


def _of_sheet(conn: Connection, key: int, one: Standing, action: Action) -> Sequence[str]:
    """What leaves the square with the final approval (C4); which cards a void one sets free."""
    if action is Action.REVOKE and one.state is State.APPROVED:
        found = listings.of_sheet(conn, key)
        stands = all(each.state is Listed.LISTED for each in found)
        if not stands or outbox.begun(conn, [each.id for each in found]):
            raise Refused("review.reported_already", number=one.number)
        return [
            ngettext(
                "已上架的 %(num)s 项退出本地区广场。",
                "%(num)s listing leaves the local square.",
                len(found),
            )
        ]
    held = len(cards_of(conn, key)) if action is Action.VOID else 0
    if not held or not one.round:
        return []
    return [
        ngettext(
            "单据里的 %(num)s 张卡片可以放进别的发布单。",
            "Its %(num)s card can go on another sheet.",
            held,
        )
    ]


def _stocktake(conn: Connection, key: int) -> Standing:
    return review.standing(conn, task.require(conn, edge.viewer(), key).review_id)


CHANGES: Final = Papers(
    "change", _change, lambda key: url_for("changes.show", change_id=key), _of_change
)
SHEETS: Final = Papers("sheet", _sheet, lambda key: rooms.to("show", sheet_id=key), _of_sheet)
STOCKTAKES: Final = Papers(
    "stocktake",
    _stocktake,
    lambda key: url_for("stocktakes.show", stocktake=key),
    lambda _conn, _key, _one, _action: [],
)
