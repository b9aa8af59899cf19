"""`/changes/new` and `/changes/<id>/edit`: the forms by which card changes are drafted."""

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analytics import suggestions
from db import Connection, Refused
from portal import (
    asked,
    asked_values,
    card_typed,
    change_card,
    change_form,
    edge,
    once,
    review_drawn,
    review_edited,
)
from portal.formats import day, hours, percent
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.permissions import needs
from portal.review_edited import NOTHING, Above
from portal.views import changes as pages
from portal.words import words_for
from registry import cards, org, review
from registry.cards import CardType, ChangeKind, Status, change_rules, changes, drafting
from registry.cards.changes import Change
from registry.cards.drafting import Draft, Typed
from registry.cards.field import Field
from registry.org import Permission
from registry.review import DocumentKind

bp = Blueprint("drafts", __name__, url_prefix="/changes")
KEY = pages.KEY
MOST_OFFERED: Final = 20


def _kind() -> ChangeKind:
    name = request.args.get("kind", "")
    if name not in set(ChangeKind) or name == ChangeKind.IMPORT:
        abort(404)
    return ChangeKind(name)


@bp.get("/new")
@needs(Permission.CHANGE_PREPARE)
def new() -> ResponseReturnValue:
    """The form of one kind of change; without a kind, the choice of kinds."""
    typed = request.args.get("card", "")[: card_typed.LONGEST]
    kind = _kind() if "kind" in request.args else None
    try:
        with edge.database().transaction("new change") as conn:
            code = change_card.code(conn, typed, kind)
            if code != typed:
                return redirect(change_card.address(code), 303)
            if kind is None:
                return _choice(conn, code)
            return _form(conn, kind, code, _proposed(conn, code), None)
    except Refused as refused:
        return _refused(refused, typed)


def _proposed(conn: Connection, code: str) -> Typed | None:
    """What an open suggestion proposes for the card: its status, and the evidence (I5)."""
    viewer, key = edge.viewer(), asked.key("suggestion")
    if key is None or not viewer.may(Permission.SUGGESTION_DECIDE):
        return None
    one = suggestions.require_open(conn, viewer.id, key, code)
    evidence = one.evidence
    reason = _(
        "传感器监测 %(first)s 至 %(last)s，使用 %(hours)s 小时、%(sessions)s 次，利用率 %(used)s，"
        "低于判定线 %(line)s，覆盖率 %(heard)s（%(rule)s v%(version)s）。",
        first=day(evidence["window"]["from"]),
        last=day(evidence["window"]["to"]),
        hours=hours(evidence["in_use_h"]),
        sessions=evidence["sessions"],
        used=percent(evidence["utilisation"]),
        line=percent(evidence["rule"]["threshold"], 0),
        heard=percent(evidence["coverage"]),
        rule=evidence["rule"]["name"],
        version=evidence["rule"]["version"],
    )
    return Typed({"status": Status.IDLE.value}, reason=reason)


def _choice(conn: Connection, code: str, refused: Refused | None = None) -> Page:
    """The kinds of change of a card; without one, or with what is wrong with it, the cards."""
    kind = _kind() if "kind" in request.args else None
    ahead = _ahead(conn, change_rules.RULES[ChangeKind.REGISTER].scope, None)
    return change_card.page(conn, code, kind, refused, ahead)


def _refused(refused: Refused, code: str) -> ResponseReturnValue:
    """Beside the card's field; else at the draft that is there already, or back to the card, or to
    the list, with the reason.
    """
    if refused.code == "suggestion.not_found":
        abort(404)
    if refused.facts.get("field") == "card":
        with edge.database().transaction("choose a card") as conn:
            return _choice(conn, code, refused), 422
    if refused.code == "suggestion.closed_already" and refused.facts.get("change"):
        flash(_("这条建议已采纳，这是由它起草的变动。"))
        return redirect(url_for("changes.show", change_id=refused.facts["change"]), 303)
    flash(words_for(refused, language()), "warning")
    return redirect(url_for("cards.show", code=code) if code else url_for("changes.index"), 303)


