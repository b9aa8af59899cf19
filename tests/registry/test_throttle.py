"""Guessing is slowed by account and address; whoever guesses locks nobody else out (J1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from db import Connection, Refused, scalar
from registry.org import hashing, known_devices, set_password, throttle
from registry.org.throttle import LIMITS, Kind, Subject, Try, block, drained
from tests.registry.conftest import HASH, Organisation

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FREE = LIMITS[Kind.LOGIN_FROM_ADDRESS].free
HERE, THERE = "10.0.0.1", "198.51.100.7"
pytestmark = pytest.mark.usefixtures("organisation")


def guess(
    conn: Connection,
    login: str,
    address: str,
    times: int = 1,
    now: datetime = NOW,
    device: bytes | None = None,
) -> list[Try | Refused]:
    return [
        throttle.count(conn, throttle.of_password(login, address, device), now)
        for _each in range(times)
    ]


def may(
    conn: Connection, login: str, address: str, device: bytes | None = None, now: datetime = NOW
) -> bool:
    return isinstance(guess(conn, login, address, 1, now, device)[0], Try)


def from_everywhere(conn: Connection, login: str, times: int) -> None:
    """A guess each from as many addresses."""
    for number in range(times):
        guess(conn, login, f"203.0.113.{number}")


def test_who_guesses_is_blocked_and_the_victim_elsewhere_is_not(conn: Connection) -> None:
    guess(conn, "clerk", THERE, FREE)
    assert not may(conn, "clerk", THERE)
    assert may(conn, "clerk", HERE)
    assert may(conn, "colleague", THERE)


def test_an_ipv6_network_counts_as_one_address(conn: Connection) -> None:
    """Whoever has a /64 has 18 trillion million addresses."""
    for number in range(40):
        guess(conn, "clerk", f"2001:db8::{number:x}")
    assert not may(conn, "clerk", "2001:db8::ffff")
    assert may(conn, "clerk", "2001:db8:0:1::1")
    assert may(conn, "clerk", HERE)


def test_an_ipv4_address_is_one_however_it_is_written(conn: Connection) -> None:
    guess(conn, "clerk", HERE, FREE)
    assert not may(conn, "clerk", f"::ffff:{HERE}")


def test_unlocking_an_address_lets_its_other_logins_try(conn: Connection) -> None:
    for where in (HERE, THERE):
        guess(conn, "colleague", where, FREE)
    for number in range(LIMITS[Kind.ADDRESS].free):
        guess(conn, f"invented-{number}", THERE)
    assert not may(conn, "clerk", THERE)
    throttle.unlock_address(conn, "system:test", THERE)
    assert may(conn, "clerk", THERE)
    assert may(conn, "colleague", THERE)  # what was guessed of one login from there
    assert not may(conn, "colleague", HERE)


@pytest.mark.parametrize("typed", ["", "office", "10.0.0.0/8", "10.0.0.1:443", "2001:db8::/64"])
def test_what_is_no_address_is_not_unlocked(conn: Connection, typed: str) -> None:
    with pytest.raises(Refused, match=r"org\.address"):
        throttle.unlock_address(conn, "system:test", typed)


def test_a_planted_device_is_not_known_once_somebody_else_has_signed_in(
    conn: Connection, organisation: Organisation
) -> None:
    planted = known_devices.remember(conn, organisation.users["colleague"], "", NOW)
    fresh = known_devices.remember(conn, organisation.users["clerk"], planted, NOW)
    assert known_devices.find(conn, "clerk", planted, NOW) is None
    assert known_devices.find(conn, "colleague", planted, NOW) is None
    assert known_devices.find(conn, "colleague", fresh, NOW) is not None


def test_guesses_from_everywhere_block_an_unknown_device_but_not_a_known_one(
    conn: Connection, organisation: Organisation
) -> None:
    token = known_devices.remember(conn, organisation.users["clerk"], "", NOW)
    from_everywhere(conn, "clerk", LIMITS[Kind.LOGIN].free)
    assert not may(conn, "clerk", HERE)
    device = known_devices.find(conn, "clerk", token, NOW)
    assert device is not None
    assert may(conn, "clerk", HERE, device)
    assert may(conn, "colleague", HERE)


def test_a_hundred_guesses_of_one_address_never_reach_the_account(conn: Connection) -> None:
    now = NOW
    for _each in range(100):
        tried = guess(conn, "clerk", THERE, 1, now)[0]
        assert isinstance(tried, Try)
        now = max(tried.until or now, now + timedelta(seconds=1))
    assert now - NOW > timedelta(hours=60)
    assert may(conn, "clerk", HERE, now=now)


def test_an_address_that_tries_many_logins_is_slowed_and_its_known_devices_are_not(
    conn: Connection, organisation: Organisation
) -> None:
    token = known_devices.remember(conn, organisation.users["clerk"], "", NOW)
    for number in range(LIMITS[Kind.ADDRESS].free):
        guess(conn, f"invented{number}", HERE)
    assert not may(conn, "reviewer", HERE)
    assert may(conn, "reviewer", HERE, now=NOW + LIMITS[Kind.ADDRESS].longest)
    assert may(conn, "clerk", HERE, known_devices.find(conn, "clerk", token, NOW))


def test_a_known_device_is_slowed_too(conn: Connection, organisation: Organisation) -> None:
    token = known_devices.remember(conn, organisation.users["clerk"], "", NOW)
    device = known_devices.find(conn, "clerk", token, NOW)
    guess(conn, "clerk", HERE, LIMITS[Kind.DEVICE].free, device=device)
    assert not may(conn, "clerk", HERE, device)


def test_a_device_is_known_for_its_user_only_until_another_password_or_half_a_year(
    conn: Connection, organisation: Organisation
) -> None:
    clerk = organisation.users["clerk"]
    token = known_devices.remember(conn, clerk, "made up by a browser", NOW)
    assert token != "made up by a browser"
    token = known_devices.remember(conn, clerk, token, NOW)  # a new one at each sign-in
    assert known_devices.find(conn, "colleague", token, NOW) is None
    assert known_devices.find(conn, "clerk", token, NOW + known_devices.KEPT) is None
    assert known_devices.find(conn, "clerk", token, NOW) is not None
    set_password(conn, "admin", "clerk", HASH)
    assert known_devices.find(conn, "clerk", token, NOW) is None


def test_the_eleventh_device_ends_the_oldest(conn: Connection, organisation: Organisation) -> None:
    tokens = [
        known_devices.remember(
            conn, organisation.users["clerk"], "", NOW + timedelta(minutes=number)
        )
        for number in range(known_devices.MOST + 1)
    ]
    known = [known_devices.find(conn, "clerk", token, NOW) is not None for token in tokens]
    assert known == [False] + [True] * known_devices.MOST


@pytest.mark.parametrize("kind", list(Kind))
def test_blocks_double_up_to_the_longest_and_failures_drain_away(kind: Kind) -> None:
    limit = LIMITS[kind]
    assert block(limit.free - 1, limit) is None
    assert block(limit.free, limit) == limit.first
    assert block(limit.free + 1, limit) == min(limit.first * 2, limit.longest)
    assert block(limit.free + 100, limit) == limit.longest
    assert drained(limit.free, limit.drain * limit.free, limit) == 0


def test_known_and_unknown_logins_are_answered_alike_with_the_same_until(conn: Connection) -> None:
    def said(login: str, address: str) -> list[object]:
        return [
            str(tried) if isinstance(tried, Refused) else tried.until
            for tried in guess(conn, login, address, FREE + 3)
        ]

    assert said("clerk", "192.0.2.1") == said("nobody", "192.0.2.2") == said("词" * 64, "192.0.2.3")


def test_what_is_refused_leaves_no_row(conn: Connection) -> None:
    for number in range(LIMITS[Kind.ADDRESS].free):
        guess(conn, f"invented{number}", HERE)
    before = scalar(conn, "SELECT count(*) FROM sign_in_throttle")
    for number in range(100, 200):
        guess(conn, f"invented{number}", HERE)
    assert scalar(conn, "SELECT count(*) FROM sign_in_throttle") == before


def test_a_flood_of_invented_names_is_gone_when_it_has_drained(conn: Connection) -> None:
    for number in range(50):
        guess(conn, f"invented{number}", HERE)
    names = scalar(conn, "SELECT string_agg(t::text, '') FROM sign_in_throttle AS t")
    assert "invented" not in str(names)
    later = NOW + timedelta(hours=2)
    for number in range(15):  # each try takes ten old rows along
        guess(conn, f"other{number}", THERE, now=later)
    old = scalar(conn, "SELECT count(*) FROM sign_in_throttle WHERE counted_at = %(now)s", now=NOW)
    assert old == 0


@pytest.mark.parametrize(
    ("end", "left"), [(throttle.give_back, FREE - 1), (throttle.succeeded, FREE)]
)
def test_a_right_try_counts_as_none_and_a_whole_sign_in_forgets_those_before(
    conn: Connection, end: Callable[[Connection, Try], None], left: int
) -> None:
    guess(conn, "clerk", HERE)
    right = guess(conn, "clerk", HERE)[0]
    assert isinstance(right, Try)
    end(conn, right)
    answers = guess(conn, "clerk", HERE, FREE + 1)
    assert [isinstance(each, Try) for each in answers].count(True) == left


def test_a_sign_in_of_ones_own_clears_no_address(conn: Connection) -> None:
    free = LIMITS[Kind.ADDRESS].free
    for number in range(free - 1):
        guess(conn, f"invented{number}", HERE)
    own = guess(conn, "colleague", HERE)[0]
    assert isinstance(own, Try)
    throttle.succeeded(conn, own)
    guess(conn, "clerk", HERE)
    assert not may(conn, "reviewer", HERE)


def test_unlocking_forgets_a_login_everywhere_and_is_audited(conn: Connection) -> None:
    guess(conn, "clerk", HERE, FREE)
    from_everywhere(conn, "clerk", LIMITS[Kind.LOGIN].free)
    code: tuple[Subject, ...] = throttle.of_code("clerk", HERE, None)
    for _each in range(FREE):
        throttle.count(conn, code, NOW)
    throttle.unlock_user(conn, "admin", "clerk", "req-1")
    assert may(conn, "clerk", HERE)
    assert isinstance(throttle.count(conn, code, NOW), Try)
    noted = scalar(
        conn, "SELECT subject FROM audit_entry WHERE action = 'user.unlocked' AND actor = 'admin'"
    )
    assert noted == "user:clerk"


def test_the_moment_that_is_said_is_never_too_early(conn: Connection) -> None:
    late = NOW + timedelta(seconds=20)
    guess(conn, "clerk", HERE, FREE, late)
    said = guess(conn, "clerk", HERE, 1, late)[0]
    assert isinstance(said, Refused)
    assert said.facts["until"] == NOW + timedelta(minutes=2)


def test_hashing_takes_rfc_9106s_second_recommendation() -> None:
    assert HASH.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not hashing.outdated(HASH)
