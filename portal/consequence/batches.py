"""What deleting, returning or taking down several documents will mean, one by one (C2, D1, J5)."""

from collections.abc import Callable, Sequence
from typing import Protocol

from db import Connection, Refused
from exchange import shortlist
from exchange.kinds import State
from exchange.listings import Listing
from portal import batch, edge, rooms
from portal.batch import Chosen
from portal.batch_desks import Listed
from portal.consequence import Consequence, Fate, where
from portal.consequence.listings import leaving, marks
from portal.consequence.reviews import Papers
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.words import words_for
from registry import review
from registry.batches import Act
from registry.review import Action, Standing


class Desk(Protocol):
    """Documents that are reviewed."""

    def standing(self, conn: Connection, key: int) -> Standing:
        """Where one stands; Refused where it is not for the reader."""


Means = Callable[[Connection, int, Standing], Fate]


def deleting(desk: Desk, papers: Papers, back: str) -> Consequence | None:
    """What is deleted, what becomes void, what lets go with each and what stays; None where
    nothing of what is ticked can be deleted.
    """

    def fate(conn: Connection, key: int, one: Standing) -> Fate:
        more = papers.more(conn, key, one, Action.VOID)
        return Fate(one.title, one.number, _("作废") if one.round else _("删除"), more)

    fates = _fates(desk, Act.DELETE, Action.VOID, fate)
    gone = [one for one in fates if one.goes]
    if not gone:
        return None
    void = sum(1 for one in gone if one.what == _("作废"))
    drafts = len(gone) - void
    means = [
        *where(
            drafts,
            ngettext(
                "%(num)s 份草稿删除，不能恢复。",
                "%(num)s draft is deleted and can’t be restored.",
                drafts,
            ),
        ),
        *where(
            void,
            ngettext(
                "%(num)s 份送审过的作废，不能恢复，也不能再送审；审核情况保留。",
                "%(num)s that was submitted before becomes void: it can’t be restored or submitted "
                "again; its history stays.",
                void,
            ),
        ),
        *_staying(fates),
    ]
    title = ngettext("删除 %(num)s 份单据？", "Delete %(num)s documents?", len(gone))
    return Consequence(title, "", means, _("删除"), back=back, fates=fates)


def returning(desk: Desk, back: str) -> Consequence | None:
    """Whom each goes back to, and which approvals it loses; None where none can be returned, or
    the form is wrong.
    """

    def fate(_conn: Connection, _key: int, one: Standing) -> Fate:
        passed = [step for step in one.chain if step.position < (one.position or 0)]
        names = _("、").join(step.body.label.of(language()) for step in passed)
        lost = [_("%(nodes)s已通过，要重新审核。", nodes=names)] if names else []
        return Fate(one.title, one.number, _("退回"), lost)

    try:
        reason = batch.reason_for(Act.RETURN)
    except Refused:
        return None
    fates = _fates(desk, Act.RETURN, Action.RETURN, fate)
    number = sum(1 for one in fates if one.goes)
    if not number:
        return None
    means = [
        ngettext(
            "%(num)s 份退回经办，不能撤回；经办会收到通知，修改后重新送审，审核从头开始。",
            "%(num)s document goes back to its preparer, for good: they are told, and once it is "
            "submitted again its review begins anew.",
            number,
        ),
        *_staying(fates),
        _("退回原因：%(reason)s", reason=reason),
    ]
    title = ngettext("退回 %(num)s 份单据？", "Return %(num)s documents?", number)
    return Consequence(title, "", means, _("退回"), back=back, fates=fates)


def _fates(desk: Desk, act: Act, action: Action, means: Means) -> list[Fate]:
    """What becomes of each that is ticked: those that stay as they are come first."""
    try:
        picked = batch.chosen()
    except Refused:
        return []
    with edge.database().transaction(f"what a batch would {act.value}") as conn:
        fates = [_fate(conn, desk, each, action, means) for each in picked]
    return sorted(fates, key=lambda one: one.goes)


def _fate(conn: Connection, desk: Desk, each: Chosen, action: Action, means: Means) -> Fate:
    try:
        one = desk.standing(conn, each.key)
    except Refused:
        return _unknown(Refused("batch.not_found"))
    try:
        review.check(one, action, edge.viewer())
    except Refused as refused:
        return _stays(one.title, one.number, refused)
    if one.version != each.seen:
        return _stays(one.title, one.number, Refused("review.edited", number=one.number))
    return means(conn, each.key, one)


def _stays(title: str, number: str, why: Refused) -> Fate:
    return Fate(title, number, _("不变"), [words_for(why, language())], goes=False)


def _unknown(why: Refused) -> Fate:
    return _stays("", "", why)


def _staying(fates: Sequence[Fate]) -> Sequence[str]:
    left = sum(1 for one in fates if not one.goes)
    return where(
        left, ngettext("%(num)s 份保持不变，原因见下。", "%(num)s stay as they are: see why.", left)
    )


def delisting(desk: Listed, back: str) -> Consequence | None:
    """What leaves which square, who is told, who had marked it; None where nothing of it stands,
    or the form is wrong.
    """
    try:
        picked = batch.chosen()
        reason = batch.reason_for(Act.DELIST)
    except Refused:
        return None
    with edge.database().transaction("what a batch would take down") as conn:
        fates = [_delisted(conn, desk, each) for each in picked]
    number = sum(1 for one in fates if one.goes)
    if not number:
        return None
    means = [
        ngettext(
            "%(num)s 条发布下架，不能恢复；要再上架，须重新填单、送审。",
            "%(num)s listing is taken down for good; publishing it again takes a new sheet.",
            number,
        ),
        *_staying(fates),
        _("下架原因：%(reason)s", reason=reason),
    ]
    title = ngettext("下架 %(num)s 条发布？", "Take down %(num)s listings?", number)
    fates.sort(key=lambda one: one.goes)
    return Consequence(title, "", means, _("下架"), back=back, fates=fates)


def _delisted(conn: Connection, desk: Listed, each: Chosen) -> Fate:
    try:
        one = rooms.own_listing(conn, desk.kind, each.key)
    except Refused as refused:
        return _unknown(refused)
    why = _not_standing(one, each)
    if why is not None:
        return _stays(one.name, one.code, why)
    marked = shortlist.marked_by(conn, one.id)
    return Fate(one.name, one.code, _("下架"), [*leaving(one), *marks(marked)])


def _not_standing(one: Listing, each: Chosen) -> Refused | None:
    if one.state is not State.LISTED:
        return Refused("listing.not_listed", name=one.name, state=one.state.label)
    return None if one.version == each.seen else Refused("listing.changed", name=one.name)
