"""`/stocktakes/mine`: counting by hand and from pictures, at a desk or on a phone (H2)."""

from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked_files, asked_values, card_typed, edge, scan_asked, scan_read
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.views.stocktakes import KEY
from portal.words import by_field, words_for
from registry.cards import uploads
from registry.cards.named import code_of
from registry.org import Permission
from registry.stocktake import (
    Answer,
    Condition,
    Count,
    Method,
    Outcome,
    counting,
    counts,
    expected,
    late,
    task,
    undoing,
)
from registry.stocktake.expected import Expected
from registry.stocktake.scan import LONGEST_CODE, LONGEST_CUSTODIAN, LONGEST_PLACE, SEEN_AS
from registry.stocktake.task import Mine

bp = Blueprint("stocktake_hand", __name__, url_prefix="/stocktakes")
BY_DESK: Final = frozenset({Method.HAND, Method.PICTURE})


@bp.get("/mine")
@needs(Permission.STOCKTAKE_COUNT)
def mine() -> ResponseReturnValue:
    """My cards of a task, those still to be counted first; a choice where there are several."""
    viewer, chosen = edge.viewer(), asked_values.key("task")
    with edge.database().transaction("count by hand") as conn:
        tasks = [one for one in task.countable(conn, viewer) if BY_DESK & set(one.methods)]
        one = next((each for each in tasks if each.id == chosen), tasks[0] if tasks else None)
        if one and chosen not in {None, one.id}:
            asked_values.not_understood("task", request.args["task"])
        facts = _list(conn, one) if one else {}
    said = {each.value: each.label for each in Condition}
    return render_template(
        "pages/stocktake_mine.html", tasks=tasks, task=one, conditions_said=said, **facts
    )


def _list(conn: Connection, one: Mine) -> dict[str, Any]:
    viewer, args = edge.viewer(), request.args
    query = expected.Query(
        one.id, viewer.id, "all" not in args, card_typed.words(), args.get("after", "")[:64]
    )
    rows, more = expected.page(conn, query)
    return {
        "rows": rows,
        "query": query,
        "following": rows[-1].code if more else None,
        "figures": counts.figures(conn, one.id, viewer),
        "last": undoing.last(conn, viewer, one.id),
        "clients": {row.code: str(uuid4()) for row in rows},
        "picture_client": str(uuid4()),
    }


@bp.get(f"/<{KEY}>/count/<code>")
@needs(Permission.STOCKTAKE_COUNT)
def form(stocktake: int, code: str) -> ResponseReturnValue:
    """What was seen of one card: condition, status, place, custodian, photo, note."""
    try:
        return _form(stocktake, code_of(code), {})
    except Refused as refused:
        return _back(stocktake, refused)


def _form(key: int, code: str, refusals: dict[str, str]) -> str:
    """Raises Refused 'count.not_expected' where the task has no such card."""
    with edge.database().transaction("count form") as conn:
        found = task.stocktake(conn, edge.viewer(), key)
        if found is None or found.unit_id != edge.viewer().unit_id:
            abort(404)
        card = _expected(conn, key, code)
    return render_template(
        "pages/stocktake_count.html",
        stocktake=found,
        card=card,
        values=_values(card),
        refusals=refusals,
        client=request.form.get("client", str(uuid4())),
        conditions=list(Condition),
        statuses=SEEN_AS,
        longest={"place": LONGEST_PLACE, "custodian": LONGEST_CUSTODIAN},
        photos=request.form.getlist("photos"),
    )


def _expected(conn: Connection, key: int, code: str) -> Expected:
    """The task's card of this code. Raises Refused 'count.not_expected'."""
    card = expected.one(conn, key, code)
    if card is None:
        raise Refused("count.not_expected", code=code[:LONGEST_CODE])
    return card


def _back(key: int, refused: Refused) -> ResponseReturnValue:
    """To the list with the reason; where a code is wrong, that is looked for in it."""
    flash(words_for(refused, language()), "warning")
    return redirect(url_for(".mine", task=key, q=refused.facts.get("code")), 303)


def _values(card: Expected) -> dict[str, str]:
    """What stands in the form: what was typed, else what was seen, else what is booked."""
    known = {
        "condition": card.condition or Condition.GOOD.value,
        "status": card.status_seen or card.status,
        "place": card.place_seen if card.place_seen is not None else card.place,
        "custodian": card.custodian_seen if card.custodian_seen is not None else card.custodian,
        "note": card.note,
    }
    return {name: request.form.get(name, text) for name, text in known.items()}