def _form(
    conn: Connection,
    kind: ChangeKind,
    code: str,
    typed: Typed | None,
    made: Draft | None,
    change: Change | None = None,
    above: Above = NOTHING,
) -> Page:
    """The form, with what was typed, what the draft has, or what the card has."""
    viewer = edge.viewer()
    one = changes.card_for(conn, viewer, code, kind) if code else None
    key = change.id if change else None
    if one and made is None and (barred := changes.barred(conn, kind, one, key)):
        raise barred
    before = changes.before_of(conn, one) if one else _blank()
    photos, attachments = change_form.with_files(before, typed)
    card_type = one.type if one else CardType(before["type"])
    rule = change_rules.RULES[kind]
    fields = drafting.offered(kind, card_type, before)
    shown = {**before, **_only_choices(fields), **(typed.values if typed else {})}
    facts: dict[str, Any] = {
        "fields": fields,
        "details": changes.details_offered(conn, kind, one, key) if one else rule.details,
        "waits_for": changes.in_review(conn, one.id, key) if one else "",
        "parts": (list(typed.parts) if typed else []) or _offered_parts(kind, before),
        "photos": photos,
        "attachments": cards.uploads.attachments_named(
            conn,
            attachments,
            viewer.unit_id,
            one.id if one else None,
            change.origin_card_id if change else None,
        ),
        "sections": [name for _id, name in org.sections_of(conn, viewer.unit_id, [viewer.unit_id])],
        "categories": cards.categories.names(conn, [shown.get("category", "")]),
        "ahead": _ahead(conn, rule.scope, change),
    }
    refusals = {
        name: words_for(refused, language())
        for name, refused in (made.refusals if made else {}).items()
    }
    return Page(
        "pages/change_form.html",
        kind=kind,
        rule=rule,
        card=one,
        card_type=card_type,
        before=before,
        values=shown,
        reason=typed.reason if typed else "",
        longest=drafting.LONGEST_REASON,
        refusals=refusals,
        change=change,
        above=above,
        part_fields=drafting.part_fields(),
        **facts,
    )


def _only_choices(fields: Sequence[Field]) -> dict[str, str]:
    """Where one choice is left, nobody has to make it."""
    choices = {one.name: one.choices for one in fields}
    return {name: few[0][0] for name, few in choices.items() if len(few) == 1}


def _ahead(conn: Connection, scope: str, change: Change | None) -> list[review_drawn.Nobody]:
    """That nobody could review it, said before it is filled in (C1)."""
    authors = review.standing(conn, change.review_id).authors if change else frozenset()
    return review_drawn.nobody_ahead(conn, DocumentKind.CARD_CHANGE, [scope], authors)


def _blank() -> dict[str, str]:
    """A new card, before anybody has typed anything."""
    usual = CardType.GENERAL_EQUIPMENT.value
    wanted = request.form.get("type") or asked_values.tab(CardType, usual, "type")
    card_type = wanted if wanted in set(CardType) else usual
    return {"type": card_type, "quantity": "1.00", "status": "in_use", "shareable": "false",
            "acquisition_way": "purchase", "value_type": "original"}  # fmt: skip


def _offered_parts(kind: ChangeKind, before: dict[str, str]) -> list[dict[str, str]]:
    if kind is not ChangeKind.SPLIT:
        return []
    count = min(max(asked.number("parts") or 2, 2), MOST_OFFERED)
    return drafting.default_parts(before, count)


@bp.post("/new")
@needs(Permission.CHANGE_PREPARE)
@once.makes
def create() -> ResponseReturnValue:
    """Keep the draft, and submit it where that was asked."""
    viewer, kind = edge.viewer(), _kind()
    code = request.args.get("card", "") if kind is not ChangeKind.REGISTER else ""
    files = change_form.brought()
    try:
        with edge.database().transaction("draft change") as conn:
            once.claim(conn)
            typed, wrong = change_form.typed(conn, files), files.refusals
            made: int | Draft = Draft({}, {}, [], typed.reason, wrong)
            if not wrong:
                made = changes.draft(conn, viewer, kind, code, typed, edge.now())
            if isinstance(made, Draft):
                return _form(conn, kind, code, typed, made), 422
            _adopt(conn, made)
            once.made(conn, url_for("changes.show", change_id=made))
    except Refused as refused:
        return _refused(refused, code)
    return _saved(made)


