"""One sheet: its review, its cards in full, and what its reader may do with it (B4 to C4)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from flask import abort, redirect, render_template
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from exchange import listings, match, sheet_list, sheets
from exchange.demand_fields import FIELDS
from exchange.listings import Listing
from exchange.sheet import Sheet, amounts, attachments_of, cards_of
from portal import asked, edge, neighbours, review_acted, review_drawn, rooms, sheet_drawn, undo
from portal.consequence import papers, warns
from portal.consequence.reviews import before, deleting, is_draft, stands_alone
from portal.language import gettext as _
from portal.language import language
from portal.views import sheets as sheets_pages
from portal.words import words_for
from registry import cards, org, review
from registry.cards import Group
from registry.cards.fields import fields_of
from registry.org import Permission, User
from registry.review import Action, Standing

KEY: Final = f"int(max={asked.LARGEST_KEY}):sheet_id"
REVIEWER: Final = frozenset({Action.APPROVE, Action.RETURN, Action.REVOKE})
MATCHES: Final = 5
# C4: where the way out is another page.
WAYS_OUT: Final = frozenset({"review.reported_already", "review.dealt_with"})


def found(conn: Connection, sheet_id: int) -> Sheet:
    """The sheet of this room; 404 where there is none that the viewer may see."""
    one = sheets.sheet(conn, edge.viewer(), sheet_id)
    if one is None or one.kind is not rooms.here().kind:
        abort(404)
    return one


def show(sheet_id: int) -> ResponseReturnValue:
    """The sheet: progress, contents, history, parties, and the reader's part."""
    return _page(sheet_id)


def _page(sheet_id: int, opinion: str = "", refusal: str = "", stuck: str = "") -> str:
    viewer = edge.viewer()
    with edge.database().transaction("sheet") as conn:
        one = found(conn, sheet_id)
        standing, history = (
            review.standing(conn, one.review_id),
            review.history(conn, one.review_id),
        )
        actions = _actions(standing, viewer)
        listed, held = listings.of_sheet(conn, one.id), cards_of(conn, one.id)
        facts: dict[str, Any] = {
            "nodes": _nodes(conn, one, standing, history, listed),
            "attachments": attachments_of(conn, one.id),
            "checks": sheet_drawn.checks(conn, one, held) if Action.APPROVE in actions else [],
            "above": _above(conn, standing),
            "beside": _beside(conn, one),
            "nobody": review_drawn.nobody(conn, standing),
            "ahead": review_drawn.nobody_for_draft(conn, standing),
            "managers": rooms.managers(conn, rooms.here(), one.unit_id),
        } | (_of_demand(conn, one) if one.demand else {})
    return render_template(
        "pages/sheet.html",
        room=rooms.here(),
        sheet=one,
        sheet_cards=held,
        amounts=amounts(held),
        listed=listed,
        standing=standing,
        trail=sheet_drawn.trail(history),
        waited=sheet_drawn.waited(standing, history),
        said=review_drawn.said_of(standing, history),
        mark=review_drawn.MARKS[standing.state],
        ministry=sheet_drawn.ministry_word(one.scope, standing.state, sheet_drawn.least(listed)),
        ministry_marks=sheet_drawn.MARKS,
        actions={action.value for action in actions},
        own=rooms.may_manage(rooms.here(), one.unit_id),
        opinion=opinion,
        refusal=refusal,
        stuck=stuck,
        came=neighbours.kept(),
        **facts,
    )


def _beside(conn: Connection, one: Sheet) -> neighbours.Neighbours | None:
    """Where the reader goes from here: nowhere, who came from no list."""
    name = neighbours.came_from()
    if name == neighbours.INBOX:
        return neighbours.in_inbox(conn, one.review_id)
    question = sheets_pages.asked_of(conn, name, "at") if name in sheets_pages.LISTS else None
    if question is None or question.after is None:
        return None
    return neighbours.beside(
        sheet_list.neighbours(conn, question, one.id),
        lambda row, bears: rooms.to("show", sheet_id=row.id, **bears),
    )


def _actions(standing: Standing, viewer: User) -> set[Action]:
    prepares = rooms.prepares(rooms.here())
    return {
        action
        for action in review.allowed(standing, viewer)
        if viewer.may(Permission.SHEET_REVIEW if action in REVIEWER else prepares)
    }


def _nodes(
    conn: Connection,
    one: Sheet,
    standing: Standing,
    history: Sequence[review.Done],
    listed: Sequence[Listing],
) -> tuple[list[review_drawn.Node], list[review_drawn.Node]]:
    """(the nodes within the province, those beyond its border)."""
    chain = standing.chain if standing.round else review.preview(conn, standing)
    drawn = review_drawn.nodes(conn, standing, chain, history)
    inside = sheet_drawn.current(drawn, standing)
    return inside, sheet_drawn.ministry_nodes(listed) if one.scope == "national" else []


def _above(conn: Connection, standing: Standing) -> str:
    """The unit of the department's node: whose the publisher is."""
    chain = standing.chain or review.preview(conn, standing)
    units = [step.unit_id for step in chain if step.body is review.Body.DEPARTMENT]
    return org.units_named(conn, units)[0][1] if units else ""


