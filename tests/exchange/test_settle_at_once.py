"""Settling takes its locks in the order of all: card, review, listing; nobody locks crosswise."""

import threading
import time
from collections.abc import Callable

from db import Connection, scalar, single_connection
from db.roles import DatabaseRole
from exchange import listings, settle
from exchange.kinds import State
from exchange.settle_form import Settling
from registry import review
from registry.cards import apply
from registry.org import User, user
from tests.exchange.conftest import NOW, Standing
from tests.fixtures.database import Copy

AWAY = Settling(None, "广东省立中山图书馆", "donation", None, None, None, "")
# Of this database: on the same server others wait for locks of their own.
BLOCKED = """
    SELECT count(*) FROM pg_locks AS wanted
     WHERE NOT granted AND EXISTS (
           SELECT FROM pg_locks AS held JOIN pg_database ON pg_database.oid = held.database
            WHERE held.pid = wanted.pid AND datname = current_database())
"""
FREE = "SELECT id FROM listing WHERE id = %(listing)s FOR UPDATE NOWAIT"
REVIEW = "SELECT review_id FROM card_change WHERE card_id = %(card)s"
Deed = Callable[[Connection], object]


def clerk(standing: Standing) -> User:
    found = user(standing.conn, standing.organisation.users["clerk"])
    assert found is not None
    return found


def card_of(standing: Standing, listing: int) -> int:
    found = listings.one(standing.conn, listing)
    assert found is not None
    assert found.card_id is not None
    return found.card_id


def while_held(database: Copy, standing: Standing, held: Deed, listing: int, deed: Deed) -> None:
    """`deed` comes while somebody else holds what is before the listing, and then takes that."""

    def settling() -> None:
        with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
            deed(conn)

    thread = threading.Thread(target=settling)
    with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
        held(conn)
        thread.start()
        end = time.monotonic() + 60
        while not scalar(standing.conn, BLOCKED):
            assert time.monotonic() < end
            time.sleep(0.01)
        assert scalar(conn, FREE, listing=listing) == listing
    thread.join()


def test_registering_holds_the_card_before_the_listing(database: Copy, standing: Standing) -> None:
    listing, actor = standing.make_listing(), clerk(standing)
    card = card_of(standing, listing)
    while_held(
        database, standing, lambda conn: apply.hold(conn, card), listing,
        lambda conn: settle.register(conn, actor, listing, AWAY, NOW, ""),
    )  # fmt: skip
    again = listings.one(standing.conn, listing)
    assert again is not None
    assert again.state is State.SETTLING


def test_cancelling_holds_the_review_before_the_listing(database: Copy, standing: Standing) -> None:
    listing, actor = standing.make_listing(), clerk(standing)
    settle.register(standing.conn, actor, listing, AWAY, NOW, "")
    disposal = scalar(standing.conn, REVIEW, card=card_of(standing, listing))
    assert isinstance(disposal, int)
    while_held(
        database, standing, lambda conn: review.lock(conn, disposal), listing,
        lambda conn: settle.cancel(conn, actor, listing, NOW, ""),
    )  # fmt: skip
    again = listings.one(standing.conn, listing)
    assert again is not None
    assert again.state is State.LISTED
