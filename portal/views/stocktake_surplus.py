"""A surplus completed by the preparer, so that it can become a card (H4)."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, edge
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.permissions import needs
from portal.views.stocktakes import KEY, Tab, own_task
from portal.words import words_for
from registry import cards, org
from registry.org import Permission
from registry.stocktake import DifferenceKind, Stocktake, surplus
from registry.stocktake.differences import Difference

bp = Blueprint("stocktake_surplus", __name__, url_prefix="/stocktakes")
DIFFERENCE: Final = f"int(max={asked.LARGEST_KEY}):difference"


@bp.get(f"/<{KEY}>/surplus/<{DIFFERENCE}>")
@needs(Permission.STOCKTAKE_RUN)
def form(stocktake: int, difference: int) -> ResponseReturnValue:
    """What was counted of it, and what its card still needs."""
    with edge.database().transaction("surplus") as conn:
        found, one = _require(conn, stocktake, difference)
        return _form(conn, found, one, surplus.card_of(one, edge.now()), {})


@bp.post(f"/<{KEY}>/surplus/<{DIFFERENCE}>")
@needs(Permission.STOCKTAKE_RUN)
def complete(stocktake: int, difference: int) -> ResponseReturnValue:
    """Keep it, by the register's own checks; what is wrong stands beside its field."""
    typed = request.form.to_dict()
    try:
        with edge.database().transaction("complete surplus") as conn:
            found, one = _require(conn, stocktake, difference)
            made = surplus.complete(
                conn, edge.viewer(), stocktake, difference, typed, edge.now(), edge.request_id()
            )
            if made.refusals:
                return _form(conn, found, one, typed, made.refusals), 422
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("已补充，建卡时就用这些内容。"))
    where = {"tab": Tab.DIFFERENCES.value, "kind": DifferenceKind.SURPLUS.value}
    return redirect(url_for("stocktakes.show", stocktake=stocktake, **where), 303)  # type: ignore[arg-type]


def _require(conn: Connection, key: int, difference: int) -> tuple[Stocktake, Difference]:
    found = own_task(conn, key)
    try:
        return found, surplus.require(conn, key, difference)
    except Refused:
        abort(404)


def _form(
    conn: Connection,
    found: Stocktake,
    one: Difference,
    values: Mapping[str, str],
    refusals: Mapping[str, Refused],
) -> Page:
    code = values.get("category", "").split(" ")[0]
    return Page(
        "pages/stocktake_surplus.html",
        stocktake=found,
        one=one,
        open=surplus.may_be_completed(found.stage, one),
        asked=surplus.fields(),
        values=values,
        refusals={name: words_for(why, language()) for name, why in refusals.items()},
        sections=[name for _key, name in org.sections_of(conn, found.unit_id, [found.unit_id])],
        categories=cards.categories.names(conn, [code]),
    )
