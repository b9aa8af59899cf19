"""What deciding, binding and counting again will mean in a stocktake (H2 to H4)."""

from typing import Final

from flask import request, url_for

from db import Refused
from portal import asked, card_typed, edge
from portal.consequence import Consequence, where
from portal.language import gettext as _
from portal.language import ngettext
from registry import cards
from registry.stocktake import conflicts, differences, rereading, tasks, unknown
from registry.stocktake.kinds import DifferenceKind, Stage
from registry.stocktake.scan import LONGEST_CODE

AWAITED: Final = (DifferenceKind.MISSING, DifferenceKind.ELSEWHERE)


def reopening(stocktake: int) -> Consequence | None:
    """What was concluded when counting closed is open again."""
    try:
        with edge.database().transaction("before counting again") as conn:
            found = tasks.own(conn, edge.viewer(), stocktake, Stage.COUNTED)
            by_kind = differences.count_by_kind(conn, stocktake)
    except Refused:
        return None
    awaited = sum(by_kind.get(kind, (0, 0))[0] for kind in AWAITED)
    explained = sum(number - left for number, left in by_kind.values())
    means = [
        _("可以继续扫码，之后要再结束一次才能送审。"),
        *where(awaited, ngettext(
            "%(num)s 件盘亏或别处盘到的资产回到待盘。",
            "%(num)s asset that is missing, or was found elsewhere, is to be counted again.",
            awaited,
        )),
        *where(explained, ngettext(
            "已有的 %(num)s 条说明，差异有变的作废，其余保留。",
            "%(num)s explanation stands where its difference does, and is void elsewhere.",
            explained,
        )),
    ]  # fmt: skip
    return _of(stocktake, _("恢复盘点"), f"{found.number} · {found.name}", means)


def deciding(stocktake: int) -> Consequence | None:
    """Whose word counts no longer (H3)."""
    count = asked.bounded(request.form.get("count", ""), asked.LARGEST_KEY) or 0
    try:
        with edge.database().transaction("before deciding conflict") as conn:
            tasks.own(conn, edge.viewer(), stocktake, Stage.RUNNING)
            chosen, against = conflicts.outlook(conn, stocktake, count)
    except Refused:
        return None
    means = [
        _("采用%(who)s的记录。", who=chosen.counted_by),
        *where(len(against), ngettext(
            "%(who)s的 %(num)s 条相反的记录不再算数，只留作记录，不能恢复。",
            "%(num)s record that contradicts it, of %(who)s, counts no longer; it is kept, and "
            "can't be taken up again.",
            len(against),
            who="、".join(dict.fromkeys(one.counted_by for one in against)),
        )),
    ]  # fmt: skip
    subject = f"{chosen.name} · {chosen.code}"
    return _of(stocktake, _("采用这一条"), subject, means, "conflicts")


def binding(stocktake: int) -> Consequence | None:
    """As which card a code is read from now on, and which scans move (H2)."""
    code, typed = request.form.get("code", "")[:LONGEST_CODE], request.form.get("card", "")
    viewer = edge.viewer()
    try:
        with edge.database().transaction("before binding code") as conn:
            tasks.own(conn, viewer, stocktake)
            named = card_typed.code(conn, [viewer.unit_id], typed)
            card = cards.held(conn, unknown.bindable(conn, viewer, code, named))
            before = unknown.bound_to(conn, viewer, code)
            scans = rereading.would_move(conn, viewer, code, card.id)
    except Refused:
        return None
    means = [
        _("以后扫到 %(code)s，都算作“%(name)s”（%(card)s）。", code=code, name=card.name,
          card=card.code),
        *where(scans, _scans(scans)),
        *where(len(before), _("不再算作卡片 %(card)s。", card=before)),
    ]  # fmt: skip
    return _of(stocktake, _("对应到卡片"), code, means, "unknown")


def _scans(number: int) -> str:
    return ngettext(
        "正在进行的盘点里，已扫到的 %(num)s 次也改记到这张卡片。",
        "%(num)s scan in running stocktakes counts for this card, too.",
        number,
    )


def _of(
    stocktake: int, title: str, subject: str, means: list[str], tab: str = "differences"
) -> Consequence:
    back = url_for("stocktakes.show", stocktake=stocktake, tab=tab)
    return Consequence(title, subject, means, title, None, back)
