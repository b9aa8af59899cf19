"""`/inbox`: what waits on me, and what I am told (J2)."""

from functools import partial
from typing import Final

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from exchange import Reason
from portal import asked, asked_values, batch, edge, neighbours, paging, undo
from portal.language import gettext as _
from portal.language import ngettext
from portal.permissions import needs
from registry import review
from registry.batches import Act
from registry.notices import Notice, Tab, inbox
from registry.org import Permission
from registry.review import DocumentKind

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
KEY: Final = f"int(max={asked.LARGEST_KEY}):notice"


@bp.get("")
@needs(Permission.INBOX_VIEW)
def index() -> ResponseReturnValue:
    """One tab: documents that wait, notices that are unread, or all notices."""
    return _drawn(asked_values.tab(Tab, ""), batch.NOTHING)


def drawn_waiting(choice: batch.Choice) -> str:
    """The documents that wait, with what their form says."""
    return _drawn(Tab.WAITING.value, choice)


def _drawn(wanted: str, choice: batch.Choice) -> str:
    viewer = edge.viewer()
    after = asked.moment_and_key("after")
    waiting: list[review.Waiting] = []
    found: list[Notice] = []
    more = False
    with edge.database().transaction("inbox") as conn:
        counts = {
            Tab.WAITING: review.waiting_count(conn, viewer),
            Tab.UNREAD: inbox.unread_count(conn, viewer.id),
            Tab.ALL: inbox.count(conn, viewer.id),
        }
        tab = Tab(wanted) if wanted else _first(counts)
        if tab is Tab.WAITING:
            waiting = review.waiting(conn, viewer)
        else:
            found, more = inbox.page(conn, viewer.id, tab, after, back=paging.back(after))
    link = partial(url_for, ".index", tab=tab.value)
    return render_template(
        "pages/inbox.html",
        tab=tab,
        counts=counts,
        waiting=waiting,
        offer=batch.offer(map(_row, waiting), _send, choice),
        from_inbox=neighbours.from_inbox,
        kinds={kind.value: kind.label for kind in DocumentKind},
        notices=found,
        reason_words={reason.value: reason.label for reason in Reason},
        pages=paging.pager(
            found, more, _key, link, paged=after is not None and tab is not Tab.WAITING
        ),
    )


def _row(one: review.Waiting) -> batch.Row:
    may = edge.viewer().may(Permission.CHANGE_REVIEW)
    return one.review_id, one.version, batch.DECIDED if may else batch.NO_ACT


def _send(act: Act) -> str:
    return url_for(f"inbox_batches.{batch.VIEWS[act]}")


def _key(one: Notice) -> str:
    return paging.moment_key(one.at, one.id)


def _first(counts: dict[Tab, int]) -> Tab:
    """The tab that is opened: the first one that asks for something."""
    return next((tab for tab in (Tab.WAITING, Tab.UNREAD) if counts[tab]), Tab.WAITING)


@bp.get(f"/<{KEY}>")
@needs(Permission.INBOX_VIEW)
def show(notice: int) -> ResponseReturnValue:
    """Go to what a notice of mine is about; it is read now."""
    with edge.database().transaction("read notice") as conn:
        address = inbox.read(conn, edge.viewer().id, notice, edge.now())
    if address is None:
        abort(404)
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return redirect(address if inside else url_for(".index", tab=Tab.ALL.value))


@bp.post("/read")
@needs(Permission.INBOX_VIEW)
def read_all() -> ResponseReturnValue:
    """All of mine are read."""
    with edge.database().transaction("read all notices") as conn:
        done = inbox.read_all(conn, edge.viewer().id, edge.now())
        back = undo.offer(conn, "notices.read", at=edge.now().isoformat()) if done else None
    said = ngettext("已把 %(num)s 条标为已读。", "%(num)s marked as read.", done)
    undo.say(said if done else _("没有未读的通知。"), back)
    return redirect(url_for(".index", tab=Tab.UNREAD.value), 303)
