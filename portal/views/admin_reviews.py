"""`/admin/reviews`: the documents that nobody can review, or that wait on one person alone (C1)."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal import asked_values, edge
from portal.permissions import needs
from registry import review
from registry.org import Permission, people
from registry.review import DocumentKind
from registry.review.vacancies import MOST

bp = Blueprint("admin_reviews", __name__, url_prefix="/admin/reviews")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Those that wait where nobody may decide; of `?user=` those that wait on them alone.

    An administrator sees what they are called and where they wait, not what they say (J4).
    """
    viewer, user, unit = edge.viewer(), asked_values.key("user"), asked_values.key("unit")
    person = None
    with edge.database().transaction("vacancies") as conn:
        units = people.kept_units(conn, viewer)
        if user is not None:
            person = people.person(conn, viewer, user)
            if person is None:
                abort(404)
            rows = review.on_one(conn, person.id, people.seat_of(person))
        else:
            wanted = units if unit is None else [unit] if units is None or unit in units else []
            rows = review.on_nobody(conn, wanted)
    return render_template(
        "pages/admin_reviews.html",
        person=person,
        rows=rows,
        kinds={kind.value: kind.label for kind in DocumentKind},
        most=MOST,
    )
