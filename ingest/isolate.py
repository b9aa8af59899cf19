"""Store a batch even where the database refuses something in it: that part alone is set aside."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import psycopg
import structlog

from db import Connection, Database
from ingest import columns, letters, senml, store
from ingest.columns import Columns
from ingest.letters import Letter
from ingest.packs import Pack, Position
from ingest.reasons import Reason
from ingest.store import Batch, Stored, Stray
from ingest.topics import Leaf, Topic

log = structlog.get_logger(__name__)

# It is the data, and it will be no better next time. Any other error may pass.
POISON: Final = (
    psycopg.DataError,
    psycopg.IntegrityError,
    ValueError,
    TypeError,
    ArithmeticError,
)


def store_all(database: Database, batch: Batch) -> Stored:
    """Store a batch in one transaction; or, where part of it is refused, in a few.

    New readings are the rule and take the fast way; one that is there already sends its batch,
    and no other, the slower one.

    Raises Unavailable or another psycopg.Error where the database can't store now; then some of
    the batch may be stored, and storing all of it again does no harm.
    """
    try:
        return _new_or_missing(database, batch)
    except POISON as error:
        log.warning("batch refused by the database", packs=len(batch.packs), error=str(error))
        failure = str(error)
    halves = _halves(batch)
    if halves:
        return store_all(database, halves[0]) + store_all(database, halves[1])
    return _store_one(database, batch, failure)


def _new_or_missing(database: Database, batch: Batch) -> Stored:
    try:
        with database.transaction("flush") as conn:
            return store.store_new(conn, batch)
    except psycopg.errors.UniqueViolation:
        with database.transaction("flush with repeats") as conn:
            return store.store_missing(conn, batch)


def _halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """The batch in two; None where there is only one thing in it."""
    packs, rest = batch.packs, replace(batch, packs=())
    if packs and (batch.states or batch.strays):
        return Batch(packs=packs), rest
    if len(packs) > 1:
        middle = len(packs) // 2
        return Batch(packs=packs[:middle]), Batch(packs=packs[middle:])
    if len(batch.states) + len(batch.strays) > 1:
        states, strays = len(batch.states) // 2, len(batch.strays) // 2
        if batch.states and batch.strays:
            states, strays = len(batch.states), 0
        return (
            Batch(states=batch.states[:states], strays=batch.strays[:strays]),
            Batch(states=batch.states[states:], strays=batch.strays[strays:]),
        )
    return None


def _store_one(database: Database, batch: Batch, failure: str) -> Stored:
    if not batch.packs:
        log.error("dropped, the database refuses it", batch=repr(batch)[:500], error=failure)
        return Stored()
    pack = batch.packs[0]
    try:
        with database.transaction("flush a refused pack") as conn:
            return _row_by_row(conn, pack)
    except POISON as error:
        log.warning("pack kept whole", gateway=pack.gateway, error=str(error))
        reason = Reason.REFUSED_BY_DATABASE
        letter = letters.of_payload(pack.gateway, reason, str(error), pack.payload)
        topic = str(Topic(pack.gateway, Leaf.READINGS))
        with database.transaction("keep a refused pack") as conn:
            stray = Stray(letter, pack.gateway, topic, pack.arrival)
            return store.store_missing(conn, Batch(strays=[stray]))


def _row_by_row(conn: Connection, pack: Pack) -> Stored:
    """Store what can be stored of one pack; each refused row becomes a letter."""
    stored, refused = Stored(), list(pack.letters)
    digest = hashlib.sha256(pack.payload).digest()
    pieces = senml.pieces(pack.payload)
    for place, row in _rows(pack):
        try:
            with conn.transaction():
                if isinstance(row, Columns):
                    stored += store.store_missing_readings(conn, row)
                else:
                    stored += store.store_positions(conn, [row])
        except POISON as error:
            refused.append(_letter(pack, digest, place, str(error), pieces[place]))
    rest = replace(pack, sensors=[], times=[], values=[], places=[], positions=[], letters=refused)
    return stored + store.store_missing(conn, Batch(packs=[rest]))


def _rows(pack: Pack) -> Sequence[tuple[int, Columns | Position]]:
    singles = zip(pack.places, pack.sensors, pack.times, pack.values, strict=True)
    readings = [
        (place, columns.of([replace(pack, sensors=[sensor], times=[time], values=[value])]))
        for place, sensor, time, value in singles
    ]
    return [*readings, *((row.place, row) for row in pack.positions)]


def _letter(pack: Pack, digest: bytes, place: int, detail: str, content: bytes) -> Letter:
    reason = Reason.REFUSED_BY_DATABASE
    return letters.of_record(
        pack.gateway, digest, place, reason=reason, detail=detail, content=content
    )
