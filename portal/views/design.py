"""`/design`: every component, alive; in development only."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue

from portal.permissions import public

bp = Blueprint("design", __name__)


@bp.get("/design")
@public
def show() -> ResponseReturnValue:
    """The components page."""
    flash("已送审，下一环节：馆审核岗")
    flash("已加入预选资产，请重新选择", "warning")
    return render_template("pages/design.html")
