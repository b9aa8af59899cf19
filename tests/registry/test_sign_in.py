"""Signing in: right password, slowed guessing, no hint of who exists, all audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from db import Connection, Refused, scalar
from registry.org import (
    Permission,
    Role,
    User,
    UserType,
    add_user,
    check_password,
    hashing,
    known_devices,
    passwords,
    set_active,
    set_password,
    sign_in,
    throttle,
    user,
)
from registry.org.sign_in import CodeAsked
from registry.org.throttle import LIMITS, Kind
from tests.registry.conftest import HASH, PASSWORD, Organisation, Within

FREE = LIMITS[Kind.LOGIN_FROM_ADDRESS].free
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


@pytest.mark.parametrize("login", ["nobody", "clerk", "clerk2", "reviewer"])
def test_every_login_is_answered_alike_after_one_hash(conn: Connection, login: str) -> None:
    set_active(conn, "admin", "clerk2", active=False)
    conn.execute("UPDATE app_user SET type = '005' WHERE login = 'reviewer'")
    password = "wrong" if login == "clerk" else PASSWORD
    before = hashing.TURNS.facts.done
    said = sign_in(Within(conn), login, password, "10.0.0.1", NOW)
    assert isinstance(said, Refused)
    assert (said.code, said.facts) == ("org.sign_in_wrong", {})
    assert hashing.TURNS.facts.done == before + 1


def test_a_blocked_login_costs_no_hash_and_the_right_password_opens_nothing(
    conn: Connection,
) -> None:
    for _each in range(FREE):
        throttle.count(conn, throttle.of_password("clerk", "10.0.0.1", None), NOW)
    before = hashing.TURNS.facts.done
    assert code(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)) == "org.sign_in_locked"
    assert hashing.TURNS.facts.done == before
    later = NOW + timedelta(minutes=2)
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", later), User)


def test_the_last_free_guess_is_told_that_no_other_is_due(conn: Connection) -> None:
    for _each in range(FREE - 1):
        throttle.count(conn, throttle.of_password("clerk", "10.0.0.1", None), NOW)
    assert fail(conn, 1) == "org.sign_in_locked"


def test_what_can_be_no_login_is_not_noted(conn: Connection) -> None:
    sign_in(Within(conn), "My secret Passw0rd", "x", "10.0.0.1", NOW, "req-9")
    noted = scalar(conn, "SELECT subject FROM audit_entry WHERE request = 'req-9'")
    assert noted == "user:-"


def test_a_password_that_changed_meanwhile_opens_nothing(conn: Connection) -> None:
    class Changing(Within):
        """Somebody gives another password while the old one is hashed."""

        @contextmanager
        def transaction(self, name: str) -> Iterator[Connection]:
            if name == "sign in":
                set_password(self.conn, "admin", "clerk", HASH)
            yield self.conn

    said = sign_in(Changing(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    assert code(said) == "org.sign_in_again"


def test_a_temporary_password_expires_and_only_who_has_it_is_told(conn: Connection) -> None:
    set_password(conn, "admin", "clerk", HASH, expires=NOW)
    assert code(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)) == "org.password_expired"
    assert code(sign_in(Within(conn), "clerk", "wrong", "10.0.0.1", NOW)) == "org.sign_in_wrong"
    before = NOW - timedelta(seconds=1)
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", before), User)


def test_a_device_that_is_known_signs_in_while_others_lock_the_login(
    conn: Connection, organisation: Organisation
) -> None:
    token = known_devices.remember(conn, organisation.users["clerk"], "", NOW)
    for number in range(LIMITS[Kind.LOGIN].free):
        throttle.count(conn, throttle.of_password("clerk", f"203.0.113.{number}", None), NOW)
    strange = sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    assert code(strange) == "org.sign_in_locked"
    own = sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW, device=token)
    assert isinstance(own, User)


def test_asking_the_password_again_is_slowed_by_no_stranger(
    conn: Connection, organisation: Organisation
) -> None:
    who = user(conn, organisation.users["clerk"])
    assert who is not None
    for _each in range(FREE):
        throttle.count(conn, throttle.of_password("clerk", "10.0.0.1", None), NOW)
    assert check_password(Within(conn), who, PASSWORD, "10.0.0.1", NOW) is None
    for _each in range(FREE):
        throttle.count(conn, throttle.of_own_password("clerk"), NOW)
    said = check_password(Within(conn), who, PASSWORD, "10.0.0.1", NOW)
    assert said is not None
    assert said.code == "org.sign_in_locked"


def test_success_forgets_the_failures(conn: Connection) -> None:
    fail(conn, 2)
    sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW)
    rows = scalar(conn, "SELECT count(*) FROM sign_in_throttle WHERE kind = 'login_from_address'")
    assert rows == 0


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
