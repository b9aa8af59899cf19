"""The forms by which sheets and demands are drafted, and what they complete with (B1, B2, G1)."""

from collections.abc import Mapping
from typing import Any, Final

from flask import abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from db import Busy, Connection, Refused
from exchange import demand_fields, eligibility, match, sheet_form, sheets
from exchange.eligibility import PICKED_AT_ONCE, Pick
from exchange.kinds import Scope
from exchange.sheet import Sheet, attachments_of, cards_of
from exchange.sheet_form import Checked, Typed
from portal import (
    asked,
    asked_files,
    card_typed,
    change_form,
    edge,
    errors,
    once,
    review_drawn,
    review_edited,
    rooms,
    sheet_asked,
)
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.review_edited import NOTHING, Above
from portal.views import sheet as pages
from portal.words import words_for
from registry import cards, org, review
from registry.cards import uploads

SHOWN: Final = 8  # matches beside the form
ASKED: Final = ("wanted", "category", "quantity", "division", "wanted_by")


def new() -> ResponseReturnValue:
    """An empty form, or `?card=` chosen already; `?scope=` asks for one scope alone (E6)."""
    viewer, kind = edge.viewer(), rooms.here().kind
    open_to = sheet_form.scopes(kind, viewer)
    wanted = request.args.get("scope", "")
    if not open_to or (wanted in set(Scope) and Scope(wanted) not in open_to):
        abort(403)
    with edge.database().transaction("new sheet") as conn:
        chosen = eligibility.chosen(conn, viewer.unit_id, _wanted())
        values = _prefilled(conn, wanted if wanted in set(Scope) else Scope.LOCAL.value)
        return _form(conn, Typed(values, tuple(one.code for one in chosen)))


def _wanted() -> list[str]:
    return [cards.named.code_of(code) for code in request.args.getlist("card")[:1]]


def _prefilled(conn: Connection, scope: str) -> dict[str, str]:
    """What the form knows before anybody has typed: who publishes, and whence."""
    viewer = edge.viewer()
    phone, address, division = org.reached(conn, viewer.unit_id)
    values = {"scope": scope, "contact": viewer.name, "phone": phone, "address": address}
    if rooms.here().of_cards:
        return values
    people = {"creator": viewer.name, "handler": viewer.name}
    return {**values, **people, "division": division, "urgency": "ordinary"}


def _form(
    conn: Connection,
    typed: Typed,
    made: Checked | None = None,
    wrong: dict[str, Refused] | None = None,
    one: Sheet | None = None,
    above: Above = NOTHING,
) -> Page:
    """The form, with what was typed or what the sheet says."""
    viewer, kind = edge.viewer(), rooms.here().kind
    refused = {**(made.refusals if made else {}), **(wrong or {})}
    found, more = _picks(
        conn,
        one.id if one else None,
        card_typed.searched(request.form.get("find", "")),
        "",
        typed.cards,
    )
    known = {each.code: each for each in eligibility.chosen(conn, viewer.unit_id, typed.cards)}
    division = typed.values.get("division", "").split(" ")[0]
    facts: dict[str, Any] = {
        "chosen": [(code, known.get(code)) for code in typed.cards],
        "matches": _wished(conn, _scope(typed), typed.values),
        "picks": found,
        "more": more,
        "attachments": uploads.of_unit(conn, viewer.unit_id, "attachment", list(typed.attachments)),
        "categories": cards.categories.names(conn, [typed.values.get("category", "")]),
        **_ahead(conn, one),
        "division": " ".join((org.divisions.named(conn, [division]) or [(division, "")])[0]),
    }
    return Page(
        "pages/sheet_form.html",
        room=rooms.here(),
        sheet=one,
        above=above,
        values=typed.values,
        head_fields=[each for each in sheet_form.HEAD if each.name not in {"scope", "note"}],
        note_field=sheet_form.HEAD[-1],
        demand_fields=demand_fields.FIELDS,
        scopes=[each for each in Scope if each in sheet_form.scopes(kind, viewer)],
        refusals={name: words_for(why, language()) for name, why in refused.items()},
        refused_cards=_said(made),
        finding=request.form.get("find", ""),
        **facts,
    )


