"""`/admin/chains`: who decides, in which order, by kind and scope of document (C1); 001 only."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from portal import edge
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry.org import Permission, people
from registry.review import CHAINS, Body, nodes

bp = Blueprint("admin_chains", __name__, url_prefix="/admin/chains")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Every chain drawn as its steps."""
    return _page({})


def _page(refusals: dict[tuple[str, str], str]) -> str:
    if not people.keeps_everybody(edge.viewer()):
        abort(403)
    with edge.database().transaction("chains") as conn:
        stored = nodes.chains(conn)
    chains = [
        (kind, scope, label, stored.get((kind.value, scope), ()))
        for (kind, scope), label in CHAINS.items()
    ]
    return render_template(
        "pages/admin_chains.html", chains=chains, bodies=list(Body), refusals=refusals
    )


@bp.post("/<kind>/<scope>")
@needs(Permission.ADMINISTER)
def keep(kind: str, scope: str) -> ResponseReturnValue:
    """Keep the steps in the order of the form; empty ones are left out."""
    viewer, form = edge.viewer(), request.form
    if not people.keeps_everybody(viewer):
        abort(403)
    if (kind, scope) not in {(one.value, of) for one, of in CHAINS}:
        abort(404)
    wanted = [Body(body) for body in form.getlist("body") if body in set(Body)]
    seen = [Body(body) for body in form.get("seen", "").split(",") if body in set(Body)]
    try:
        with edge.database().transaction("set chain") as conn:
            nodes.set_chain(conn, viewer.login, kind, scope, wanted, seen, edge.request_id())
    except Refused as refused:
        return _page({(kind, scope): words_for(refused, language())}), 422
    flash(_("审核链已保存，之后送审的单据按新的审核链办理。"))
    return redirect(url_for(".index"), 303)
