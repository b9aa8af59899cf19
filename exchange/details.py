"""One listing in full, in the order of E3, and who may see it and what it shows (J4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from exchange import demand_fields, listings
from exchange.kinds import DESCRIPTIONS, Happened, state_label
from exchange.listings import ZONE, Listing
from exchange.settings import ExchangeSettings
from exchange.square_query import status_label
from registry.cards.field import Field, Whose
from registry.cards.fields import FIELDS, names_of
from registry.words import Label


@dataclass(frozen=True, slots=True)
class Party:
    """Who receives, uses or provides it (D2). `compensation` (yuan) and `note` are None and ''
    for those outside both units.
    """

    partner: str
    way: str
    from_on: date | None
    until_on: date | None
    compensation: Decimal | None
    note: str
    registered_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """An attachment of the sheet."""

    digest: str
    name: str
    media: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to the listing. `actor` and `facts` are empty for outsiders."""

    at: datetime
    event: Happened
    actor: str
    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "event", Happened(self.event))


@dataclass(frozen=True, slots=True)
class Details:
    """A listing with everything that its page shows.

    `facts`: fields with canonical values, of the card or of the demand. `shown`: it stands on a
    square, settled or not. `inside`: the viewer may see its unit, or its partner's. `source`: the
    linked system that pushed it (F4), '' where none did. `categories`: names by code, for showing
    values.
    """

    listing: Listing
    division_name: str
    categories: Mapping[str, str]
    party: Party | None
    facts: list[tuple[Field, str]]
    photos: list[str]
    attachments: list[File]
    history: list[Moment]
    shown: bool
    inside: bool
    marked: bool
    source: str

    @property
    def shown_until(self) -> date | None:
        """The last day on its square, of what is settled and still shown (E1)."""
        if not self.shown or self.listing.closed_at is None:
            return None
        over = self.listing.closed_at + timedelta(days=ExchangeSettings().settled_days)
        return over.astimezone(ZONE).date()

    @property
    def state_label(self) -> Label:
        """Whether it can be had."""
        return state_label(self.listing.kind, self.listing.state)

    @property
    def status_label(self) -> Label:
        """The card's status in words; of a demand, what it asks for."""
        return status_label(self.listing.kind, self.listing.status)


# Once for everybody, in one sentence each: on a square, or in the viewer's scope.
SEEN: LiteralString = """
    SELECT (on_local OR on_national)
           AND (kind <> 'demand' OR state = 'settled' OR until_on IS NULL OR until_on >= %(today)s)
           AS shown,
           unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
           OR EXISTS (SELECT FROM settlement
                       WHERE listing_id = listing.id AND partner_unit_id IN (
                             SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)) AS inside
      FROM listing WHERE id = %(listing)s
"""


def seen(conn: Connection, viewer: int, listing: int, now: datetime) -> tuple[bool, bool]:
    """(it stands on a square for everybody, it is seen from inside): by who may see its unit or its
    partner's (J4).
    """
    facts = {"viewer": viewer, "listing": listing, "today": now.astimezone(ZONE).date()}
    row = conn.execute(SEEN, facts).fetchone()
    if row is None:
        return False, False
    return bool(row[0]), bool(row[1])


NAMED: LiteralString = """
    SELECT COALESCE(
               (SELECT name FROM division WHERE code = %(division)s), NULLIF(%(said)s, ''),
               %(division)s),
           EXISTS (SELECT FROM shortlist WHERE user_id = %(viewer)s AND listing_id = %(listing)s),
           ARRAY(SELECT digest FROM photo WHERE card_id = %(card)s ORDER BY position),
           (SELECT name FROM category WHERE code = %(category)s),
           (SELECT linked_system.name
              FROM linked_listing JOIN linked_system ON linked_system.id = linked_listing.system_id
             WHERE linked_listing.listing_id = %(listing)s)
"""


def details(conn: Connection, viewer: int, listing: int, now: datetime) -> Details | None:
    """The listing with this id; None where there is none or `viewer` may not see it."""
    shown, inside = seen(conn, viewer, listing, now)
    one = listings.one(conn, listing) if shown or inside else None
    if one is None:
        return None
    asked = {
        "division": one.division,
        "said": one.facts.get("division_name", ""),
        "viewer": viewer,
        "listing": listing,
        "card": one.card_id,
        "category": one.category,
    }
    row = conn.execute(NAMED, asked).fetchone()
    assert row is not None
    division, marked, photos, category, source = row
    return Details(
        listing=one,
        division_name=division,
        categories={one.category: category} if category else {},
        party=_party(conn, listing, inside),
        facts=_facts(one),
        photos=photos or ([one.photo] if one.photo else []),
        attachments=_attachments(conn, one.sheet_id),
        history=_history(conn, listing, inside),
        shown=shown,
        inside=inside,
        marked=marked,
        source=source or "",
    )


def _facts(one: Listing) -> list[tuple[Field, str]]:
    fields = FIELDS if DESCRIPTIONS[one.kind].of_cards else demand_fields.FIELDS
    # The account of a demand is part of what is asked for (G1).
    hidden = names_of(Whose.PRIVATE) if DESCRIPTIONS[one.kind].of_cards else frozenset()
    return [
        (field, one.facts[field.name])
        for field in fields
        if one.facts.get(field.name) and field.name not in hidden
    ]


PARTY: LiteralString = """
    SELECT partner, way, from_on, until_on, CASE WHEN %(inside)s THEN compensation END
           AS compensation, CASE WHEN %(inside)s THEN note ELSE '' END AS note,
           registered_at, done_at
      FROM settlement WHERE listing_id = %(listing)s
"""


def _party(conn: Connection, listing: int, inside: bool) -> Party | None:
    with conn.cursor(row_factory=class_row(Party)) as cursor:
        return cursor.execute(PARTY, {"listing": listing, "inside": inside}).fetchone()


ATTACHMENTS: LiteralString = """
    SELECT digest, name, media, bytes FROM sheet_attachment
     WHERE sheet_id = %(sheet)s ORDER BY position
"""


def _attachments(conn: Connection, sheet: int | None) -> list[File]:
    with conn.cursor(row_factory=class_row(File)) as cursor:
        return cursor.execute(ATTACHMENTS, {"sheet": sheet}).fetchall()


HISTORY: LiteralString = """
    SELECT event.at, event.event,
           CASE WHEN %(inside)s THEN COALESCE(app_user.name, event.actor) ELSE '' END AS actor,
           CASE WHEN %(inside)s THEN event.facts ELSE '{}' END AS facts
      FROM listing_event AS event LEFT JOIN app_user ON app_user.login = event.actor
     WHERE event.listing_id = %(listing)s
     ORDER BY event.id
"""


def _history(conn: Connection, listing: int, inside: bool) -> list[Moment]:
    with conn.cursor(row_factory=class_row(Moment)) as cursor:
        return cursor.execute(HISTORY, {"listing": listing, "inside": inside}).fetchall()


# J4's exception: what stands on a square is seen by everybody inside the system.
PHOTO_SHOWN: LiteralString = """
    SELECT EXISTS (SELECT FROM listing WHERE photo = %(digest)s AND (on_local OR on_national))
        OR EXISTS (SELECT FROM photo JOIN listing ON listing.card_id = photo.card_id
                    WHERE photo.digest = %(digest)s AND listing.state IN ('listed', 'settling'))
"""


def photo_shown(conn: Connection, digest: str) -> bool:
    """Whether a live listing shows this photo."""
    return scalar(conn, PHOTO_SHOWN, digest=digest) is True
