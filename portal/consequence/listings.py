"""What taking a listing down, or giving up what was registered of it, will mean (D1, D2)."""

from typing import Final

from flask import request

from db import Connection, Refused
from exchange import manage, settle, shortlist
from exchange.kinds import Ministry, State
from exchange.listings import Listing
from portal import edge, rooms
from portal.consequence import Consequence
from portal.language import gettext as _
from portal.language import ngettext
from registry import review
from registry.cards import changes

GONE_UP: Final = frozenset({Ministry.REPORTED, Ministry.DECIDED, Ministry.RETURNED})


def delisting(listing_id: int) -> Consequence | None:
    """Where it stands no longer, who had marked it, who is told; None where the view says why not:
    of a reason, beside its field.
    """
    try:
        reason = manage.checked_reason(request.form.get("reason", ""))
        with edge.database().transaction("before delisting") as conn:
            one = rooms.own_listing(conn, rooms.here().kind, listing_id)
            marked = shortlist.marked_by(conn, listing_id)
    except Refused:
        return None
    if one.state is not State.LISTED:
        return None
    return Consequence(
        _("下架"),
        f"{one.name} · {one.code}",
        [*leaving(one), _no_way_back(), *marks(marked), _("下架原因：%(reason)s", reason=reason)],
        _("下架"),
        None,
        rooms.to("listings"),
    )


def _no_way_back() -> str:
    return _("下架后不能恢复；要再上架，须重新填单、送审。")


def leaving(one: Listing) -> list[str]:
    """Which squares a listing leaves, and whether the ministry is told."""
    everywhere = one.ministry is Ministry.DECIDED
    means = [_("退出本地区广场和全国广场。") if everywhere else _("退出本地区广场。")]
    if one.ministry in GONE_UP:
        means.append(_("已上报的，财政部会收到下架的更新。"))
    return means


def marks(marked: int) -> list[str]:
    """What becomes of it in so many shortlists."""
    if not marked:
        return []
    return [
        ngettext(
            "%(num)s 人的预选资产里会标明已下架。",
            "It is marked as taken down in the shortlist of %(num)s person.",
            marked,
        )
    ]


def cancelling(listing_id: int) -> Consequence | None:
    """Who is the other party no longer, and what becomes of the disposal that was drafted."""
    try:
        with edge.database().transaction("before cancelling settlement") as conn:
            one = rooms.own_listing(conn, rooms.here().kind, listing_id)
            found = settle.settlement(conn, listing_id)
            if found is None or one.state is not State.SETTLING:
                return None
            drafted = _drafted(conn, found.change_id)
    except Refused:
        return None
    means = [_("登记的%(partner)s不再有效。", partner=found.partner), *drafted]
    return Consequence(
        _("撤销登记"),
        f"{one.name} · {one.code}",
        [*means, _("“%(name)s”恢复上架，可以重新登记。", name=one.name)],
        _("撤销登记"),
        None,
        rooms.to("settle", listing_id=listing_id),
    )


def _drafted(conn: Connection, key: int | None) -> list[str]:
    """What becomes of the disposal; Refused where it is under review and stays so."""
    change = changes.change(conn, edge.viewer().id, key) if key is not None else None
    if change is None:
        return []
    standing = review.standing(conn, change.review_id)
    if not standing.editable:
        raise Refused("review.not_now", number=standing.number, state=standing.state.label)
    if standing.round:
        return [_("处置变动 %(number)s 作废，不能再送审。", number=standing.number)]
    return [_("处置变动 %(number)s 的草稿删除。", number=standing.number)]
