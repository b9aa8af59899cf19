"""`/admin/second-factor`: whose user type and role need a second factor (J1); 001 only."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import edge
from portal.language import gettext as _
from portal.password_asked import asks_password
from portal.permissions import needs
from registry.org import Permission, Role, UserType, people, second_factor_rules

bp = Blueprint("admin_second_factor", __name__, url_prefix="/admin/second-factor")
# Interfaces (005) never sign in.
TYPES: Final = tuple(type_ for type_ in UserType if type_ is not UserType.INTERFACE)


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Every user type with its roles, those that need one ticked."""
    if not people.keeps_everybody(edge.viewer()):
        abort(403)
    with edge.database().transaction("second factor rules") as conn:
        wanted = second_factor_rules.rules(conn)
    return render_template(
        "pages/admin_second_factor.html", wanted=wanted, types=TYPES, roles=list(Role)
    )


@bp.post("")
@needs(Permission.ADMINISTER)
@asks_password
def store() -> ResponseReturnValue:
    """From now on those that are ticked need one."""
    viewer = edge.viewer()
    if not people.keeps_everybody(viewer):
        abort(403)
    chosen = set(request.form.getlist("rules"))
    wanted = frozenset(
        (type_, role) for type_ in TYPES for role in Role if f"{type_}-{role}" in chosen
    )
    with edge.database().transaction("set second factor rules") as conn:
        second_factor_rules.store(conn, viewer, wanted, edge.request_id())
    flash(_("已保存。需要两步验证而尚未开启的用户，下一步操作前会被要求开启。"))
    return redirect(url_for(".index"), 303)
