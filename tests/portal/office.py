"""A library, its bureau and a hospital with a portal of their own, and documents at any stage."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from db import Connection, scalar, single_connection
from exchange import listings, sheets
from exchange.kinds import Kind
from exchange.sheet_form import Checked, Typed
from registry import review
from registry.cards import ChangeKind, changes, drafting, write
from registry.org import User, add_section, user
from registry.review import Action
from registry.stocktake import (
    Count,
    Method,
    closing,
    counting,
    differences,
    explaining,
    outcome,
    task,
    tasks,
)
from registry.stocktake.tasks import Plan
from tests.exchange.conftest import DEMAND
from tests.fixtures.database import Copy
from tests.portal.test_doors import post
from tests.registry.conftest import PASSWORD, VALUES, Organisation

HEAD: Final = {
    "scope": "local",
    "contact": "符海燕",
    "phone": "0898-65300001",
    "address": "国兴大道",
}
PHOTO: Final = """
    INSERT INTO photo (card_id, position, digest, media, width, height)
    VALUES (%(card)s, 0, %(digest)s, 'image/jpeg', 640, 480)
"""
# What each stage takes from the draft on.
WAYS: Final = {
    "draft": (),
    "in_review": (("clerk", Action.SUBMIT),),
    "returned": (("clerk", Action.SUBMIT), ("reviewer", Action.RETURN)),
}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: what a list's form sends of it, its own id, its review's, its number."""

    id: int
    review: int
    number: str
    tick: str


