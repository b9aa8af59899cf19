"""Columns of secrets, and which roles of the database may read them: no others may."""

from typing import Final

from db import Connection
from db.roles import DatabaseRole

PORTAL, NOTIFIER = DatabaseRole.PORTAL, DatabaseRole.NOTIFIER
READERS: Final = {
    "app_user.password_hash": {PORTAL},
    "app_user.totp_pending": {PORTAL},
    "app_user.totp_secret": {PORTAL},
    "gateway.password_hash": {PORTAL},  # `panhuo broker configure` writes the broker's file of it
    "known_device.token_hash": {PORTAL},
    "linked_system.token_hash": {PORTAL},
    "login_session.token_hash": {PORTAL},
    "recovery_code.hash": {PORTAL},
    "scan_device.token_hash": {PORTAL},
    "webhook.secret": {NOTIFIER},  # it signs; the portal only writes one
}
NO_SECRETS: Final = {  # what is called like one
    "app_user.must_change_password",
    "app_user.password_expires_at",
    "app_user.totp_last_step",
    "audit_check.at_hash",
    "audit_check.target_hash",
    "audit_entry.hash",
    "audit_head.hash",
    "ministry_outbox.hash",
}
CALLED_SO: Final = """
    SELECT relname || '.' || attname, relname, attname
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND attnum > 0
       AND NOT attisdropped AND relname NOT LIKE '%%yoyo%%'
       AND attname ~ '(password|secret|token|totp|hash|otp|private|credential)'
     ORDER BY 1
"""
READS: Final = "SELECT has_column_privilege(%(role)s, %(table)s::regclass, %(column)s, 'SELECT')"


def test_every_column_that_is_called_like_a_secret_is_listed(conn: Connection) -> None:
    found = {name for name, _table, _column in conn.execute(CALLED_SO)}
    assert found - READERS.keys() - NO_SECRETS == set(), "list it here, with who may read it"
    assert READERS.keys() - found == set()


def test_secrets_are_read_by_whom_they_are_for_only(conn: Connection) -> None:
    readers: dict[str, set[DatabaseRole]] = {}
    for name, table, column in conn.execute(CALLED_SO).fetchall():
        for role in DatabaseRole:
            facts = {"role": role.value, "table": table, "column": column}
            row = conn.execute(READS, facts).fetchone()
            if row and row[0] and role is not DatabaseRole.OWNER and name in READERS:
                readers.setdefault(name, set()).add(role)
    assert readers == READERS
