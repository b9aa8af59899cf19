"""A sheet as its page draws it: the chain up to the ministry, the history, what to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db import Connection, Refused
from exchange import DESCRIPTIONS, Kind, Ministry, Scope, eligibility
from exchange.kinds import MINISTRY
from exchange.listings import Listing
from exchange.sheet import Sheet, SheetCard
from portal import edge
from portal.formats import local, span
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.review_drawn import Check, Node
from registry.review import Done, Standing, State
from registry.words import Label

# C3: of a sheet whose cards stand differently, the one that is furthest back counts.
FURTHEST_BACK: Final = (
    *(Ministry.RETURNED, Ministry.UNREPORTED),
    *(Ministry.REPORTED, Ministry.DECIDED),
)
IN_THE_PROVINCE: Final = Label("03-省内审核中", "03 In the province")
REPORTED: Final = frozenset({Ministry.REPORTED, Ministry.DECIDED, Ministry.RETURNED})
MARKS: Final = {
    Ministry.NONE: "ok",
    Ministry.UNREPORTED: "listed",
    Ministry.REPORTED: "listed",
    Ministry.DECIDED: "ok",
    Ministry.RETURNED: "warning",
}


def least(listings: Sequence[Listing]) -> Ministry | None:
    """Where a sheet stands with the ministry; None before it has listings."""
    known = {one.ministry for one in listings}
    return next((one for one in FURTHEST_BACK if one in known), None)


def ministry_word(scope: Scope, state: State, ministry: Ministry | None) -> str:
    """C3's words of a document; '' where it doesn't go to the ministry, or not yet."""
    if scope is Scope.LOCAL:
        return ""
    if state is State.APPROVED and ministry:
        return MINISTRY[ministry].of(language())
    return IN_THE_PROVINCE.of(language()) if state is State.IN_REVIEW else ""


def ministry_nodes(listings: Sequence[Listing]) -> list[Node]:
    """What lies beyond the border: the report, then the ministry's decision (C3)."""
    at = least(listings)
    opinion = next((one.opinion for one in listings if one.ministry is at and one.opinion), "")
    report = Node(
        "is-at" if at is Ministry.UNREPORTED else "is-done" if at in REPORTED else "is-todo",
        _("上报汇总系统"),
        _("自动"),
        _("未上报") if at is Ministry.UNREPORTED else "",
    )
    marks = {Ministry.REPORTED: "is-at", Ministry.DECIDED: "is-done", Ministry.RETURNED: "is-back"}
    words = MINISTRY[at] if at in marks else MINISTRY[Ministry.DECIDED]
    decision = Node(
        marks.get(at, "is-todo") if at else "is-todo",
        _("财政部审核"),
        words.of(language()),
        opinion,
    )
    return [report, decision]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history, and how long it was there before (B5)."""

    done: Done
    spent: timedelta | None


def trail(history: Sequence[Done]) -> list[Line]:
    """The history, newest first."""
    times: list[datetime | None] = [None, *(one.at for one in history)]
    lines = [
        Line(one, one.at - before if before else None)
        for one, before in zip(history, times, strict=False)
    ]
    return lines[::-1]


def waited(standing: Standing, history: Sequence[Done]) -> str:
    """首次送审至今 5 天 · 本环节 2 天 18 小时."""
    if not history:
        return ""
    now = edge.now()
    since = _("首次送审至今 %(span)s", span=span(now - history[0].at))
    if standing.state is not State.IN_REVIEW:
        return since
    return since + " · " + _("本环节 %(span)s", span=span(now - standing.moved_at))


def current(nodes: list[Node], standing: Standing) -> list[Node]:
    """The same, the waiting node with how long it has been waiting."""
    if standing.state is not State.IN_REVIEW:
        return nodes
    said = _("等候 %(span)s", span=span(edge.now() - standing.moved_at))
    return [
        Node(one.mark, one.name, one.who, said) if one.mark == "is-at" else one for one in nodes
    ]


def checks(conn: Connection, sheet: Sheet, cards: Sequence[SheetCard]) -> list[Check]:
    """What stands for and against the sheet now."""
    if not DESCRIPTIONS[sheet.kind].of_cards:
        return [_closing(sheet)]
    codes = [one.code for one in cards]
    refused = eligibility.check(conn, sheet.kind, sheet.unit_id, sheet.id, codes)
    return [_status(sheet, cards, refused), _photos(cards), _twice(refused), _versions(cards)]


def _count(refused: Mapping[str, Refused], *wrong: str) -> int:
    return sum(1 for one in refused.values() if one.code in wrong)


def _status(sheet: Sheet, cards: Sequence[SheetCard], refused: Mapping[str, Refused]) -> Check:
    wrong = _count(refused, "sheet.not_transferable", "sheet.not_shareable", "sheet.no_such_card")
    if wrong:
        said = ngettext("%(num)s 张不再符合", "%(num)s no longer so", wrong)
    elif sheet.kind is Kind.SHARE:
        said = _("均可共享")
    else:
        labels = dict.fromkeys(one.status.label.of(language()) for one in cards)
        said = _("、").join(labels)
    return Check(_("资产状态"), said, not wrong)


def _photos(cards: Sequence[SheetCard]) -> Check:
    bare = sum(1 for one in cards if not one.photos)
    if bare:
        said = ngettext("%(num)s 张没有照片", "%(num)s without a photo", bare)
        return Check(_("实物照片"), said, right=False)
    photos = sum(one.photos for one in cards)
    said = _("%(cards)s 张卡片共 %(photos)s 张", cards=len(cards), photos=photos)
    return Check(_("实物照片"), said, right=True)


def _twice(refused: Mapping[str, Refused]) -> Check:
    twice = _count(refused, "sheet.listed_already", "sheet.on_another_sheet")
    said = ngettext("%(num)s 张另有发布", "%(num)s published elsewhere", twice)
    return Check(_("重复发布"), said if twice else _("无其他发布"), not twice)


def _versions(cards: Sequence[SheetCard]) -> Check:
    changed = sum(1 for one in cards if one.changed)
    said = ngettext("保存后 %(num)s 张有变动", "%(num)s changed since it was saved", changed)
    return Check(_("卡片版本"), said if changed else _("与保存时一致"), not changed)


def _closing(sheet: Sheet) -> Check:
    closing = sheet.demand["closing_on"]
    over = closing < local(edge.now()).date().isoformat()
    return Check(_("结束日期"), closing, not over)


def approved(after: Standing) -> str:
    """What final approval has brought about."""
    if after.scope == "local":
        return _("%(number)s 已终审，已在本地区广场上架。", number=after.number)
    return _("%(number)s 已终审，已在本地区广场上架，待上报汇总系统。", number=after.number)