def _ahead(conn: Connection, one: Sheet | None) -> dict[str, Any]:
    """That nobody could review it, said before it is filled in (C1); stuck: in no scope."""
    here, viewer = rooms.here(), edge.viewer()
    authors = review.standing(conn, one.review_id).authors if one else frozenset()
    scopes = sorted(sheet_form.scopes(here.kind, viewer))
    ahead = review_drawn.nobody_ahead(conn, here.document, scopes, authors)
    each = (review_drawn.nobody_ahead(conn, here.document, [scope], authors) for scope in scopes)
    return {"ahead": ahead, "stuck": bool(ahead) and all(each)}


def _scope(typed: Typed) -> Scope:
    scope = typed.values.get("scope", "")
    return Scope(scope) if scope in set(Scope) else Scope.LOCAL


def _said(made: Checked | None) -> dict[str, tuple[str, str]]:
    """(code of the refusal, its sentence) by card (B3)."""
    refused = made.refused_cards if made else {}
    return {code: (why.code, words_for(why, language())) for code, why in refused.items()}


def _picks(
    conn: Connection, sheet: int | None, text: str, after: str, chosen: tuple[str, ...]
) -> tuple[list[Pick], bool]:
    """(a page of what may be picked, without what is chosen, whether there is more)."""
    here = rooms.here()
    if not here.of_cards:
        return [], False
    found = eligibility.picks(conn, here.kind, edge.viewer().unit_id, sheet, text, after)
    page = found[:PICKED_AT_ONCE]
    return [one for one in page if one.code not in chosen], len(found) > PICKED_AT_ONCE


def picks() -> ResponseReturnValue:
    """The picker's rows for what somebody types: just those that may be published (B2).

    `?card=`: these as they were chosen, whether they may still be published or not.
    """
    args = request.args
    sheet, codes = asked.key("sheet"), args.getlist("card")[: sheet_asked.MOST_NAMED]
    with edge.database().transaction("picks") as conn:
        key = None if sheet is None else pages.found(conn, sheet).id
        if codes:
            again = eligibility.chosen(conn, edge.viewer().unit_id, codes)
            return Page("parts/picks.html", again=again)
        found, more = _picks(conn, key, card_typed.words(), args.get("after", "")[:32], ())
    return render_template("parts/picks.html", picks=found, more=more)


@once.makes
def create() -> ResponseReturnValue:
    """Keep the draft, and submit it where that was asked."""
    viewer = edge.viewer()
    files = change_form.brought(["attachments"])
    try:
        with edge.database().transaction("draft sheet") as conn:
            typed, wrong = sheet_asked.typed(conn, files), files.refusals
            if request.form.get("then") == "search":
                return _form(conn, typed)
            once.claim(conn)
            kind = rooms.here().kind
            if wrong:
                made = sheet_form.check(conn, viewer, kind, None, typed, edge.now())
                return _form(conn, typed, made, wrong), 422
            drafted = sheets.draft(conn, viewer, kind, typed, edge.now(), edge.request_id())
            if isinstance(drafted, Checked):
                return _form(conn, typed, drafted), 422
            once.made(conn, rooms.to("show", sheet_id=drafted))
    except Refused as refused:
        if refused.code == "sheet.type_not_yours":
            abort(403)
        raise
    return _saved(drafted)


def _saved(sheet_id: int) -> ResponseReturnValue:
    """Submit the draft where the button said so; a refusal leaves it a draft."""
    if request.form.get("then") == "submit":
        return pages.submit_saved(sheet_id)
    flash(_("草稿已保存。送审并终审之后才会上架。"))
    return redirect(rooms.to("show", sheet_id=sheet_id), 303)


