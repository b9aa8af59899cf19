"""Guessing is slowed: failures are counted by what is guessed and from where (J1).

A try is counted before it is checked and given back when it was right, so that many tries at the
same time are no more than as many one after another. Names that nobody bears are counted like
those of people: nothing here knows who exists. Failures drain away, and a row with them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Database, Refused, audit, scalar


class Kind(StrEnum):
    """What failures are counted of."""

    LOGIN_FROM_ADDRESS = "login_from_address"
    LOGIN = "login"  # from everywhere but known devices
    ADDRESS = "address"  # whatever the logins
    DEVICE = "device"  # one user's known device, wherever it is
    CODE_FROM_ADDRESS = "code_from_address"  # the second factor
    CODE = "code"
    CODE_ON_DEVICE = "code_on_device"
    OWN_PASSWORD = "own_password"  # noqa: S105  # asked again of who is signed in
    TOKEN = "token"  # noqa: S105  # of the API, by address


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures, then a block of `first`, twice as long each time up to `longest`.

    One failure drains away in `drain`. A success forgets those of a `personal` kind; of the others
    it takes its own back only, so that nobody clears the way with a login of their own.
    """

    free: int
    first: timedelta
    longest: timedelta
    drain: timedelta
    personal: bool


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_TEN_S, _TEN_MINUTES = timedelta(seconds=10), timedelta(minutes=10)
LIMITS: Final = {
    #                             free  first     longest       drain         personal
    Kind.LOGIN_FROM_ADDRESS: Limit(5, _MINUTE, _HOUR, _HOUR, True),
    Kind.LOGIN: Limit(30, _MINUTE, _TEN_MINUTES, _TEN_MINUTES, False),
    Kind.ADDRESS: Limit(60, _MINUTE, _MINUTE, _TEN_S, False),
    Kind.DEVICE: Limit(10, _MINUTE, _HOUR, _HOUR, True),
    Kind.CODE_FROM_ADDRESS: Limit(5, _MINUTE, _HOUR, _HOUR, True),
    Kind.CODE: Limit(10, _MINUTE, _HOUR, _HOUR, False),
    Kind.CODE_ON_DEVICE: Limit(10, _MINUTE, _HOUR, _HOUR, True),
    Kind.OWN_PASSWORD: Limit(5, _MINUTE, _HOUR, _HOUR, True),
    Kind.TOKEN: Limit(30, _MINUTE, _MINUTE, _TEN_S, False),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What one try is counted of; `account`, `origin`: hashes of login and address, if of one."""

    kind: Kind
    key: bytes
    account: bytes | None = None
    origin: bytes | None = None


def _digest(*parts: bytes) -> bytes:
    """SHA-256 over parts with their lengths: no part says another's end."""
    return hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).digest()


def account_of(login: str) -> bytes:
    """What stands for a login, typed or real. The lists of people compute the same in SQL."""
    return hashlib.sha256(f"login:{login}".encode()).digest()


def origin_of(address: str) -> str:
    """What somebody who guesses can't change at will: an IPv4 address, the /64 of an IPv6 one."""
    try:
        one = ip_address(address)
    except ValueError:
        return address
    if isinstance(one, IPv4Address):
        return str(one)
    return str(one.ipv4_mapped or ip_network((one, 64), strict=False))


def _origin(address: str) -> bytes:
    return hashlib.sha256(f"address:{origin_of(address)}".encode()).digest()


def _of_login(kind: Kind, login: str, *parts: bytes) -> Subject:
    account = account_of(login)
    return Subject(kind, _digest(kind.encode(), account, *parts), account)


def _of_address(kind: Kind, address: str) -> Subject:
    origin = _origin(address)
    return Subject(kind, _digest(kind.encode(), origin), None, origin)


def _of_both(kind: Kind, login: str, address: str) -> Subject:
    account, origin = account_of(login), _origin(address)
    return Subject(kind, _digest(kind.encode(), account, origin), account, origin)


