"""One's own account: password, address, second factor, sessions, the last sign-ins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, Transactions, audit, scalar
from db.text import clean
from registry.org import known_devices, passwords
from registry.org.people import check_contact
from registry.org.session_ends import Ending, end_all, end_devices, raise_epoch
from registry.org.sign_in import check_password
from registry.org.users import User, set_password

__all__ = [
    "change_password",
    "check_new_password",
    "keep_contact",
    "last_sign_ins",
    "sign_out_everywhere",
]

SIGN_INS: Final = 10


def change_password(
    database: Transactions,
    user: User,
    present: str,
    new: str,
    address: str,
    now: datetime,
    request: str = "",
    kept: int | None = None,
) -> int:
    """A new password for oneself; the new session epoch: all sessions but `kept` end.

    For callers without an open transaction. Raises Refused of `check_password` and of the
    password's rules, 'org.password_same'; `Busy`.
    """
    refused = check_password(database, user, present, address, now, request)
    if refused is not None:
        raise refused
    if new == present:
        raise Refused("org.password_same", field="password")
    fresh = passwords.hashed(user.login, new, user.name)
    with database.transaction("change own password") as conn:
        return set_password(conn, user.login, user.login, fresh, request=request, kept=kept)


def sign_out_everywhere(
    conn: Connection, user: User, request: str = "", kept: int | None = None
) -> int:
    """End every session of `user` but `kept`, their guns and phones, and forget the browsers that
    know them; the new session epoch.
    """
    epoch = raise_epoch(conn, user.id)
    end_all(conn, user.id, Ending.EVERYWHERE, kept)
    end_devices(conn, user.id)
    known_devices.forget_all(conn, user.id)
    audit.record(conn, user.login, "user.signed_out_everywhere", f"user:{user.login}", request)
    return epoch


KEEP_CONTACT: LiteralString = """
    UPDATE app_user SET email = %(email)s, phone = %(phone)s, version = version + 1
     WHERE id = %(user)s AND (email, phone) <> (%(email)s, %(phone)s)
    RETURNING id
"""


def keep_contact(conn: Connection, user: User, email: str, phone: str, request: str = "") -> None:
    """One's own e-mail address and telephone; Refused 'org.email_malformed', 'org.phone_…'."""
    email, phone = clean(email), clean(phone)
    check_contact(email, phone)
    if scalar(conn, KEEP_CONTACT, user=user.id, email=email, phone=phone) is not None:
        audit.record(conn, user.login, "user.contact_changed", f"user:{user.login}", request)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One try to come in, as the audit has it."""

    at: datetime
    succeeded: bool
    address: str
    by: str  # 'code', 'recovery_code', or nothing beside the password


# The subject's index gives them in order; a bounded look back is enough for a list of ten.
LAST: LiteralString = """
    SELECT at, action = 'user.signed_in' AS succeeded,
           COALESCE(facts ->> 'address', '') AS address, COALESCE(facts ->> 'by', '') AS by
      FROM (SELECT id, at, action, facts FROM audit_entry
             WHERE subject = %(subject)s ORDER BY id DESC LIMIT 400) AS recent
     WHERE action IN ('user.signed_in', 'user.sign_in_failed')
     ORDER BY id DESC
     LIMIT %(limit)s
"""


def last_sign_ins(conn: Connection, login: str, limit: int = SIGN_INS) -> list[SignIn]:
    """The newest tries with this login, succeeded or not."""
    with conn.cursor(row_factory=class_row(SignIn)) as cursor:
        return cursor.execute(LAST, {"subject": f"user:{login}", "limit": limit}).fetchall()


def check_new_password(user: User, password: str, again: str) -> None:
    """What a form can be told without the database: 'org.password_differs' and the rules."""
    if password != again:
        raise Refused("org.password_differs", field="again")
    passwords.check(user.login, password, user.name)
