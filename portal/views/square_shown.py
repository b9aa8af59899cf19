"""One listing of a square, its pictures and files (E2, E3), and exports of squares (E4)."""

import tempfile
from typing import Any, Final

from flask import (
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from db import Connection, audit
from exchange import DESCRIPTIONS, Description, Kind, Reason, details, match, square_exports
from exchange.details import Details
from exchange.squares import Query
from portal import asked, edge, rooms, square_asked, stored
from portal.downloads import sent
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.views.squares import KIND, TITLES, back_to, bp
from registry import org
from registry.cards import Group, photos, uploads
from registry.org import Permission
from registry.org.contacts import Contact

__all__ = ["bp"]
SHOWN: Final = f"int(max={asked.LARGEST_KEY}):shown"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SELECTED: Final = 200
# What is shown can't change under its digest; who may see it is asked once a browser.
FOR_EVER: Final = "private, max-age=31536000, immutable"


@bp.get(f"/<{KIND}>/<{SHOWN}>")
@needs(Permission.SQUARE_VIEW)
def show(square: str, shown: int) -> ResponseReturnValue:
    """A listing in full; its address can be sent to anybody who may open squares."""
    viewer, kind = edge.viewer(), Kind(square)
    with edge.database().transaction("listing") as conn:
        one = details.details(conn, viewer.id, shown, edge.now())
        if one is None or one.listing.kind is not kind:
            abort(404)
        found = match.demands_for if DESCRIPTIONS[kind].of_cards else match.offers_for
        matches = found(conn, one.listing, edge.now()) if one.listing.state.live else []
        description = DESCRIPTIONS[kind]
        managers = _managers(conn, description, one)
    return render_template(
        "pages/listing.html",
        one=one,
        listing=one.listing,
        kind=kind,
        title=TITLES[kind],
        description=description,
        groups=_groups(one),
        manage=_manage(one),
        managers=managers,
        matches=matches,
        **_closed(one),
    )


def _closed(one: Details) -> dict[str, Any]:
    """Why it left its square, for its own people (J4); whose it is now, for who may see that."""
    listing = one.listing
    if listing.state.live:
        return {"why": None, "partner": ""}
    return {
        "why": Reason(listing.reason).label if listing.reason else None,
        "partner": one.party.partner if one.party else "",
    }


def _groups(one: Details) -> list[tuple[Group, list[Any]]]:
    """The facts by group, as a card's page has them; a demand has one group only."""
    found = [(group, [(field, value) for field, value in one.facts if field.group is group])
             for group in Group]  # fmt: skip
    return [(group, members) for group, members in found if members]


def _manage(one: Details) -> str | None:
    """Where the owner manages it; None for others."""
    description = DESCRIPTIONS[one.listing.kind]
    if not rooms.may_manage(description, one.listing.unit_id):
        return None
    return url_for(f"{description.room}.listings", q=one.listing.code or one.listing.name)


def _managers(conn: Connection, description: Description, one: Details) -> list[Contact]:
    """Who takes it down, for those of its unit and above it who can't (C4); for others it bears
    its own contact.
    """
    unit = one.listing.unit_id
    if not one.listing.state.live or unit not in org.visible_units(conn, edge.viewer().id):
        return []
    return rooms.managers(conn, description, unit)


@bp.get("/photos/<picture>")
@needs(Permission.SQUARE_VIEW)
def photo(picture: str) -> ResponseReturnValue:
    """The picture of a live listing, of other units too, or of `?listing=`, which may be closed,
    for who may see that; with `?small` its thumbnail.
    """
    stored.require_digest(picture)
    listing = asked.key("listing")
    with edge.database().transaction("square's photo") as conn:
        if listing is None:
            shown, keep = details.photo_shown(conn, picture), FOR_EVER
        else:
            one = details.details(conn, edge.viewer().id, listing, edge.now())
            shown, keep = one is not None and picture in one.photos, stored.A_DAY
    if not shown:
        abort(404)
    path = photos.path(stored.folder(), picture, thumbnail="small" in request.args)
    return stored.picture(path, keep)


@bp.get("/files/<attachment>")
@needs(Permission.SQUARE_VIEW)
def file(attachment: str) -> ResponseReturnValue:
    """An attachment of `?listing=`, to keep: never shown inside the portal's origin."""
    stored.require_digest(attachment)
    listing = asked.key("listing") or 0
    with edge.database().transaction("square's file") as conn:
        one = details.details(conn, edge.viewer().id, listing, edge.now())
    files = {each.digest: each for each in one.attachments} if one else {}
    if attachment not in files:
        abort(404)
    return stored.attachment(uploads.path(stored.folder(), attachment), files[attachment].name)


@bp.post(f"/<{KIND}>/export")
@needs(Permission.SQUARE_VIEW)
def export_selected(square: str) -> ResponseReturnValue:
    """The marked rows of a list (E4)."""
    kind = Kind(square)
    found = (asked.bounded(text, asked.LARGEST_KEY) for text in request.form.getlist("listing"))
    ids = [key for key in found if key is not None][:MOST_SELECTED]
    if not ids:
        flash(_("请先选择资产。"), "warning")
        return redirect(back_to(kind), 303)
    query = Query(kind, square_asked.form_tab(), edge.viewer().id, edge.now())
    return _exported(query, ids)


@bp.get("/demand/export")
@needs(Permission.SQUARE_VIEW)
def export() -> ResponseReturnValue:
    """All that the demand square's query finds (E4)."""
    with edge.database().transaction("exported query") as conn:
        query = square_asked.query(conn, Kind.DEMAND)
    return _exported(query, None)


def _exported(query: Query, ids: list[int] | None) -> Response:
    """Written to disk first: a slow reader holds no transaction, and memory is bounded."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    with edge.database().transaction("export square") as conn:
        if ids is None:
            count = square_exports.write_query(conn, query, language(), file)
        else:
            count = square_exports.write_selected(conn, query, ids, language(), file)
        audit.record(
            conn, edge.viewer().login, "square.exported", f"square:{query.kind.value}",
            edge.request_id(), listings=count, tab=query.tab.value, selected=ids,
            filters={} if ids else square_asked.kept(),
        )  # fmt: skip
    name = f"{_(TITLES[query.kind])}-{local(edge.now()):%Y%m%d-%H%M}.xlsx"
    return sent(file, XLSX, name)