def of_password(login: str, address: str, device: bytes | None) -> tuple[Subject, ...]:
    """Of a password at the door; `device`: the hash of the token of a device known for `login`."""
    if device is not None:
        return (_of_login(Kind.DEVICE, login, device),)
    return (
        _of_both(Kind.LOGIN_FROM_ADDRESS, login, address),
        _of_login(Kind.LOGIN, login),
        _of_address(Kind.ADDRESS, address),
    )


def of_code(login: str, address: str, device: bytes | None) -> tuple[Subject, ...]:
    """Of the second factor's code, which is asked only of who knows the password."""
    if device is not None:
        return (_of_login(Kind.CODE_ON_DEVICE, login, device),)
    return (
        _of_both(Kind.CODE_FROM_ADDRESS, login, address),
        _of_login(Kind.CODE, login),
    )


def of_own_password(login: str) -> tuple[Subject, ...]:
    """Of the password asked again: only who is signed in as `login` can spend these tries."""
    return (_of_login(Kind.OWN_PASSWORD, login),)


def of_token(address: str) -> tuple[Subject, ...]:
    """Of a token that opens nothing."""
    return (_of_address(Kind.TOKEN, address),)


def drained(failures: float, since: timedelta, limit: Limit) -> float:
    """What is left of failures after a while."""
    return max(0.0, failures - since / limit.drain)


def block(failures: float, limit: Limit) -> timedelta | None:
    """How long nobody may try after so many failures; None: at once."""
    over = round(failures) - limit.free
    if over < 0:
        return None
    doublings: int = 1 << min(over, 16)
    return min(limit.first * doublings, limit.longest)


@dataclass(frozen=True, slots=True)
class Try:
    """A try that has been counted; `until`: when the next one is looked at, where it fails."""

    subjects: tuple[Subject, ...]
    until: datetime | None


BLOCKED: LiteralString = """
    SELECT max(blocked_until) FROM sign_in_throttle
     WHERE subject = ANY(%(subjects)s) AND blocked_until > %(now)s
"""
ADD: LiteralString = """
    INSERT INTO sign_in_throttle (subject, kind, account, origin, failures, counted_at, drained_at)
    VALUES (%(subject)s, %(kind)s, %(account)s, %(origin)s, 0, %(now)s, %(now)s)
    ON CONFLICT DO NOTHING
"""
HOLD: LiteralString = """
    SELECT subject, failures, counted_at, blocked_until FROM sign_in_throttle
     WHERE subject = ANY(%(subjects)s) ORDER BY subject FOR UPDATE
"""
COUNT: LiteralString = """
    UPDATE sign_in_throttle
       SET failures = %(failures)s, counted_at = %(now)s, blocked_until = %(until)s,
           drained_at = %(drained)s
     WHERE subject = %(subject)s
"""


@dataclass(frozen=True, slots=True)
class _Row:
    subject: bytes
    failures: float
    counted_at: datetime
    blocked_until: datetime | None


def refusal(conn: Connection, subjects: tuple[Subject, ...], now: datetime) -> Refused | None:
    """Why no try is due now; None: one is."""
    until = _blocked(conn, subjects, now)
    return None if until is None else locked(until)


def count(conn: Connection, subjects: tuple[Subject, ...], now: datetime) -> Try | Refused:
    """Count a try before it is checked; Refused 'org.sign_in_locked' (until) where none is due.

    What is refused is not counted, and leaves no row.
    """
    if (refused := refusal(conn, subjects, now)) is not None:
        return refused
    by_key = {subject.key: subject for subject in subjects}
    for key in sorted(by_key):
        one = by_key[key]
        facts = {"subject": key, "kind": one.kind.value, "account": one.account,
                 "origin": one.origin, "now": now}  # fmt: skip
        conn.execute(ADD, facts)
    with conn.cursor(row_factory=class_row(_Row)) as cursor:
        rows = cursor.execute(HOLD, {"subjects": list(by_key)}).fetchall()
    blocks = [row.blocked_until for row in rows if row.blocked_until and row.blocked_until > now]
    if blocks:  # another's try has come in between
        return locked(max(blocks))
    untils = [_counted(conn, row, LIMITS[by_key[row.subject].kind], now) for row in rows]
    purge(conn, now, most=10)
    return Try(subjects, max((until for until in untils if until), default=None))


