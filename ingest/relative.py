"""Packs of gateways without a clock: their times count from arrival, so a pack that comes again
would be stored a second time at other times. It is known by its bytes and stored once (I2).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import LiteralString

from db import Connection
from ingest.packs import Pack

# Committed with the pack's own readings: what is here has been stored whole.
TAKE: LiteralString = """
    INSERT INTO relative_pack (gateway_id, digest, received_at)
    VALUES (%(gateway)s, %(digest)s, %(received)s)
        ON CONFLICT DO NOTHING
    RETURNING gateway_id
"""


def take_once(conn: Connection, packs: Sequence[Pack]) -> tuple[list[Pack], int]:
    """The packs, those that count from arrival and were stored before without their records;
    and how many records these had.

    A pack without a number is never taken for another: two readings may well be alike.
    """
    taken: list[Pack] = []
    repeated = 0
    for pack in packs:
        if pack.relative and pack.seq is not None and not _is_new(conn, pack):
            repeated += len(pack.times) + len(pack.positions)
            taken.append(replace(pack, sensors=[], times=[], values=[], places=[], positions=[]))
        else:
            taken.append(pack)
    return taken, repeated


def _is_new(conn: Connection, pack: Pack) -> bool:
    facts = {
        "gateway": pack.gateway_id,
        "digest": hashlib.sha256(pack.payload).digest(),
        "received": datetime.fromtimestamp(pack.arrival, UTC),
    }
    return conn.execute(TAKE, facts).fetchone() is not None
