"""What ends all sessions and devices of a person: another password, deactivation, other rights."""

from enum import StrEnum
from typing import LiteralString

from db import Connection, scalar


class Ending(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    EVERYWHERE = "everywhere"  # "sign out everywhere", by its owner
    BY_OWNER = "by_owner"  # this one, from another
    BY_ADMINISTRATOR = "by_administrator"
    PASSWORD = "password"  # noqa: S105  # a reason, no password
    SECOND_FACTOR = "second_factor"
    DEACTIVATED = "deactivated"
    RIGHTS = "rights"


RAISE_EPOCH: LiteralString = """
    UPDATE app_user SET session_epoch = session_epoch + 1 WHERE id = %(user)s
    RETURNING session_epoch
"""


def raise_epoch(conn: Connection, user: int) -> int:
    """The user's next session epoch: no session and no phone of an earlier one opens anything."""
    epoch = scalar(conn, RAISE_EPOCH, user=user)
    assert isinstance(epoch, int)
    return epoch


END_ALL: LiteralString = """
    UPDATE login_session SET ended_at = now(), end_reason = %(reason)s
     WHERE user_id = %(user)s AND ended_at IS NULL AND id IS DISTINCT FROM %(kept)s::bigint
"""


def end_all(conn: Connection, user: int, reason: Ending, kept: int | None = None) -> None:
    """End every session of the user but `kept` (its id). The caller has raised the epoch: so a
    sign-in that is under way at the same time, with the old password, comes to nothing too.
    """
    conn.execute(END_ALL, {"user": user, "reason": reason.value, "kept": kept})


END_DEVICES: LiteralString = """
    UPDATE scan_device SET revoked_at = now() WHERE user_id = %(user)s AND revoked_at IS NULL
"""


def end_devices(conn: Connection, user: int) -> None:
    """From now on no gun and no phone of the user's opens anything (H3)."""
    conn.execute(END_DEVICES, {"user": user})
