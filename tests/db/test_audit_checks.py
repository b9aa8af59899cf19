"""J1: the chain is verified in slices that go on from the last verified entry, and miss nothing."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from db import Connection, audit, audit_checks, scalar, single_connection
from db.audit import Break
from db.audit_checks import Check
from db.roles import DatabaseRole
from tests.fixtures.database import Copy

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def portal(database: Copy) -> Iterator[Connection]:
    """As the portal connects, to a database of the test's own."""
    with single_connection(database.url(DatabaseRole.PORTAL), autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(database: Copy) -> Iterator[Connection]:
    """Whoever can get past the triggers."""
    with single_connection(database.url(), autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        yield connection


def write(conn: Connection, count: int) -> None:
    for number in range(count):
        audit.record(conn, "clerk", "card_change.drafted", f"card_change:{number}", n=number)


def whole(conn: Connection) -> tuple[Break, ...]:
    """As `panhuo audit verify` finds it."""
    with conn.transaction():
        return audit.verify(audit.entries(conn), audit.head(conn)).breaks


def ended(conn: Connection) -> Check:
    """Begun, and gone on with to its end."""
    audit_checks.begin(conn, "auditor", NOW)
    return gone_on(conn)


def gone_on(conn: Connection, seconds: float = 10) -> Check:
    check = audit_checks.advance(conn, "auditor", NOW, seconds=seconds)
    assert check is not None
    return check


def test_next_verification_goes_on_where_the_last_one_ended(portal: Connection) -> None:
    write(portal, 25)
    first = ended(portal)
    assert (first.start_id, first.at_id, first.entries, first.breaks) == (0, 25, 25, 0)
    write(portal, 4)  # and the note of the first verification
    second = ended(portal)
    assert (second.start_id, second.at_id, second.entries, second.breaks) == (25, 30, 5, 0)
    noted = "SELECT facts ->> 'head' FROM audit_entry WHERE action = 'audit.verified' ORDER BY id DESC LIMIT 1"
    assert scalar(portal, noted) == second.at_hash.hex()


def test_slice_ends_in_time_and_the_next_one_goes_on(
    portal: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_checks, "READ_AT_ONCE", 10)
    write(portal, 25)
    audit_checks.begin(portal, "auditor", NOW)
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    seen = []
    while not (check := gone_on(portal, seconds=2)).ended_at:
        seen.append((check.at_id, round(check.share, 2)))
        write(portal, 1)  # what comes meanwhile is the next verification's
        audit_checks.begin(portal, "somebody else", NOW)  # joins this one
    assert seen == [(10, 0.4), (20, 0.8)]
    assert (check.at_id, check.target_id, check.actor, check.breaks) == (25, 25, "auditor", 0)


def test_two_at_once_do_not_wait_for_each_other(database: Copy, portal: Connection) -> None:
    write(portal, 5)
    audit_checks.begin(portal, "auditor", NOW)
    with single_connection(database.url(DatabaseRole.PORTAL)) as other:
        other.execute("SET LOCAL lock_timeout = '2s'")
        with portal.transaction():
            assert gone_on(portal).ended_at
            seen = audit_checks.advance(other, "second", NOW)
            assert seen is not None
            assert (seen.at_id, seen.ended_at) == (0, None)


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE id = 8", Break(8, "changed")),
        ("DELETE FROM audit_entry WHERE id = 8", Break(8, "missing")),
        ("DELETE FROM audit_entry WHERE id > 8", Break(9, "missing")),
        ("UPDATE audit_entry SET hash = sha256('x') WHERE id = 5", Break(6, "unlinked")),
    ],
)
def test_what_was_done_to_new_entries_is_found(
    portal: Connection, owner: Connection, attack: str, found: Break
) -> None:
    write(portal, 4)
    ended(portal)
    write(portal, 6)
    owner.execute(attack)
    audit_checks.begin(portal, "auditor", NOW)
    check = gone_on(portal)
    assert check.ended_at
    assert found in check.named
    assert check.breaks == len(check.named)


def test_log_written_anew_does_not_fit_the_point_that_was_kept(
    portal: Connection, owner: Connection
) -> None:
    write(portal, 6)
    ended(portal)
    owner.execute("DELETE FROM audit_entry")
    owner.execute("UPDATE audit_head SET id = 0, hash = decode(repeat('00', 32), 'hex')")
    write(portal, 3)
    assert whole(portal) == ()
    assert ended(portal).named == (Break(4, "missing"),)  # cut below the kept point
    owner.execute("DELETE FROM audit_check WHERE breaks > 0")
    write(portal, 6)
    assert Break(7, "unlinked") in ended(portal).named


def test_after_a_break_everything_is_verified_again(portal: Connection, owner: Connection) -> None:
    write(portal, 5)
    owner.execute("UPDATE audit_entry SET subject = 'x' WHERE id = 2")
    assert ended(portal).breaks == 1
    write(portal, 5)
    again = ended(portal)
    assert (again.start_id, again.named) == (0, (Break(2, "changed"),))


def test_older_entries_are_seen_only_by_whole_verification(
    portal: Connection, owner: Connection
) -> None:
    """Why `panhuo audit verify` stays, and the page offers to begin with the first entry."""
    write(portal, 5)
    ended(portal)
    owner.execute("UPDATE audit_entry SET subject = 'x' WHERE id = 2")
    assert ended(portal).breaks == 0
    audit_checks.begin_anew(portal, "auditor", NOW)
    assert gone_on(portal).named == (Break(2, "changed"),)
    assert whole(portal) == (Break(2, "changed"),)


def test_many_breaks_are_counted_and_the_first_ones_named(
    portal: Connection, owner: Connection
) -> None:
    write(portal, 50)
    owner.execute("UPDATE audit_entry SET subject = 'x'")
    check = ended(portal)
    assert (check.breaks, len(check.named)) == (50, audit_checks.NAMED)