@bp.post(f"/<{KEY}>/count/<code>")
@needs(Permission.STOCKTAKE_COUNT)
def keep(stocktake: int, code: str) -> ResponseReturnValue:
    """Count the card by hand."""
    code = code_of(code)
    try:
        with edge.database().transaction("count by hand") as conn:
            found = task.require(conn, edge.viewer(), stocktake)
            card = _expected(conn, stocktake, code)
            answer = counting.count(conn, edge.viewer(), found.id, _count(card), edge.now())
    except Refused as refused:
        if refused.code == "count.task_over":
            with edge.database().transaction("note late count") as conn:
                late.note(conn, edge.viewer(), stocktake, _count(card), edge.now())
        if refused.code == "stocktake.not_found":
            abort(404)
        if refused.facts.get("field"):
            return _form(stocktake, code, by_field(refused, language())), 422
        return _back(stocktake, refused)
    _tell(answer)
    return redirect(url_for(".mine", task=stocktake, q=request.args.get("q") or None), 303)


def _count(card: Expected) -> Count:
    """What the form says; fields as booked say nothing of their own."""
    sent = request.form
    condition, status = sent.get("condition", ""), sent.get("status", "")
    return Count(
        _client(),
        card.code,
        Method.HAND,
        edge.now(),
        condition=Condition(condition) if condition in set(Condition) else None,
        status=_told(status, card.status, card.status_seen or None) or "",
        place=_told(sent.get("place"), card.place, card.place_seen),
        custodian=_told(sent.get("custodian"), card.custodian, card.custodian_seen),
        note=sent.get("note", ""),
        photos=tuple(sent.getlist("photos")),
        doubtful="doubtful" in sent,
        here=True,  # who fills in the form stands before it
    )


def _told(said: str | None, booked: str, seen: str | None) -> str | None:
    """None where it is as booked and nobody has told otherwise: who goes back to what is booked
    contradicts those who have (H3).
    """
    return None if said == booked and seen in {None, booked} else said


def _client() -> UUID:
    """Made with the form, so that a form sent twice counts once."""
    try:
        return scan_asked.client_id(request.form.get("client"))
    except Refused:
        return uuid4()


def _tell(answer: Answer) -> None:
    said = answer.outcome.label.of(language())
    if answer.outcome is Outcome.AGAIN and answer.by:
        said = _("已盘过，由%(who)s盘点", who=answer.by)
    elif answer.outcome is Outcome.ELSEWHERE and answer.assignee:
        said = _("不在您名下")
    flash(_("%(said)s：%(name)s", said=said, name=f"{answer.name} {answer.code}".strip()),
          "" if answer.outcome in {Outcome.FOUND, Outcome.AGAIN} else "warning")  # fmt: skip


@bp.post(f"/<{KEY}>/undo")
@needs(Permission.STOCKTAKE_COUNT)
def undo(stocktake: int) -> ResponseReturnValue:
    """Undo what the page shows as my last count of the task; that, and nothing else."""
    try:
        with edge.database().transaction("undo count") as conn:
            task.require(conn, edge.viewer(), stocktake)
            client = scan_asked.client_id(request.form.get("client"))
            what = undoing.undo_last(conn, edge.viewer(), stocktake, client, edge.now())
    except Refused as refused:
        if refused.code == "stocktake.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("已撤销：%(code)s", code=what))
    return redirect(url_for(".mine", task=stocktake), 303)


@bp.post(f"/<{KEY}>/picture")
@needs(Permission.STOCKTAKE_COUNT)
def picture(stocktake: int) -> ResponseReturnValue:
    """Count whatever labels a photo shows; the photo goes with each count."""
    viewer, folder = edge.viewer(), current_app.extensions["panhuo.data"]
    sent = list(asked_files.files("picture"))
    try:
        with edge.database().transaction("picture's task") as conn:
            task.require(conn, viewer, stocktake)
        texts = scan_read.of_picture(sent)
        read = uploads.photo(*sent[0])
        with edge.database().transaction("count from picture") as conn:
            codes = scan_read.all_shown(conn, viewer, texts)
            kept = uploads.keep(conn, folder, viewer, read, edge.now())
            answers = [
                counting.count(conn, viewer, stocktake, _seen(code, kept.digest), edge.now())
                for code in codes
            ]
    except Refused as refused:
        if refused.code == "count.task_over":
            with edge.database().transaction("note late counts") as conn:
                for code in codes:
                    late.note(conn, viewer, stocktake, _seen(code, ""), edge.now())
        if refused.code == "stocktake.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
    else:
        for answer in answers:
            _tell(answer)
    return redirect(url_for(".mine", task=stocktake), 303)


def _seen(code: str, digest: str) -> Count:
    """A form sent twice counts each of its codes once."""
    client = uuid5(_client(), code)
    return Count(client, code, Method.PICTURE, edge.now(), photos=(digest,))