@dataclass(frozen=True, slots=True)
class Office:
    """The organisation's people at work, below the pages."""

    app: Flask
    copy: Copy
    organisation: Organisation

    def conn(self) -> Any:
        return single_connection(self.copy.url())

    def as_admin(self) -> str:
        """Where one may end another's connection."""
        return urlunsplit(urlsplit(self.copy.server.admin_url)._replace(path=f"/{self.copy.name}"))

    def person(self, conn: Connection, login: str) -> User:
        found = user(conn, self.organisation.users[login])
        assert found is not None
        return found

    def signed_in(self, login: str) -> FlaskClient:
        client = self.app.test_client()
        assert post(client, "/login", login=login, password=PASSWORD).status_code == 303
        return client

    def card(self, *, photo: bool = True, unit: str = "图书馆", **values: str) -> str:
        """A new card's code; idle unless `values` say otherwise."""
        code = f"PL2026{next(_numbers):06}"
        with self.conn() as conn:
            own = {**VALUES, "status": "idle", **values, "code": code}
            key = write.insert(conn, self.organisation.units[unit], own)
            if photo:
                conn.execute(PHOTO, {"card": key, "digest": f"{next(_numbers):064x}"})
        return code

    def change(self, at: str = "draft", *, photo: bool = True, clerk: str = "clerk") -> Paper:
        """A change of the status of a new card, at a stage."""
        unit = "医院" if clerk == "clerk2" else "图书馆"
        code, now = self.card(photo=photo, unit=unit), datetime.now(UTC)
        with self.conn() as conn:
            actor = self.person(conn, clerk)
            one = changes.card_for(conn, actor, code, ChangeKind.STATUS)
            typed = drafting.Typed({**changes.before_of(conn, one), "status": "to_dispose"})
            key = changes.draft(conn, actor, ChangeKind.STATUS, code, typed, now)
            assert isinstance(key, int), key.refusals
            for login, action in WAYS[at]:
                who = self.person(conn, login)
                seen = review.standing(conn, changes.require(conn, who, key).review_id).version
                changes.act(conn, who, key, action, seen, "请补充说明", now, "")
            return self.paper(conn, key, changes.require(conn, actor, key).review_id)

    def sheet(self, kind: Kind, at: str = "draft", clerk: str = "clerk") -> Paper:
        """A sheet of a new card, or a demand, at a stage."""
        now = datetime.now(UTC)
        due = {"wanted_by": _in(now, 30), "closing_on": _in(now, 20)}
        values = {**DEMAND, **due} if kind is Kind.DEMAND else {}
        codes = () if kind is Kind.DEMAND else (self.card(shareable="true"),)
        with self.conn() as conn:
            actor = self.person(conn, clerk)
            key = sheets.draft(conn, actor, kind, Typed({**values, **HEAD}, codes), now, "")
            assert not isinstance(key, Checked), (key.refusals, key.refused_cards)
            for login, action in WAYS[at]:
                self.act_on_sheet(conn, login, key, action)
            return self.paper(conn, key, sheets.require(conn, actor, key).review_id)

    def act_on_sheet(self, conn: Connection, login: str, key: int, action: Action) -> None:
        who = self.person(conn, login)
        seen = review.standing(conn, sheets.require(conn, who, key).review_id).version
        sheets.act(conn, who, key, action, seen, "请补充说明", datetime.now(UTC), "")

    def listing(self, kind: Kind = Kind.TRANSFER) -> Paper:
        """A listing of the library's, by its sheet's final approval; its `number` is its name."""
        sheet = self.sheet(kind, "in_review")
        with self.conn() as conn:
            for login in ("reviewer", "department"):
                self.act_on_sheet(conn, login, sheet.id, Action.APPROVE)
            [one] = listings.of_sheet(conn, sheet.id)
        return Paper(one.id, sheet.review, one.name, f"{one.id}.{one.version}")

    def stocktake(self, cards: int, *, drafted: bool = True) -> int:
        """A task of a section of its own: every card was seen at another place, the report is
        approved and, where `drafted`, a change drafted of each.
        """
        now, section = datetime.now(UTC), f"盘点部门 {next(_numbers)}"
        with self.conn() as conn:
            own = add_section(conn, self.organisation.units["图书馆"], section)
        codes = [self.card(status="in_use", using_section=section) for _card in range(cards)]
        with self.conn() as conn:
            clerk = self.person(conn, "clerk")
            due = (now + timedelta(days=9)).date()
            key = tasks.plan(conn, clerk, Plan(section, list(Method), due, [own]), now, "")
            tasks.start(conn, clerk, key, now - timedelta(hours=1), "")
            for code in codes:
                one = Count(uuid4(), code, Method.GUN, now, here=True, place="三楼 302")
                counting.count(conn, clerk, key, one, now)
        self.explained(key)
        if drafted:
            self.approved(key)
            with self.conn() as conn:
                clerk = self.person(conn, "clerk")
                assert len(outcome.draft_changes(conn, clerk, key, now, "").changes) == cards
        return key

    def explained(self, key: int) -> None:
        """A task closed, and all that differs explained."""
        now = datetime.now(UTC)
        with self.conn() as conn:
            clerk = self.person(conn, "clerk")
            closing.close(conn, clerk, key, now, "")
            which = differences.unexplained(conn, key)
            explaining.explain(conn, clerk, key, which, "已核实", now, "")

    def approved(self, key: int) -> None:
        """Its report submitted and approved."""
        steps = (
            ("clerk", Action.SUBMIT),
            ("reviewer", Action.APPROVE),
            ("department", Action.APPROVE),
        )
        with self.conn() as conn:
            for login, action in steps:
                who = self.person(conn, login)
                seen = review.standing(conn, task.require(conn, who, key).review_id).version
                outcome.act(conn, who, key, action, seen, "", datetime.now(UTC), "")

    def paper(self, conn: Connection, key: int, review_id: int) -> Paper:
        standing = review.standing(conn, review_id)
        return Paper(key, review_id, standing.number, f"{key}.{standing.version}")

    def state(self, paper: Paper) -> str:
        """Where a document stands; 'gone' where it was deleted."""
        with self.conn() as conn:
            found = scalar(
                conn, "SELECT CASE WHEN state = 'void' AND round = 0 THEN 'gone' ELSE state END "
                "FROM review WHERE id = %(review)s", review=paper.review,
            )  # fmt: skip
        return str(found or "gone")

    def version(self, paper: Paper) -> int:
        with self.conn() as conn:
            found: int = review.standing(conn, paper.review).version
        return found

    def listed(self, paper: Paper) -> str:
        with self.conn() as conn:
            return str(scalar(conn, "SELECT state FROM listing WHERE id = %(id)s", id=paper.id))


def _in(now: datetime, days: int) -> str:
    day: date = (now + timedelta(days=days)).date()
    return day.isoformat()
