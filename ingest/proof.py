"""What proves that a sensor reacts to use: a commissioning test passed, or use seen (I10).

Proof belongs to the binding that stands when it is made, so an unbound sensor can't be proven: what
it reacted to would be nobody's use. It holds, however long the asset is unused, until it is ended:
the sensor was moved to another card, replaced, or an alarm says that it can't be believed.
"""

from datetime import datetime
from enum import StrEnum
from typing import LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused, scalar
from ingest import changed_days


class How(StrEnum):
    """By what a sensor was proven."""

    COMMISSIONING = "commissioning"  # somebody switched the thing on and off, and it was seen
    USE = "use"  # analytics saw use


class Ended(StrEnum):
    """Why a proof holds no longer."""

    MOVED = "moved"  # unbound, or bound to another card
    REPLACED = "replaced"
    ALARMED = "alarmed"


# One that watches a room is asked nothing of use, so there is nothing to prove.
BINDING: LiteralString = """
    SELECT id FROM binding WHERE sensor_id = %(sensor)s AND until IS NULL AND card_id IS NOT NULL
"""


def binding_of(conn: Connection, sensor_id: int) -> int:
    """The id of the binding that stands now; Refused 'proof.not_bound' where there is none."""
    key = scalar(conn, BINDING, sensor=sensor_id)
    if key is None:
        raise Refused("proof.not_bound", sensor=sensor_id)
    assert isinstance(key, int)
    return key


PROVE: LiteralString = """
    INSERT INTO sensor_proof (binding_id, proven_at, how, proven_by, detail)
    SELECT id, %(at)s, %(how)s, %(by)s, %(detail)s
      FROM binding WHERE id = %(binding)s AND until IS NULL AND card_id IS NOT NULL
    ON CONFLICT (binding_id) WHERE how = 'use' AND ended_at IS NULL DO NOTHING
    RETURNING id
"""


def prove(
    conn: Connection, binding_id: int, *, how: How, by: str, at: datetime, **detail: object
) -> bool:
    """Note that the binding's sensor was seen to react at `at`; `detail` says what was seen.

    `by` is a login or 'system:<process>'. False, and nothing noted, where the binding has ended
    meanwhile or its use is noted already. The caller audits it.
    """
    facts = {"binding": binding_id, "at": at, "how": how.value, "by": by, "detail": Jsonb(detail)}
    if scalar(conn, PROVE, **facts) is None:
        return False
    changed_days.mark_binding(conn, binding_id)  # what it didn't see means something now
    return True


END: LiteralString = """
    UPDATE sensor_proof SET ended_at = %(at)s, end_reason = %(reason)s
     WHERE binding_id = %(binding)s AND ended_at IS NULL
"""


def end(conn: Connection, binding_id: int, *, reason: Ended, at: datetime) -> bool:
    """End every proof of the binding that stands; whether there was one. The caller audits it."""
    facts = {"binding": binding_id, "reason": reason.value, "at": at}
    return conn.execute(END, facts).rowcount > 0
