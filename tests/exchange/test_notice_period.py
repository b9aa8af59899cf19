"""Notice periods end without a taker (F2), demands reach their closing date (G1); the clock is passed in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from exchange import notice_period
from exchange.notice_period import Ended
from tests.exchange.conftest import Standing

DAY = date(2026, 12, 9)
# Of Shanghai: the last minute of the last day, and the first of the next.
STILL = datetime(2026, 12, 9, 15, 59, tzinfo=UTC)
OVER = datetime(2026, 12, 9, 16, 0, tzinfo=UTC)


def notices(standing: Standing, event: str) -> list[tuple[str, str]]:
    """(login, address) of those told."""
    return standing.conn.execute(
        "SELECT login, address FROM notice JOIN app_user ON app_user.id = user_id "
        "WHERE event = %s ORDER BY login",
        [event],
    ).fetchall()


def test_the_owner_is_told_once_when_nobody_took_it(standing: Standing) -> None:
    listing = standing.make_listing(status="to_dispose", until_on=DAY, code="OLD-0001")
    assert notice_period.run(standing.exchange, STILL) == Ended(0, 0)
    assert notice_period.run(standing.exchange, OVER) == Ended(1, 0)
    assert notice_period.run(standing.exchange, OVER + timedelta(days=3)) == Ended(0, 0)
    address = "/changes/new?kind=dispose&card=OLD-0001"
    assert notices(standing, "notice.over") == [("clerk", address), ("colleague", address)]
    rows = standing.conn.execute(
        "SELECT state, until_told, listing_event.event, listing_event.facts FROM listing "
        "JOIN listing_event ON listing_id = listing.id WHERE listing.id = %s",
        [listing],
    ).fetchall()
    assert rows == [("listed", OVER, "notice_over", {"until_on": "2026-12-09"})]


def test_what_has_a_taker_or_is_closed_is_left_alone(standing: Standing) -> None:
    standing.make_listing(status="to_dispose", until_on=DAY, state="settling")
    standing.make_listing(status="to_dispose", until_on=DAY, state="delisted", reason="by_hand")
    standing.make_listing()
    standing.make_listing("demand", until_on=DAY, origin="foreign")
    assert notice_period.run(standing.exchange, OVER) == Ended(0, 0)


def test_a_demand_leaves_the_square_after_its_closing_date(standing: Standing) -> None:
    demand = standing.make_listing("demand", until_on=DAY, scope="national", ministry="decided")
    standing.make_listing("demand")
    assert notice_period.run(standing.exchange, STILL) == Ended(0, 0)
    assert notice_period.run(standing.exchange, OVER) == Ended(0, 1)
    assert notice_period.run(standing.exchange, OVER) == Ended(0, 0)
    row = standing.conn.execute(
        "SELECT state, reason, closed_at FROM listing WHERE id = %s", [demand]
    ).fetchone()
    assert row == ("delisted", "closed", OVER)
    queued = standing.conn.execute("SELECT listing_id, document FROM ministry_outbox").fetchall()
    assert queued == [(demand, "delist")]
    assert notices(standing, "listing.delisted") == [
        (login, f"/squares/demand/{demand}") for login in ("clerk", "colleague")
    ]
    told = standing.conn.execute(
        "SELECT DISTINCT facts ->> 'reason', facts ->> 'opinion' FROM notice"
    )
    assert told.fetchall() == [("closed", None)]  # A2: each reader has it in their own words


def test_each_end_is_audited(standing: Standing) -> None:
    standing.make_listing(status="to_dispose", until_on=DAY)
    standing.make_listing("demand", until_on=DAY)
    notice_period.run(standing.exchange, OVER)
    actions = {row[0] for row in standing.conn.execute(
        "SELECT action FROM audit_entry WHERE actor = 'system:exchange'")}  # fmt: skip
    assert actions == {"listing.notice_over", "listing.delisted"}


def on_local(standing: Standing) -> list[int]:
    rows = standing.conn.execute("SELECT id FROM listing WHERE on_local ORDER BY id")
    return [key for (key,) in rows]


def test_what_was_settled_stays_on_the_local_tab_as_long_as_is_configured(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:  # E1
    now, day = OVER, timedelta(days=1)
    old = standing.make_listing(state="settled", closed_at=now - 91 * day)
    last = standing.make_listing("demand", state="settled", closed_at=now - 90 * day)
    live = standing.make_listing(listed_at=now - 400 * day)
    pushed = standing.make_listing("share", origin="linked", state="settled", closed_at=now)
    standing.make_listing(origin="foreign", state="settled", closed_at=now)
    assert on_local(standing) == [old, last, live, pushed]
    assert notice_period.retire(standing.exchange, now) == 1
    assert on_local(standing) == [last, live, pushed]
    monkeypatch.setenv("PANHUO_SETTLED_DAYS", "7")
    assert notice_period.retire(standing.exchange, now) == 1
    assert on_local(standing) == [live, pushed]
    monkeypatch.setenv("PANHUO_SETTLED_DAYS", "365")  # shown again, as if it had never been less
    assert notice_period.retire(standing.exchange, now) == 2
    assert on_local(standing) == [old, last, live, pushed]
    assert notice_period.retire(standing.exchange, now) == 0
