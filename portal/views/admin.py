"""`/admin`: where the pages of administration begin."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import edge
from portal.permissions import needs
from registry import review
from registry.org import Permission, people, unit_search
from registry.org.people_list import PeopleQuery, counts

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Cards that lead to the rest, with a figure each."""
    viewer = edge.viewer()
    with edge.database().transaction("administration") as conn:
        active, inactive = counts(conn, PeopleQuery(people.kept_units(conn, viewer)))
        units = unit_search.count(conn, viewer)
        vacant = len(review.on_nobody(conn, people.kept_units(conn, viewer)))
    return render_template(
        "pages/admin.html",
        active=active,
        inactive=inactive,
        units=units,
        vacant=vacant,
        everybody=people.keeps_everybody(viewer),
    )