def locked(until: datetime) -> Refused:
    """Why nobody may try; the moment is said in minutes, so never too early."""
    whole = until.replace(second=0, microsecond=0)
    return Refused("org.sign_in_locked", until=until if until == whole else whole + _MINUTE)


def _blocked(conn: Connection, subjects: tuple[Subject, ...], now: datetime) -> datetime | None:
    until = scalar(conn, BLOCKED, subjects=[one.key for one in subjects], now=now)
    assert until is None or isinstance(until, datetime)
    return until


def _counted(conn: Connection, row: _Row, limit: Limit, now: datetime) -> datetime | None:
    failures = drained(row.failures, max(now - row.counted_at, timedelta()), limit) + 1
    blocked = block(failures, limit)
    until = now + blocked if blocked else None
    facts = {"subject": row.subject, "failures": failures, "now": now, "until": until,
             "drained": max(now + failures * limit.drain, until or now)}  # fmt: skip
    conn.execute(COUNT, facts)
    return until


FORGET: LiteralString = "DELETE FROM sign_in_throttle WHERE subject = ANY(%(subjects)s)"
GIVE_BACK: LiteralString = """
    UPDATE sign_in_throttle
       SET failures = greatest(failures - 1, 0), blocked_until = NULL
     WHERE subject = ANY(%(subjects)s)
"""


def give_back(conn: Connection, counted: Try) -> None:
    """It was right, though the sign-in is not complete: it counts as no failure."""
    conn.execute(GIVE_BACK, {"subjects": sorted(one.key for one in counted.subjects)})


def succeeded(conn: Connection, counted: Try) -> None:
    """It was right: earlier failures of personal kinds are forgotten."""
    give_back(conn, counted)
    own = sorted(one.key for one in counted.subjects if LIMITS[one.kind].personal)
    conn.execute(FORGET, {"subjects": own})


UNLOCK: LiteralString = "DELETE FROM sign_in_throttle WHERE account = %(account)s"


def unlock(conn: Connection, login: str) -> None:
    """Forget all failures of a login, from everywhere."""
    conn.execute(UNLOCK, {"account": account_of(login)})


def unlock_user(conn: Connection, actor: str, login: str, request: str = "") -> None:
    """As an administrator does, audited."""
    unlock(conn, login)
    audit.record(conn, actor, "user.unlocked", f"user:{login}", request)


UNLOCK_ADDRESS: LiteralString = "DELETE FROM sign_in_throttle WHERE origin = %(origin)s"


def unlock_address(conn: Connection, actor: str, address: str) -> None:
    """Forget what was counted from an address, whatever the logins; audited.

    Refused 'org.address' where it is none. What was counted of a login from everywhere stays.
    """
    try:
        ip_address(address)
    except ValueError:
        raise Refused("org.address", field="address", value=address) from None
    conn.execute(UNLOCK_ADDRESS, {"origin": _origin(address)})
    audit.record(conn, actor, "address.unlocked", f"address:{origin_of(address)}")


PURGE: LiteralString = """
    DELETE FROM sign_in_throttle
     WHERE subject IN (SELECT subject FROM sign_in_throttle WHERE drained_at < %(now)s
                        ORDER BY drained_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""


def purge(conn: Connection, now: datetime, most: int) -> None:
    """Remove the oldest rows of which nothing is left. With every try: more go than come."""
    conn.execute(PURGE, {"now": now, "most": most})


PURGE_ALL: LiteralString = "DELETE FROM sign_in_throttle WHERE drained_at < %(now)s"


def purge_all(database: Database, now: datetime) -> None:
    """Remove every row of which nothing is left; a job of the schedule."""
    with database.transaction("purge failures") as conn:
        conn.execute(PURGE_ALL, {"now": now})
