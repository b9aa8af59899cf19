"""Which sensor watches which asset, or the room of its gateway (I1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from analytics.health import CAN_NOT_BE_BELIEVED
from db import Connection, Refused, scalar
from ingest import changed_days, proof
from ingest.packs import OF_TIME

FEW_KEPT: Final = 20  # packs that a gateway may keep in everyday work
ROOM: Final = 0  # in place of a card's id, which are above it: the room of the gateway

END: LiteralString = """
    UPDATE binding SET until = %(since)s
     WHERE sensor_id = %(sensor)s AND until IS NULL AND since < %(since)s
    RETURNING id
"""
BIND: LiteralString = """
    INSERT INTO binding (sensor_id, card_id, since) VALUES (%(sensor)s, %(card)s, %(since)s)
    RETURNING id
"""


def bind(conn: Connection, sensor_id: int, card_id: int, since: datetime) -> None:
    """From `since` on the sensor watches this card, or the ROOM, and no longer what it did before.

    What proved it there proves nothing here (I10). Raises Refused 'binding.earlier' where it has
    been bound later than that already, and 'binding.unknown' for a sensor or card that isn't there.
    """
    facts = {"sensor": sensor_id, "card": card_id or None, "since": since}
    ended = scalar(conn, END, **facts)
    if isinstance(ended, int):
        proof.end(conn, ended, reason=proof.Ended.MOVED, at=since)
        changed_days.mark_binding(conn, ended, since)
    try:
        with conn.transaction():
            changed_days.mark_binding(conn, int(str(scalar(conn, BIND, **facts))))
    except psycopg.errors.UniqueViolation as error:
        raise Refused("binding.earlier", since=since) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused("binding.unknown", sensor=sensor_id, card=card_id) from error


UNBIND: LiteralString = """
    UPDATE binding SET until = %(until)s
     WHERE sensor_id = %(sensor)s AND until IS NULL
    RETURNING id, COALESCE(card_id, 0)
"""


def unbind(
    conn: Connection, sensor_id: int, until: datetime, reason: proof.Ended = proof.Ended.MOVED
) -> int | None:
    """End the sensor's binding at `until`, and its proof (I10); the card that it watched, or the
    ROOM, if anything.

    What it measured until then stays with that card.
    """
    ended = conn.execute(UNBIND, {"sensor": sensor_id, "until": until}).fetchone()
    if ended is None:
        return None
    binding, card = ended
    proof.end(conn, binding, reason=reason, at=until)
    changed_days.mark_binding(conn, binding, until)
    assert isinstance(card, int)
    return card


@dataclass(frozen=True, slots=True)
class Watch:
    """A sensor that watches a card or its room, with what judging needs to know of both."""

    binding_id: int
    gateway_id: int
    sensor_id: int
    name: str  # on the wire: gateway:sensor
    kind: str
    is_place: bool  # its readings are positions
    proven: bool  # a proof of this binding stands, or stood when it ended
    on_level: float | None  # what it said while its asset worked, when that was proven
    rose: float | None  # by how much at once when that was switched on
    learnt_on: float | None  # the same as readings told; None where they told nothing
    learnt_rose: float | None
    doubted_at: datetime | None  # an alarm ended its proof: use seen earlier proves nothing
    health: str | None  # how the run before found it, one of Health
    heard_at: datetime | None  # when it measured last, as far as that run knew
    card_id: int  # ROOM: no card, the room of its gateway
    category: str  # '' of a room
    vehicle: bool
    since: datetime
    until: datetime | None  # it watches something else, or nothing, since
    catching_up: bool  # its gateway is online and still sends what it has kept
    clock_refused: bool  # the newest of what its gateway sent was refused for its times

    @property
    def in_doubt(self) -> bool:
        """Whether the run before found that it can't be believed."""
        return self.health in CAN_NOT_BE_BELIEVED

    @property
    def of_room(self) -> bool:
        """Whether it watches the room and no asset."""
        return self.card_id == ROOM


# A gateway that was registered lately and has not spoken yet is being installed: no alarm (I4).
WATCHES: LiteralString = """
    SELECT binding.id AS binding_id, sensor.gateway_id, sensor.id AS sensor_id,
           gateway.name || ':' || sensor.name AS name, sensor.kind,
           sensor_kind.is_place,
           EXISTS (SELECT FROM sensor_proof
                    WHERE binding_id = binding.id AND end_reason IS DISTINCT FROM 'alarmed')
             AS proven,
           shown.on_level, shown.rose, learnt.on_level AS learnt_on, learnt.rose AS learnt_rose,
           (SELECT max(ended_at) FROM sensor_proof
             WHERE binding_id = binding.id AND end_reason = 'alarmed') AS doubted_at,
           sensor_health.state AS health, sensor_health.last_ts AS heard_at,
           COALESCE(card.id, 0) AS card_id, COALESCE(card.category, '') AS category,
           COALESCE(card.type = 'vehicle', false) AS vehicle, binding.since, binding.until,
           COALESCE(gateway_state.online AND gateway_state.buffered > %(few)s, false)
             AS catching_up,
           EXISTS (SELECT FROM dead_letter
                    WHERE dead_letter.gateway = gateway.name
                      AND dead_letter.reason = ANY(%(of_time)s)
                      AND dead_letter.last_at > %(now)s::timestamptz - INTERVAL '1 day')
             AS clock_refused
      FROM binding
      JOIN sensor ON sensor.id = binding.sensor_id
      JOIN sensor_kind ON sensor_kind.name = sensor.kind
      JOIN gateway ON gateway.id = sensor.gateway_id
      LEFT JOIN gateway_state ON gateway_state.gateway_id = sensor.gateway_id
      LEFT JOIN sensor_health ON sensor_health.sensor_id = sensor.id
      LEFT JOIN card ON card.id = binding.card_id
      LEFT JOIN LATERAL (
           SELECT (detail->>'on')::double precision AS on_level,
                  (detail->>'rose')::double precision AS rose
             FROM sensor_proof
            WHERE binding_id = binding.id AND end_reason IS DISTINCT FROM 'alarmed'
              AND detail ?| ARRAY['on', 'rose']
            ORDER BY how, proven_at DESC  -- a test before use that was seen
            LIMIT 1) AS shown ON true
      LEFT JOIN LATERAL (
           SELECT on_level, rose FROM learnt_level
            WHERE binding_id = binding.id ORDER BY day DESC LIMIT 1) AS learnt ON true
     WHERE (binding.until IS NULL OR binding.until > %(since)s) AND binding.since < %(before)s
       AND (%(gateways)s::integer[] IS NULL OR sensor.gateway_id = ANY(%(gateways)s))
       AND card.status IS DISTINCT FROM 'disposed'
       AND (gateway.registered_at < now() - INTERVAL '1 day'
            OR EXISTS (SELECT FROM pack WHERE pack.gateway_id = gateway.id))
     ORDER BY sensor.gateway_id, card.id, sensor.id, binding.since
"""


def watches(
    conn: Connection,
    now: datetime,
    *,
    since: datetime,
    before: datetime,
    gateways: Collection[int] | None = None,
) -> list[Watch]:
    """Every binding that held at some time in [since, before), by gateway and card, as of `now`.

    `gateways` (ids): of these only.
    """
    facts = {
        "now": now,
        "since": since,
        "before": before,
        "gateways": None if gateways is None else list(gateways),
        "few": FEW_KEPT,
        "of_time": [reason.value for reason in OF_TIME],
    }
    with conn.cursor(row_factory=class_row(Watch)) as cursor:
        return cursor.execute(WATCHES, facts).fetchall()
