"""The figures that the frame bears: beside menu entries and on the inbox."""

from flask import g
from flask_login import current_user

from analytics import suggestions
from analytics.suggestions import State
from portal import edge
from registry import org, review
from registry.notices import inbox
from registry.org import Permission


def figure(name: str) -> int:
    """How many of `name` the reader has: 'suggestions', 'inbox', or documents of a kind that wait
    for their review, units seen besides their own ('overseen'); 0 for who sees none.
    """
    if not current_user.is_authenticated:
        return 0
    if "figures" not in g:
        g.figures = _figures()
    return int(g.figures.get(name, 0))


def _figures() -> dict[str, int]:
    viewer = edge.viewer()
    with edge.database().transaction("figures") as conn:
        found = review.waiting_by_kind(conn, viewer)
        found["inbox"] = sum(found.values()) + inbox.unread_count(conn, viewer.id)
        if viewer.may(Permission.CAMPAIGN_VIEW):
            found["overseen"] = len(org.visible_units(conn, viewer.id)) - 1
        if viewer.may(Permission.MONITORING_VIEW):
            found["suggestions"] = suggestions.counts(conn, viewer.id)[State.OPEN][0]
    return found