def _adopt(conn: Connection, change_id: int) -> None:
    """The suggestion that the form was opened from is accepted with the draft, not before (I5)."""
    viewer, key = edge.viewer(), asked.key("suggestion")
    if key is None or not viewer.may(Permission.SUGGESTION_DECIDE):
        return
    now, request_id = edge.now(), edge.request_id()
    if suggestions.adopt(conn, viewer.id, viewer.login, key, change_id, now, request_id):
        flash(_("闲置建议已采纳，与这份草稿关联。删除草稿后，建议回到待处理。"))
    else:
        flash(_("草稿没有关联闲置建议：建议已被处理，或草稿的状态与建议不同。"), "warning")


def _saved(change_id: int) -> ResponseReturnValue:
    """Submit the draft where the button said so; a refusal leaves it a draft."""
    if request.form.get("then") != "submit":
        flash(_("草稿已保存。送审之后由审核岗审核，终审前卡片不变。"))
        return redirect(url_for("changes.show", change_id=change_id), 303)
    return pages.submit_drafted(change_id)


@bp.get(f"/<{KEY}>/edit")
@needs(Permission.CHANGE_PREPARE)
def edit(change_id: int) -> ResponseReturnValue:
    """The draft's form, with what it says now over the card as it is now."""
    with edge.database().transaction("edit change") as conn:
        one, standing = _own(conn, change_id)
        files = {
            name: change_form.digests(one.after[name])
            for name in (drafting.PHOTOS, drafting.ATTACHMENTS)
            if name in one.after
        }
        typed = Typed(
            {**one.after, **one.details},
            one.parts,
            files.get(drafting.PHOTOS),
            files.get(drafting.ATTACHMENTS),
            one.reason,
        )
        try:
            code = one.card_code if one.card_id else ""
            above = review_edited.above(conn, standing, standing.version)
            return _form(conn, one.kind, code, typed, None, one, above)
        except Refused as refused:
            flash(words_for(refused, language()), "warning")
    return redirect(url_for("changes.show", change_id=change_id), 303)


def _own(conn: Connection, change_id: int) -> tuple[Change, review.Standing]:
    """A draft of the reader's unit that may be edited; 404 otherwise."""
    one = changes.change(conn, edge.viewer().id, change_id)
    if one is None or one.unit_id != edge.viewer().unit_id or one.kind is ChangeKind.IMPORT:
        abort(404)
    standing = review.standing(conn, one.review_id)
    if not standing.editable:
        abort(404)
    return one, standing


@bp.post(f"/<{KEY}>/edit")
@needs(Permission.CHANGE_PREPARE)
def save(change_id: int) -> ResponseReturnValue:
    """Write the draft anew, and submit it where that was asked."""
    viewer, seen = edge.viewer(), asked.form_number("seen")
    files = change_form.brought()
    try:
        with edge.database().transaction("save change") as conn:
            one, standing = _own(conn, change_id)
            code = one.card_code if one.card_id else ""
            typed, wrong = change_form.typed(conn, files), files.refusals
            made = Draft({}, {}, [], typed.reason, wrong)
            try:
                if not wrong:
                    made = changes.edit(conn, viewer, change_id, seen, typed, edge.now())
            except Refused as refused:
                if refused.code != review_edited.STALE:
                    raise
                above = review_edited.clashed(conn, one.review_id, refused)
                return _form(conn, one.kind, code, typed, None, one, above), 422
            if made.refusals:
                above = review_edited.above(conn, standing, seen)
                return _form(conn, one.kind, code, typed, made, one, above), 422
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
        return redirect(url_for("changes.show", change_id=change_id), 303)
    return _saved(change_id)
