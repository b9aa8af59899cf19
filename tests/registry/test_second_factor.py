"""The second factor: RFC 6238's codes, each opening once; recovery codes; guessing slowed (J1)."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from db import Connection, Refused, scalar
from registry.org import (
    CodeAsked,
    User,
    known_devices,
    second_factor,
    sign_in,
    sign_in_with_code,
    throttle,
)
from registry.org.second_factor import STEP_S, code_at, matching_step, step_of
from registry.org.throttle import LIMITS, Kind
from tests.registry.conftest import PASSWORD, Person, Within

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = Fernet.generate_key()
STEP = timedelta(seconds=STEP_S)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    step = step_of(datetime.fromtimestamp(seconds, UTC))
    assert code_at(b"12345678901234567890", step, digits=8) == code


@pytest.mark.parametrize(
    ("off", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clock_may_be_one_step_off(off: int, opens: bool) -> None:
    code = code_at(b"x" * 20, step_of(NOW) + off)
    assert (matching_step(b"x" * 20, code, NOW, 0) is not None) is opens


def test_address_is_what_authenticators_read() -> None:
    address = second_factor.address(b"12345678901234567890", "clerk")
    assert (
        address
        == "otpauth://totp/panhuo%3Aclerk?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=panhuo&digits=6&period=30"
    )


@pytest.fixture
def clerk(conn: Connection, person: Person) -> User:
    return person("clerk")


def turn_on(conn: Connection, who: User, now: datetime = NOW) -> tuple[bytes, list[str]]:
    secret = second_factor.begin(conn, who, KEY)
    codes, _epoch = second_factor.confirm(conn, who, code_at(secret, step_of(now)), KEY, now)
    return secret, codes


def asked(conn: Connection, now: datetime = NOW) -> CodeAsked:
    result = sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", now)
    assert isinstance(result, CodeAsked)
    return result


def give(conn: Connection, code: str, now: datetime) -> User | Refused:
    return sign_in_with_code(conn, asked(conn, now), code, "10.0.0.1", now, KEY)


def test_secret_is_kept_encrypted(conn: Connection, clerk: User) -> None:
    secret, _codes = turn_on(conn, clerk)
    kept = scalar(conn, "SELECT totp_secret FROM app_user WHERE login = 'clerk'")
    assert isinstance(kept, bytes)
    assert secret not in kept
    assert Fernet(KEY).decrypt(kept) == secret


def test_it_is_on_only_after_a_right_code(conn: Connection, clerk: User) -> None:
    second_factor.begin(conn, clerk, KEY)
    with pytest.raises(Refused, match=r"second_factor\.code_wrong"):
        second_factor.confirm(conn, clerk, "000000", KEY, NOW)
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW), User)


def test_code_opens_once(conn: Connection, clerk: User) -> None:
    secret, _codes = turn_on(conn, clerk)
    later = NOW + 4 * STEP
    code = code_at(secret, step_of(later))
    assert isinstance(give(conn, code, later), User)
    again = give(conn, code, later)
    assert isinstance(again, Refused)
    assert again.code == "second_factor.code_wrong"


def test_code_that_turned_it_on_does_not_open(conn: Connection, clerk: User) -> None:
    secret, _codes = turn_on(conn, clerk)
    assert isinstance(give(conn, code_at(secret, step_of(NOW)), NOW), Refused)


def test_recovery_code_opens_once_and_is_kept_hashed(conn: Connection, clerk: User) -> None:
    _secret, codes = turn_on(conn, clerk)
    assert len(set(codes)) == 10
    assert isinstance(give(conn, codes[3].upper(), NOW), User)
    assert isinstance(give(conn, codes[3], NOW), Refused)
    assert second_factor.codes_left(conn, clerk.id) == 9
    kept = scalar(conn, "SELECT string_agg(hash::text, ' ') FROM recovery_code")
    assert codes[0].replace("-", "") not in str(kept)


def test_new_codes_end_the_old_ones(conn: Connection, clerk: User) -> None:
    _secret, old = turn_on(conn, clerk)
    fresh = second_factor.new_codes(conn, clerk)
    assert isinstance(give(conn, old[0], NOW), Refused)
    assert isinstance(give(conn, fresh[0], NOW), User)


def test_guessing_codes_is_slowed_though_the_password_is_right_each_time(
    conn: Connection, clerk: User
) -> None:
    turn_on(conn, clerk)
    free = LIMITS[Kind.CODE_FROM_ADDRESS].free
    first = asked(conn)
    for number in range(free - 1):
        throttle.count(conn, throttle.of_code("clerk", "10.0.0.1", None), NOW)
        if number == 1:
            first = asked(conn)  # the right password gives no code's try back
    said = sign_in_with_code(conn, first, "000000", "10.0.0.1", NOW, KEY)
    assert isinstance(said, Refused)
    assert said.code == "org.sign_in_locked"
    elsewhere = sign_in_with_code(conn, first, "000000", "10.0.0.2", NOW, KEY)
    assert isinstance(elsewhere, Refused)
    assert elsewhere.code == "second_factor.code_wrong"


def test_a_known_device_gives_its_code_while_others_guess(conn: Connection, clerk: User) -> None:
    _secret, codes = turn_on(conn, clerk)
    token = known_devices.remember(conn, clerk.id, "", NOW)
    for number in range(LIMITS[Kind.CODE].free):
        throttle.count(conn, throttle.of_code("clerk", f"203.0.113.{number}", None), NOW)
    first = asked(conn)
    strange = sign_in_with_code(conn, first, codes[0], "10.0.0.1", NOW, KEY)
    assert isinstance(strange, Refused)
    assert isinstance(
        sign_in_with_code(conn, first, codes[0], "10.0.0.1", NOW, KEY, device=token), User
    )


def test_first_step_counts_no_more_after_the_password_changed(
    conn: Connection, clerk: User
) -> None:
    secret, _codes = turn_on(conn, clerk)
    first = asked(conn)
    conn.execute("UPDATE app_user SET session_epoch = session_epoch + 1")
    later = NOW + 4 * STEP
    result = sign_in_with_code(conn, first, code_at(secret, step_of(later)), "a", later, KEY)
    assert isinstance(result, Refused)
    assert result.code == "org.sign_in_again"


def test_lost_key_leaves_the_recovery_codes(conn: Connection, clerk: User) -> None:
    _secret, codes = turn_on(conn, clerk)
    other = Fernet.generate_key()
    assert isinstance(sign_in_with_code(conn, asked(conn), codes[0], "a", NOW, other), User)


def test_turning_on_and_off_is_audited_and_asks_no_more(conn: Connection, clerk: User) -> None:
    turn_on(conn, clerk)
    second_factor.turn_off(conn, "clerk", clerk.id)
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "10.0.0.1", NOW), User)
    noted = conn.execute(
        "SELECT action FROM audit_entry WHERE action LIKE '%%second_factor%%' ORDER BY id"
    ).fetchall()
    assert noted == [("user.second_factor_on",), ("user.second_factor_off",)]
    assert second_factor.codes_left(conn, clerk.id) == 0
