"""Batches of several guns at once: none waits for another that waits for it (H2, H3)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from flask import Flask

from db import Connection, Database, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.cards import write
from registry.org import User, user
from registry.stocktake import Count, Method, counting, devices, tasks, unknown
from registry.stocktake.locks import lock_card
from registry.stocktake.tasks import Plan
from tests.fixtures.database import Copy
from tests.registry.conftest import VALUES, Organisation, furnish, organise

CODES = tuple(f"TY20190003{number}" for number in range(17, 37))
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
Batch = list[dict[str, Any]]


@dataclass
class Hall:
    """A library that counts: its cards' ids by code, and a device's token."""

    app: Flask
    copy: Copy
    clerk: User
    key: int
    cards: dict[str, int]
    token: str

    def send(self, batch: Batch) -> tuple[int, list[str]]:
        """(status, outcome of each) of a batch."""
        headers = {"Authorization": f"Bearer {self.token}"}
        sent = {"scans": batch, "device_now": datetime.now(UTC).isoformat()}
        answer = self.app.test_client().post("/api/v1/scans", json=sent, headers=headers)
        told = answer.json["answers"] if answer.status_code == 200 else []  # type: ignore[index]  # JSON
        return answer.status_code, [one.get("outcome", str(one.get("refusal"))) for one in told]

    def sending(self, *batches: Batch) -> Callable[[], list[tuple[int, list[str]]]]:
        """Each sent by a gun of its own, at once; what they were answered, when it is asked for."""
        found: list[tuple[int, list[str]]] = []
        guns = [
            threading.Thread(target=lambda batch=batch: found.append(self.send(batch)))
            for batch in batches
        ]
        for one in guns:
            one.start()

        def ended() -> list[tuple[int, list[str]]]:
            for one in guns:
                one.join(60)
            return found

        return ended

    def batch(self, *codes: str, raw: bool = False) -> Batch:
        """Scans of these codes."""
        return [
            {"client_id": str(uuid4()), "stocktake": self.key, "method": "gun",
             "raw" if raw else "code": code}
            for code in codes
        ]  # fmt: skip

    def bound(self, code: str, card: str) -> str:
        """A code that the unit has bound to a card."""
        now = datetime.now(UTC)
        with single_connection(self.copy.url()) as conn:
            counting.count(conn, self.clerk, self.key, Count(uuid4(), code, Method.GUN, now), now)
            unknown.bind(conn, self.clerk, code, card, now, "")
            conn.execute("DELETE FROM stocktake_count")
        return code

    def as_admin(self) -> str:
        """Where one may set how long a deadlock is waited for."""
        return urlunsplit(urlsplit(self.copy.server.admin_url)._replace(path=f"/{self.copy.name}"))

    def blocked(self, wanted: int = 1) -> None:
        """Wait until somebody waits for a lock."""
        until = monotonic() + 20
        with single_connection(self.as_admin(), autocommit=True) as conn:
            while monotonic() < until:
                row = conn.execute(BLOCKED).fetchone()
                if row and row[0] >= wanted:
                    return
                sleep(0.02)
        pytest.fail("nobody waits")


@pytest.fixture
def hall(database: Copy, tmp_path: Path) -> Iterator[Hall]:
    now = datetime.now(UTC)
    with single_connection(database.url()) as conn:
        organisation = organise(conn)
        furnish(conn, organisation)
        cards = {
            code: write.insert(conn, organisation.units["图书馆"], VALUES | {"code": code})
            for code in CODES
        }
        clerk = _somebody(conn, organisation, "clerk")
        key = tasks.plan(
            conn, clerk, Plan("年度盘点", list(Method), (now + timedelta(days=20)).date()), now, ""
        )
        tasks.start(conn, clerk, key, now - timedelta(hours=1), "")
        _device, token = devices.add(conn, clerk, "走廊无线枪", now, "")
    with Database(database.url(DatabaseRole.PORTAL)) as pool:
        app = create_app(PortalSettings(), pool, tmp_path)
        yield Hall(app, database, clerk, key, cards, token)


def _somebody(conn: Connection, organisation: Organisation, login: str) -> User:
    found = user(conn, organisation.users[login])
    assert found is not None
    return found


def test_a_batch_holds_its_cards_in_their_own_order_whatever_their_codes_are(hall: Hall) -> None:
    low, high = sorted(CODES[:2], key=hall.cards.__getitem__)
    first, last = hall.bound("A-OLD", high), hall.bound("Z-OLD", low)  # by code the other way round
    with single_connection(hall.as_admin()) as conn:
        conn.execute("SET deadlock_timeout = '50ms'")  # of two this would be the one given up
        lock_card(conn, hall.key, hall.cards[low])
        ended = hall.sending(hall.batch(first, last))
        hall.blocked()
        lock_card(conn, hall.key, hall.cards[high])  # nobody who waits for the lower one has it
    assert ended() == [(200, ["found", "found"])]


@pytest.mark.parametrize("raw", [False, True])
def test_two_guns_with_the_same_things_in_opposite_order_are_both_answered(
    hall: Hall, raw: bool
) -> None:
    old = [hall.bound(f"OLD-{9 - place}", code) for place, code in enumerate(CODES[:6])]
    for _round in range(6):
        one = [*CODES[6:14], *old, "没有-1", "没有-2"]
        other = [*CODES[:6], "没有-2", *reversed(CODES[6:14]), "没有-1"]
        answers = hall.sending(hall.batch(*one, raw=raw), hall.batch(*other, raw=raw))()
        assert [status for status, _told in answers] == [200, 200]
        assert all(len(told) == 16 for _status, told in answers)
    with single_connection(hall.copy.url()) as conn:
        valid = conn.execute("SELECT count(*) FROM stocktake_count WHERE standing = 'valid'")
        assert valid.fetchone() == (14,)
        kept = conn.execute("SELECT sum(times) FROM unknown_code WHERE code LIKE '没有%'")
        assert kept.fetchone() == (24,)


def test_codes_that_are_bound_while_others_are_scanned_hinder_nobody(hall: Hall) -> None:
    """Whoever binds holds the code and wants the card; whoever scans may hold the card already."""
    hall.send(hall.batch("OLD-1"))
    now = datetime.now(UTC)
    with single_connection(hall.copy.url()) as conn:
        conn.execute("SELECT FROM unknown_code FOR UPDATE")  # so that both begin
        ended = hall.sending(hall.batch(CODES[0], "OLD-1"))
        hall.blocked()
        binding = threading.Thread(target=_bind, args=(hall, "OLD-1", CODES[0], now))
        binding.start()
        hall.blocked(2)
    binding.join(30)
    assert not binding.is_alive()
    [(status, outcomes)] = ended()
    assert status == 200
    assert outcomes[0] == "found"


def _bind(hall: Hall, code: str, card: str, now: datetime) -> None:
    with single_connection(hall.copy.url()) as conn:
        unknown.bind(conn, hall.clerk, code, card, now, "")


def test_a_batch_that_the_database_gives_up_for_another_is_taken_once_more(hall: Hall) -> None:
    low, high = sorted(CODES[:2], key=hall.cards.__getitem__)
    with single_connection(hall.as_admin()) as conn:
        conn.execute("SET deadlock_timeout = '1min'")  # so that it is never the one given up
        lock_card(conn, hall.key, hall.cards[high])
        with single_connection(hall.as_admin(), autocommit=True) as admin:
            admin.execute(f"ALTER ROLE panhuo_portal IN DATABASE {hall.copy.name} SET deadlock_timeout = '4s'")  # fmt: skip
        ended = hall.sending(hall.batch(low, high))
        hall.blocked()
        lock_card(conn, hall.key, hall.cards[low])  # out of order, as nobody of ours does it
        counted = conn.execute("SELECT count(*) FROM stocktake_count").fetchone()
    assert counted == (0,)
    assert ended() == [(200, ["found", "found"])]
