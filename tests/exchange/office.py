"""What people of the small organisation do with sheets, as they do it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from db import Connection, scalar
from exchange import listings, settle, settle_form, sheets
from exchange.kinds import Kind, State
from exchange.listings import Listing
from exchange.sheet_form import Checked, Typed
from registry import review
from registry.cards import changes
from registry.org import User
from registry.review import Action, Standing

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HEAD = {
    "scope": "local",
    "contact": "林晓岚",
    "phone": "0898-68532107",
    "address": "海口市龙华区椰海大道 5 号",
    "note": "",
}
DEMAND = {
    **HEAD,
    "title": "求台式计算机",
    "wanted": "transfer",
    "category": "A02010105",
    "quantity": "2",
    "measure": "台",
    "description": "办公用，近五年购置。",
    "division": "460100 海口市",
    "wanted_by": "2026-12-15",
    "closing_on": "2026-12-20",
    "urgency": "urgent",
    "ledger_account": "",
    "creator": "林晓岚",
    "handler": "林晓岚",
}
CHAIN = {"local": ("reviewer", "department"), "national": ("reviewer", "department", "finance2")}


class Office:
    """The library's preparer and the reviewers of its chain."""

    def __init__(self, conn: Connection, person: Callable[[str], User]) -> None:
        self.conn, self.person = conn, person

    def check(self, kind: Kind, *codes: str, login: str = "clerk", **values: str) -> int | Checked:
        head = DEMAND if kind is Kind.DEMAND else HEAD
        typed = Typed({**head, **values}, codes)
        return sheets.draft(self.conn, self.person(login), kind, typed, NOW, "")

    def draft(self, kind: Kind, *codes: str, login: str = "clerk", **values: str) -> int:
        made = self.check(kind, *codes, login=login, **values)
        assert isinstance(made, int), (made.refusals, made.refused_cards)
        return made

    def act(self, login: str, sheet: int, action: Action, opinion: str = "") -> Standing:
        found = sheets.require(self.conn, self.person(login), sheet)
        seen = review.standing(self.conn, found.review_id).version
        return sheets.act(self.conn, self.person(login), sheet, action, seen, opinion, NOW, "")

    def approved(self, kind: Kind, *codes: str, scope: str = "local", **values: str) -> int:
        """A sheet that went the whole way."""
        sheet = self.draft(kind, *codes, scope=scope, **values)
        self.act("clerk", sheet, Action.SUBMIT)
        for login in CHAIN[scope]:
            self.act(login, sheet, Action.APPROVE)
        return sheet

    def listed(self, kind: Kind, *codes: str, **values: str) -> Listing:
        """The first listing of a sheet that went the whole way."""
        return listings.of_sheet(self.conn, self.approved(kind, *codes, **values))[0]

    def again(self, listing: Listing) -> Listing:
        found = listings.one(self.conn, listing.id)
        assert found is not None
        return found

    def settle(self, listing: Listing, partner: str = "医院", **values: str) -> int | None:
        typed = {"partner": partner, "note": "", **values}
        asked, _values, refusals = settle_form.read(self.conn, listing.kind, typed, NOW.date())
        assert asked is not None, refusals
        return settle.register(self.conn, self.person("clerk"), listing.id, asked, NOW, "")

    def change(self, login: str, change: int, action: Action) -> Standing:
        found = changes.require(self.conn, self.person(login), change)
        seen = review.standing(self.conn, found.review_id).version
        return changes.act(self.conn, self.person(login), change, action, seen, "", NOW, "")

    def dispose(self, change: int) -> None:
        """The disposal document goes its own way to the end."""
        self.change("clerk", change, Action.SUBMIT)
        self.change("reviewer", change, Action.APPROVE)
        self.change("department", change, Action.APPROVE)

    def photograph(self, card: int) -> None:
        self.conn.execute(
            "INSERT INTO photo (card_id, position, digest, media, width, height) "
            "VALUES (%s, 0, %s, 'image/jpeg', 4, 3)",
            (card, f"{card:064x}"),
        )

    def outbox(self, listing: Listing) -> list[str]:
        """Documents queued upward, in order."""
        rows = self.conn.execute(
            "SELECT document FROM ministry_outbox WHERE listing_id = %s ORDER BY sequence",
            (listing.id,),
        )
        return [document for (document,) in rows]

    def history(self, listing: Listing) -> list[str]:
        rows = self.conn.execute(
            "SELECT event FROM listing_event WHERE listing_id = %s ORDER BY id", (listing.id,)
        )
        return [event for (event,) in rows]

    def one(self, query: Any, **facts: object) -> object:
        return scalar(self.conn, query, **facts)


LIVE = (State.LISTED, State.SETTLING)
