"""Who acted and on what, as people call them, for the audit log (J1): names, and where they lead.

The log itself holds logins and numbers, which stay when a name changes. A link is drawn only where
the reader may open what it leads to (J4).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, LiteralString

from flask import url_for

from db import Connection
from exchange import DESCRIPTIONS, Kind
from portal import asked, edge, words_of_audit
from registry.org import Permission, User, people


@dataclass(frozen=True, slots=True)
class Named:
    """Its own name, and the page that the reader may open; '': none."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Reader:
    """`kept`: the units whose people and facts they administer; None: all."""

    user: User
    kept: list[int] | None

    def may(self, permission: Permission) -> bool:
        return self.user.may(permission)

    def keeps(self, unit: object) -> bool:
        return self.kept is None or unit in self.kept


# A document as its page finds it: a draft is its unit's own, a stocktake until it is started,
# a deleted draft nobody's.
DOCUMENTS: LiteralString = """
    SELECT review.number, review.title, card_change.id AS change, sheet.id AS sheet, sheet.kind,
           stocktake.id AS stocktake
      FROM review
      LEFT JOIN card_change ON card_change.review_id = review.id
      LEFT JOIN sheet ON sheet.review_id = review.id
      LEFT JOIN stocktake ON stocktake.review_id = review.id
     WHERE review.number = ANY(%(number)s)
       AND review.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND (review.unit_id = %(own)s OR stocktake.started_at IS NOT NULL
            OR (stocktake.id IS NULL AND review.state <> 'draft'))
       AND (review.state <> 'void' OR review.round > 0)
"""
# (sort, key, name, its page's id, what decides on that page's door). Whoever reads the log may know
# what people, units and systems are called; of assets only those that the reader may see.
NAMES: LiteralString = """
    SELECT 'user', login, name, id::bigint, unit_id::text FROM app_user WHERE login = ANY(%(user)s)
    UNION ALL
    SELECT 'unit', code, name, id, id::text FROM unit WHERE code = ANY(%(unit)s)
    UNION ALL
    SELECT 'section', section.id::text, unit.name || ' ' || section.name, unit.id, unit.id::text
      FROM section JOIN unit ON unit.id = unit_id WHERE section.id = ANY(%(section)s::bigint[])
    UNION ALL
    SELECT 'closure', closure.id::text, unit.name || ' ' || closure.since, closure.id,
           unit.id::text
      FROM closure JOIN unit ON unit.id = unit_id WHERE closure.id = ANY(%(closure)s::bigint[])
    UNION ALL
    SELECT 'linked_system', id::text, name, id, ''
      FROM linked_system WHERE id = ANY(%(linked_system)s::bigint[])
    UNION ALL
    SELECT 'webhook', id::text, name, NULL, ''
      FROM webhook WHERE id = ANY(%(webhook)s::bigint[])
    UNION ALL
    SELECT 'campaign', id::text, name, NULL, ''
      FROM campaign WHERE id = ANY(%(campaign)s::bigint[])
    UNION ALL
    SELECT 'rule', code, name, NULL, '' FROM category WHERE code = ANY(%(rule)s)
    UNION ALL
    SELECT 'suggestion', suggestion.id::text, card.name, suggestion.id, ''
      FROM suggestion JOIN card ON card.id = card_id
     WHERE suggestion.id = ANY(%(suggestion)s::bigint[])
       AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
    UNION ALL
    SELECT 'listing', listing.id::text, listing.name, review.id, listing.kind || ' ' || sheet.id
      FROM listing
      LEFT JOIN sheet ON sheet.id = sheet_id
      LEFT JOIN review ON review.id = review_id
                      AND (review.state <> 'draft' OR review.unit_id = %(own)s)
     WHERE listing.id = ANY(%(listing)s::bigint[])
       AND listing.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""
BY_TEXT: Final = ("user", "unit", "rule")
BY_ID: Final = (
    "section",
    "closure",
    "linked_system",
    "webhook",
    "campaign",
    "suggestion",
    "listing",
)


def names(conn: Connection, actors: Iterable[str], subjects: Iterable[str]) -> dict[str, Named]:
    """What is known of these, by subject as the log has it, an actor's by `subject_of`."""
    wanted = {*subjects, *(words_of_audit.subject_of(actor) for actor in actors)}
    split = [tuple(one.split(":", 1)) for one in wanted if ":" in one]
    documents = [(kind, key) for kind, key in split if kind in words_of_audit.DOCUMENTS]
    viewer = edge.viewer()
    kept = people.kept_units(conn, viewer) if viewer.may(Permission.ADMINISTER) else []
    reader = _Reader(viewer, kept)
    facts: dict[str, object] = {
        "viewer": viewer.id,
        "own": viewer.unit_id,
        "number": [number for _kind, number in documents],
        **{kind: [key for one, key in split if one == kind] for kind in BY_TEXT},
        **{kind: _ids(key for one, key in split if one == kind) for kind in BY_ID},
    }
    named = {
        number: Named(title, _page_of(reader, *pages))
        for number, title, *pages in conn.execute(DOCUMENTS, facts)
    }
    found = {f"{kind}:{key}": named[key] for kind, key in documents if key in named}
    for kind, key, name, page, decides in conn.execute(NAMES, facts):
        leads = ADDRESSES.get(kind)
        address = leads(reader, page, decides) if leads and page is not None else ""
        found[f"{kind}:{key}"] = Named(name, address)
    return found


def _ids(keys: Iterable[str]) -> list[int]:
    found = (asked.bounded(key, asked.LARGEST_KEY) for key in keys)
    return [key for key in found if key is not None]


def _page_of(
    reader: _Reader, change: int | None, sheet: int | None, kind: str | None, stocktake: int | None
) -> str:
    """The page of a document: it is one of the three."""
    if change is not None and reader.may(Permission.CHANGE_VIEW):
        return url_for("changes.show", change_id=change)
    if sheet is not None and kind is not None:
        return _sheet(reader, kind, sheet)
    if stocktake is not None and reader.may(Permission.STOCKTAKE_VIEW):
        return url_for("stocktakes.show", stocktake=stocktake)
    return ""


def _sheet(reader: _Reader, kind: str, sheet: int) -> str:
    if not reader.may(Permission.SHEET_VIEW):
        return ""
    return url_for(f"{DESCRIPTIONS[Kind(kind)].room}.show", sheet_id=sheet)


def _person(reader: _Reader, page: int, unit: str) -> str:
    return url_for("admin_people.edit", user_id=page) if reader.keeps(int(unit)) else ""


def _unit(reader: _Reader, page: int, unit: str) -> str:
    return url_for("admin_units.edit", unit_id=page) if reader.keeps(int(unit)) else ""


def _closure(reader: _Reader, page: int, unit: str) -> str:
    return url_for("admin_calendar.edit", closure_id=page) if reader.keeps(int(unit)) else ""


def _system(reader: _Reader, page: int, _decides: str) -> str:
    return url_for("linked.show", system=page) if reader.kept is None else ""


def _suggestion(reader: _Reader, page: int, _decides: str) -> str:
    sees = reader.may(Permission.MONITORING_VIEW)
    return url_for("suggestions.index", pick=page) if sees else ""


def _listing(reader: _Reader, _review: int, decides: str) -> str:
    kind, _space, sheet = decides.partition(" ")
    return _sheet(reader, kind, int(sheet))


ADDRESSES: Final[dict[str, Callable[[_Reader, int, str], str]]] = {
    "user": _person,
    "unit": _unit,
    "section": _unit,
    "closure": _closure,
    "linked_system": _system,
    "suggestion": _suggestion,
    "listing": _listing,
}