def _of_demand(conn: Connection, one: Sheet) -> dict[str, Any]:
    division = one.demand.get("division", "")
    return {
        "demand_fields": FIELDS,
        "categories": cards.categories.names(conn, [one.demand["category"]]),
        "division": dict(org.divisions.named(conn, [division])).get(division, ""),
        "matches": match.for_wish(conn, edge.viewer(), one.scope, one.demand, edge.now())[:MATCHES],
    }


def in_full(sheet_id: int) -> ResponseReturnValue:
    """查看详情 (B6): its cards in full, the first one first; a demand is in full on its page."""
    with edge.database().transaction("sheet's cards") as conn:
        held = cards_of(conn, found(conn, sheet_id).id)
    if not held:
        return redirect(rooms.to("show", sheet_id=sheet_id))
    return redirect(rooms.to("card", sheet_id=sheet_id, code=held[0].code))


def card(sheet_id: int, code: str) -> ResponseReturnValue:
    """One card of the sheet in full, for whoever may see the sheet (B6)."""
    with edge.database().transaction("sheet's card") as conn:
        one = found(conn, sheet_id)
        held = cards_of(conn, one.id)
        at = next((n for n, each in enumerate(held) if each.code == code), None)
        if at is None:
            abort(404)
        full = cards.held(conn, held[at].card_id)
        facts = {
            "photos": cards.uploads.photos_of(conn, full.id),
            "attachments": cards.uploads.attachments_of(conn, full.id),
        }
    return render_template(
        "pages/sheet_card.html",
        room=rooms.here(),
        sheet=one,
        sheet_cards=held,
        at=at,
        card=full,
        groups=[(group, fields_of(full.type, group)) for group in Group],
        values=cards.values_of(full),
        categories={full.category: full.category_name},
        **facts,
    )


@warns(deleting(papers.SHEETS))
def delete(sheet_id: int) -> ResponseReturnValue:
    """Delete a draft; one that was submitted before becomes void."""
    try:
        with edge.database().transaction("delete sheet") as conn:
            seen, draft = asked.form_number("seen"), is_draft(papers.SHEETS, conn, sheet_id)
            alone = stands_alone(papers.SHEETS, conn, sheet_id)
            sheets.remove(conn, edge.viewer(), sheet_id, seen, edge.now(), edge.request_id())
            act = "sheet.deleted" if rooms.here().of_cards else "demand.deleted"
            facts = {"room": rooms.here().room, "sheet": sheet_id}
            back = undo.offer(conn, act, **facts) if alone else None
    except Refused as refused:
        return review_acted.sent_back(DESK, sheet_id, refused)
    undo.say(_("草稿已删除。") if draft else _("单据已作废。"), back)
    return redirect(rooms.to("sheets", tab="draft"), 303)


def submit(sheet_id: int) -> ResponseReturnValue:
    """Hand it in."""
    return _act(sheet_id, Action.SUBMIT)


def submit_saved(sheet_id: int) -> ResponseReturnValue:
    """Hand in what the same request has just saved; a refusal leaves it a draft."""
    return review_acted.act(JUST_SAVED, sheet_id, Action.SUBMIT)


@warns(before(papers.SHEETS, Action.RECALL))
def recall(sheet_id: int) -> ResponseReturnValue:
    """Take it back before anybody has acted (B4)."""
    return _act(sheet_id, Action.RECALL)


def approve(sheet_id: int) -> ResponseReturnValue:
    """Approve at the reviewer's node."""
    return _act(sheet_id, Action.APPROVE)


def give_back(sheet_id: int) -> ResponseReturnValue:
    """Return it to the preparer, with a reason (C2)."""
    return _act(sheet_id, Action.RETURN)


@warns(before(papers.SHEETS, Action.REVOKE))
def revoke(sheet_id: int) -> ResponseReturnValue:
    """Take the approval back: before the next node has acted, or before the report (C4)."""
    return _act(sheet_id, Action.REVOKE)


def _act(sheet_id: int, action: Action) -> ResponseReturnValue:
    return review_acted.act(DESK, sheet_id, action)


def _done(conn: Connection, sheet_id: int, action: Action, opinion: str) -> Standing:
    seen, one = asked.form_number("seen"), found(conn, sheet_id)
    return sheets.act(
        conn, edge.viewer(), one.id, action, seen, opinion, edge.now(), edge.request_id()
    )


def _done_at_once(conn: Connection, sheet_id: int, action: Action, opinion: str) -> Standing:
    """As it is now: what was just saved, nobody else has seen."""
    viewer, one = edge.viewer(), found(conn, sheet_id)
    seen = review.standing(conn, one.review_id).version
    return sheets.act(conn, viewer, one.id, action, seen, opinion, edge.now(), edge.request_id())


def _again(sheet_id: int, opinion: str, refused: Refused) -> str | None:
    if refused.facts.get("field") == "opinion":
        return _page(sheet_id, opinion, refusal=words_for(refused, language()))
    if refused.code in WAYS_OUT:
        return _page(sheet_id, stuck=words_for(refused, language()))
    return None


def _address(sheet_id: int) -> str:
    return rooms.to("show", sheet_id=sheet_id, **neighbours.kept())


DESK: Final = review_acted.Desk("sheet", _done, _again, _address, sheet_drawn.approved)
JUST_SAVED: Final = replace(DESK, act=_done_at_once)
