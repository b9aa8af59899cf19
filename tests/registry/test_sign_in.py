"""Signing in: right password, slowed guessing, no hint of who exists, all audited."""

from datetime import UTC, datetime, timedelta

import pytest

from db import Connection, Refused, scalar
from registry.org import (
    Permission,
    Role,
    User,
    UserType,
    add_user,
    hashing,
    passwords,
    set_active,
    set_password,
    sign_in,
)
from registry.org.sign_in import ADDRESS_TRIES, FREE_TRIES, LONGEST_LOCK, CodeAsked, lock_after
from tests.registry.conftest import HASH, PASSWORD, Organisation, Within

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("organisation")


def code(result: User | CodeAsked | Refused) -> str:
    assert isinstance(result, Refused)
    return result.code


def fail(conn: Connection, times: int, login: str = "clerk", now: datetime = NOW) -> str:
    last = ""
    for _try in range(times):
        last = code(sign_in(Within(conn), login, "wrong", "10.0.0.1", now))
    return last


def test_right_password_gives_the_user_and_their_roles(
    conn: Connection, organisation: Organisation
) -> None:
    result = sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    assert isinstance(result, User)
    assert (result.id, result.unit_name) == (organisation.users["clerk"], "图书馆")


def test_unknown_login_is_answered_like_a_wrong_password(conn: Connection) -> None:
    assert [fail(conn, 1, "nobody") for _try in range(FREE_TRIES)] == [
        fail(conn, 1, "clerk") for _try in range(FREE_TRIES)
    ]


def test_login_is_locked_after_some_wrong_tries_even_for_the_right_password(
    conn: Connection,
) -> None:
    assert fail(conn, FREE_TRIES) == "org.sign_in_locked"
    assert code(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.2", NOW)) == "org.sign_in_locked"
    later = NOW + timedelta(minutes=2)
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.2", later), User)


def test_lock_doubles_with_every_further_failure_up_to_an_hour() -> None:
    locks = [lock_after(failed, NOW) for failed in range(FREE_TRIES - 1, FREE_TRIES + 12)]
    lengths = [lock - NOW for lock in locks if lock]
    assert locks[0] is None
    assert lengths[:4] == [timedelta(minutes=m) for m in (1, 2, 4, 8)]
    assert lengths[-1] == LONGEST_LOCK


def test_success_forgets_the_failures(conn: Connection) -> None:
    fail(conn, FREE_TRIES - 1)
    sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    assert fail(conn, FREE_TRIES - 1) == "org.sign_in_wrong"


def test_one_address_can_not_try_many_logins(conn: Connection) -> None:
    conn.execute(
        "INSERT INTO login_try (subject, at) SELECT 'address:10.0.0.9', %(now)s "
        "FROM generate_series(1, %(n)s)",
        {"now": NOW, "n": ADDRESS_TRIES},
    )
    assert code(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.9", NOW)) == "org.sign_in_locked"
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.8", NOW), User)


def test_deactivated_user_is_answered_like_a_wrong_password(conn: Connection) -> None:
    set_active(conn, "admin", "clerk", active=False)
    assert code(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)) == "org.sign_in_wrong"


@pytest.mark.parametrize(("password", "action"), [(PASSWORD, "signed_in"), ("x", "sign_in_failed")])
def test_every_try_is_audited(conn: Connection, password: str, action: str) -> None:
    sign_in(Within(conn), "clerk", password, "10.0.0.1", NOW, "req-7")
    noted = scalar(
        conn,
        "SELECT count(*) FROM audit_entry WHERE action = %(action)s AND request = 'req-7'",
        action=f"user.{action}",
    )
    assert noted == 1


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short", "org.password_short"),
        ("x" * 201, "org.password_long"),
        ("1qaz2wsx3edc", "org.password_common"),
        ("aaaaaaaaaaaa", "org.password_common"),
        ("clerk-2026!", "org.password_says_login"),
    ],
)
def test_weak_password_is_refused_with_its_rule(password: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.hashed("clerk", password)
    assert refused.value.code == rule
    assert refused.value.facts["field"] == "password"


def test_new_password_ends_every_session(conn: Connection) -> None:
    before = sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    set_password(conn, "admin", "clerk", hashing.hashed("another-good-1"))
    after = sign_in(Within(conn), "clerk", "another-good-1", "10.0.0.1", NOW)
    assert isinstance(before, User)
    assert isinstance(after, User)
    assert after.session_epoch > before.session_epoch


def test_added_user_signs_in_and_a_taken_login_is_refused(
    conn: Connection, organisation: Organisation
) -> None:
    def add() -> int:
        return add_user(
            conn,
            "admin",
            login="counter",
            name="符海燕",
            type=UserType.BUDGET_UNIT,
            unit_id=organisation.units["图书馆"],
            roles=[Role.STOCKTAKER],
            password_hash=HASH,
        )

    add()
    signed_in = sign_in(Within(conn), "counter", PASSWORD, "10.0.0.1", NOW)
    assert isinstance(signed_in, User)
    assert signed_in.may(Permission.STOCKTAKE_VIEW)
    assert not signed_in.may(Permission.SUGGESTION_DECIDE)
    with pytest.raises(Refused) as refused:
        add()
    assert refused.value.code == "org.login_taken"
