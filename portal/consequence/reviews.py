"""What recalling, revoking or making void a document under review will mean (B4, C2, C4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from db import Connection, Refused
from portal import edge
from portal.consequence import Consequence
from portal.language import gettext as _
from portal.language import language, ngettext
from registry import org, review
from registry.review import Action, Standing, Step

Ask = Callable[..., Consequence | None]


@dataclass(frozen=True, slots=True)
class Papers:
    """Documents of a kind, by their ids. `name`: of its transactions.

    `found`: where one stands; Refused where the reader may not see it. `back`: its page. `more`:
    what an action brings about outside of the review, in sentences.
    """

    name: str
    found: Callable[[Connection, int], Standing]
    back: Callable[[int], str]
    more: Callable[[Connection, int, Standing, Action], Sequence[str]]


def before(papers: Papers, action: Action) -> Ask:
    """The question ahead of `action`: None where the view itself will refuse."""

    def ask(**named: int) -> Consequence | None:
        [key] = named.values()
        try:
            with edge.database().transaction(f"before {action.value} {papers.name}") as conn:
                one = papers.found(conn, key)
                if action not in review.allowed(one, edge.viewer()) or not _is_seen(one):
                    return None
                means = [*MEANS[action](conn, one), *papers.more(conn, key, one, action)]
        except Refused:
            return None
        words, subject = WORDS[action](), f"{one.number} · {one.title}"
        return Consequence(words, subject, means, words, None, papers.back(key))

    return ask


def deleting(papers: Papers) -> Ask:
    """The question ahead of giving up a draft: None for one that nobody else has seen and that
    nothing depends on. It is deleted at once, and can be undone.
    """

    def ask(**named: int) -> Consequence | None:
        [key] = named.values()
        try:
            with edge.database().transaction(f"before deleting {papers.name}") as conn:
                one = papers.found(conn, key)
                if Action.VOID not in review.allowed(one, edge.viewer()) or not _is_seen(one):
                    return None
                more = list(papers.more(conn, key, one, Action.VOID))
        except Refused:
            return None
        subject, back = f"{one.number} · {one.title}", papers.back(key)
        if one.round:
            gone = _("单据作废，不能恢复，也不能再送审；审核情况保留。")
            return Consequence(_("作废"), subject, [gone, *more], _("作废"), None, back)
        if more:
            gone = _("草稿删除，不能恢复。")
            return Consequence(_("删除草稿"), subject, [gone, *more], _("删除"), None, back)
        return None

    return ask


def is_draft(papers: Papers, conn: Connection, key: int) -> bool:
    """Whether it was never submitted: it is deleted, and does not become void."""
    return not papers.found(conn, key).round


def stands_alone(papers: Papers, conn: Connection, key: int) -> bool:
    """Whether a draft was never submitted and nothing depends on it: deleting it can be undone."""
    one = papers.found(conn, key)
    return not one.round and not papers.more(conn, key, one, Action.VOID)


def _is_seen(one: Standing) -> bool:
    """Whether the form is of the document as it is now: else the view says what has changed."""
    return request.form.get("seen") == str(one.version)


def _recalled(conn: Connection, one: Standing) -> list[str]:
    return [*_leaves_desk(conn, one), _("单据回到草稿；修改后重新送审，审核从头开始。")]


def _revoked(conn: Connection, one: Standing) -> list[str]:
    node = one.before_node
    assert node is not None  # else it is not allowed
    waits = _("单据回到%(node)s待审核。", node=node.body.label.of(language()))
    authors = len(one.authors - {edge.viewer().id})
    told = ngettext(
        "经办 %(num)s 人会收到取消审核的通知。",
        "%(num)s preparer is told that the approval was revoked.",
        authors,
    )
    return [waits, *_leaves_desk(conn, one), told]


def _leaves_desk(conn: Connection, one: Standing) -> list[str]:
    """Whose turn it is now and will be no longer."""
    step = one.at_node
    number = len(review.reviewers(conn, step, one.authors)) if step else 0
    if step is None or not number:
        return []
    return [
        ngettext(
            "%(unit)s的 %(num)s 位审核人不再能审核它，并会收到通知。",
            "%(num)s reviewer of %(unit)s can't review it any more, and is told.",
            number,
            unit=_unit(conn, step),
        )
    ]


def _unit(conn: Connection, step: Step) -> str:
    [(_id, name)] = org.units_named(conn, [step.unit_id])
    return name


MEANS: Final = {Action.RECALL: _recalled, Action.REVOKE: _revoked}
WORDS: Final = {Action.RECALL: lambda: _("取消送审"), Action.REVOKE: lambda: _("取消审核")}
