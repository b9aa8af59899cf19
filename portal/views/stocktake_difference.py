"""One difference of a task: explained by itself, its count confirmed, its loss drafted (H4)."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import edge
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.permissions import needs
from portal.views.stocktake_surplus import DIFFERENCE
from portal.views.stocktakes import KEY, Tab, own_task
from portal.words import by_field, words_for
from registry.cards import CardType
from registry.org import Permission
from registry.stocktake import Stocktake, differences, explaining, outcome, telling
from registry.stocktake.differences import Difference
from registry.stocktake.explaining import EXPLAINED_AT, LONGEST_EXPLANATION
from registry.stocktake.kinds import NEVER_LOST

bp = Blueprint("stocktake_difference", __name__, url_prefix="/stocktakes")


@bp.get(f"/<{KEY}>/differences/<{DIFFERENCE}>")
@needs(Permission.STOCKTAKE_RUN)
def form(stocktake: int, difference: int) -> ResponseReturnValue:
    """What became of a card that nobody has seen."""
    return _form(stocktake, difference, {})


@bp.post(f"/<{KEY}>/differences/<{DIFFERENCE}>")
@needs(Permission.STOCKTAKE_RUN)
def explain(stocktake: int, difference: int) -> ResponseReturnValue:
    """Say so; that it is lost can be said here alone."""
    cause, text = request.form.get("cause", ""), request.form.get("explanation", "")
    try:
        with edge.database().transaction("explain missing card") as conn:
            _require(conn, stocktake, difference)
            explaining.explain_missing(
                conn, edge.viewer(), stocktake, difference, cause, text, edge.now(),
                edge.request_id(),
            )  # fmt: skip
    except Refused as refused:
        if refused.facts.get("field"):
            return _form(stocktake, difference, by_field(refused, language())), 422
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("已说明。"))
    return redirect(_differences(stocktake), 303)


@bp.post(f"/<{KEY}>/differences/<{DIFFERENCE}>/confirm")
@needs(Permission.STOCKTAKE_RUN)
def confirm(stocktake: int, difference: int) -> ResponseReturnValue:
    """The count holds, though its card was changed after it."""

    def act(conn: Connection) -> str:
        explaining.confirm(
            conn, edge.viewer(), stocktake, difference, edge.now(), edge.request_id()
        )
        return _("已确认盘点结果仍有效，可以生成卡片变动。")

    return _do(stocktake, difference, "confirm count", act)


@bp.post(f"/<{KEY}>/differences/<{DIFFERENCE}>/loss")
@needs(Permission.STOCKTAKE_RUN)
def draft_loss(stocktake: int, difference: int) -> ResponseReturnValue:
    """Draft the loss of this one card."""

    def act(conn: Connection) -> str:
        outcome.draft_loss(
            conn, edge.viewer(), stocktake, difference, edge.now(), edge.request_id()
        )
        return _("已起草损失核销，核对后送审。")

    return _do(stocktake, difference, "draft loss", act)


def _do(
    key: int, difference: int, name: str, act: Callable[[Connection], str]
) -> ResponseReturnValue:
    try:
        with edge.database().transaction(name) as conn:
            _require(conn, key, difference)
            said = act(conn)
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(said)
    return redirect(_differences(key), 303)


def _differences(key: int) -> str:
    """The page of differences from which it was done."""
    there = {name: request.args[name] for name in ("kind", "after") if name in request.args}
    return url_for("stocktakes.show", stocktake=key, tab=Tab.DIFFERENCES.value, **there)  # type: ignore[arg-type]


def _require(conn: Connection, key: int, difference: int) -> tuple[Stocktake, Difference]:
    found = own_task(conn, key)
    try:
        return found, differences.by_id(conn, key, difference)
    except Refused:
        abort(404)


def _form(key: int, difference: int, refusals: dict[str, str]) -> Page:
    with edge.database().transaction("missing card") as conn:
        found, one = _require(conn, key, difference)
    estate = CardType(one.card_type) if one.card_type in NEVER_LOST else None
    seen = one.sighting
    return Page(
        "pages/stocktake_difference.html",
        stocktake=found,
        one=one,
        open=found.stage in EXPLAINED_AT and bool(one.causes),
        ways=NEVER_LOST[estate] if estate else None,
        sighting=telling.sighted(seen, language()) if seen else "",
        chosen=request.form.get("cause", one.cause),
        explanation=request.form.get("explanation", one.explanation),
        back=_differences(key),
        longest=LONGEST_EXPLANATION,
        refusals=refusals,
    )
