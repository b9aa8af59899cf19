"""What a card's listings have been through, for its page and its time line (A7)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection
from exchange.kinds import Happened, Kind, Ministry, Scope, State


@dataclass(frozen=True, slots=True)
class OfCard:
    """A listing of the card, as the card's page lists it."""

    id: int
    kind: Kind
    scope: Scope
    state: State
    ministry: Ministry
    reason: str
    listed_at: datetime
    closed_at: datetime | None
    until_on: date | None
    sheet_id: int | None
    number: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        for name, members in (("kind", Kind), ("scope", Scope), ("state", State),
                              ("ministry", Ministry)):  # fmt: skip
            object.__setattr__(self, name, members(getattr(self, name)))


OF_CARD: LiteralString = """
    SELECT listing.id, listing.kind, listing.scope, listing.state, listing.ministry,
           listing.reason, listing.listed_at, listing.closed_at, listing.until_on,
           listing.sheet_id, COALESCE(review.number, '') AS number
      FROM listing
      LEFT JOIN sheet ON sheet.id = listing.sheet_id
      LEFT JOIN review ON review.id = sheet.review_id
     WHERE listing.card_id = %(card)s AND listing.reason <> 'revoked'
     ORDER BY listing.id DESC
     LIMIT 50
"""


def of_card(conn: Connection, card: int) -> list[OfCard]:
    """The card's listings, newest first. The caller has checked who may see the card."""
    with conn.cursor(row_factory=class_row(OfCard)) as cursor:
        return cursor.execute(OF_CARD, {"card": card}).fetchall()


@dataclass(frozen=True, slots=True)
class OnSquare:
    """Something that happened to a listing; `text` is what somebody wrote, `partner` who it was."""

    kind: Kind
    event: Happened
    at: datetime
    reason: str
    text: str
    partner: str
    sheet_id: int | None
    number: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "event", Happened(self.event))


# That it was kept like its card says nothing that the card's own changes don't say.
EVENTS_OF_CARD: LiteralString = """
    SELECT listing.kind, listing_event.event, listing_event.at,
           COALESCE(listing_event.facts->>'reason', '') AS reason,
           COALESCE(listing_event.facts->>'text', '') AS text,
           COALESCE(listing_event.facts->>'partner', '') AS partner,
           listing.sheet_id, COALESCE(review.number, '') AS number
      FROM listing
      JOIN listing_event ON listing_event.listing_id = listing.id
      LEFT JOIN sheet ON sheet.id = listing.sheet_id
      LEFT JOIN review ON review.id = sheet.review_id
     WHERE listing.card_id = %(card)s AND listing_event.event <> 'refreshed'
     ORDER BY listing_event.id DESC
     LIMIT 60
"""


def events_of_card(conn: Connection, card: int) -> list[OnSquare]:
    """What happened to its listings, newest first. The caller has checked who may see the card."""
    with conn.cursor(row_factory=class_row(OnSquare)) as cursor:
        return cursor.execute(EVENTS_OF_CARD, {"card": card}).fetchall()


@dataclass(frozen=True, slots=True)
class Ending:
    """A listing whose notice period, or a demand whose time, is soon over (F2, G1)."""

    id: int
    kind: Kind
    name: str
    listed_at: datetime
    until_on: date

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "kind", Kind(self.kind))


ENDING: LiteralString = """
    SELECT id, kind, name, listed_at, until_on
      FROM listing
     WHERE unit_id = %(unit)s AND origin = 'own' AND state = 'listed'
       AND until_on <= %(until)s
     ORDER BY until_on, id
     LIMIT %(limit)s
"""


def ending(conn: Connection, unit: int, until: date, limit: int) -> list[Ending]:
    """The unit's listings that end by `until`, and those that have ended and still stand."""
    with conn.cursor(row_factory=class_row(Ending)) as cursor:
        facts = {"unit": unit, "until": until, "limit": limit}
        return cursor.execute(ENDING, facts).fetchall()