def edit(sheet_id: int) -> ResponseReturnValue:
    """The draft's form, with just what was saved (B1)."""
    with edge.database().transaction("edit sheet") as conn:
        one, standing = _own_draft(conn, sheet_id)
        values = {
            **one.demand,
            "scope": one.scope.value,
            "contact": one.contact,
            "phone": one.phone,
            "address": one.address,
            "note": one.note,
        }
        codes = tuple(each.code for each in cards_of(conn, one.id))
        files = tuple(each.digest for each in attachments_of(conn, one.id))
        above = review_edited.above(conn, standing, standing.version)
        return _form(conn, Typed(values, codes, files), one=one, above=above)


def _own_draft(conn: Connection, sheet_id: int) -> tuple[Sheet, review.Standing]:
    """A draft of the reader's unit; 404 otherwise."""
    one = pages.found(conn, sheet_id)
    standing = review.standing(conn, one.review_id)
    if one.unit_id != edge.viewer().unit_id or not standing.editable:
        abort(404)
    return one, standing


def save(sheet_id: int) -> ResponseReturnValue:
    """Write the draft anew, and submit it where that was asked."""
    viewer, seen = edge.viewer(), asked.form_number("seen")
    files = change_form.brought(["attachments"])
    try:
        with edge.database().transaction("save sheet") as conn:
            one, standing = _own_draft(conn, sheet_id)
            typed, wrong = sheet_asked.typed(conn, files), files.refusals
            above = review_edited.above(conn, standing, seen)
            if request.form.get("then") == "search":
                return _form(conn, typed, one=one, above=above)
            now = edge.now()
            try:
                if wrong:
                    made = sheet_form.check(conn, viewer, one.kind, one.id, typed, now)
                else:
                    made = sheets.edit(conn, viewer, one.id, seen, typed, now, edge.request_id())
            except Refused as refused:
                if refused.code != review_edited.STALE:
                    raise
                above = review_edited.clashed(conn, one.review_id, refused)
                return _form(conn, typed, one=one, above=above), 422
            if wrong or not made.right:
                return _form(conn, typed, made, wrong, one, above), 422
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
        return redirect(rooms.to("show", sheet_id=sheet_id), 303)
    return _saved(sheet_id)


def wish() -> ResponseReturnValue:
    """What the squares already have for the demand that is being written (F5)."""
    args = request.args
    scope = Scope(args["scope"]) if args.get("scope") in set(Scope) else Scope.LOCAL
    with edge.database().transaction("wish") as conn:
        matches = _wished(conn, scope, args)
    return render_template("parts/wish.html", matches=matches)


def _wished(conn: Connection, scope: Scope, typed: Mapping[str, str]) -> list[match.Match]:
    if rooms.here().of_cards:
        return []
    plain = {name: typed.get(name, "").split(" ")[0] for name in ASKED}
    return match.for_wish(conn, edge.viewer(), scope, plain, edge.now())[:SHOWN]


def take() -> ResponseReturnValue:
    """Store one attachment as it is dropped: its digest, or 422 with the reason."""
    sent = list(asked_files.files("file"))
    if len(sent) != 1:
        abort(400)
    folder = current_app.extensions["panhuo.data"]
    try:
        read = uploads.document(*sent[0])
        with edge.database().transaction("upload") as conn:
            one = uploads.keep(conn, folder, edge.viewer(), read, edge.now())
    except Refused as refused:
        return {"refusal": words_for(refused, language())}, 422
    except Busy as busy:
        return errors.busy_upload(busy)
    return {"digest": one.digest, "name": one.name, "bytes": one.bytes}


def divisions() -> ResponseReturnValue:
    """Divisions by the first letters of code or name, for the field that completes."""
    with edge.database().transaction("divisions") as conn:
        found = org.divisions.like(conn, request.args.get("q", "")[:64])
    return {"items": [{"code": code, "name": name} for code, name in found]}
