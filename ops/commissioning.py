"""Watch a sensor in the database while somebody switches its asset on and off (I10).

The readings come the whole way: gateway, broker, collector, database.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row

from analytics import commissioning, installing
from analytics.commissioning import Sample, Step, Trial
from db import Connection, Refused
from db.roles import DatabaseRole
from ingest import SensorKind, devices, proof
from ingest.device_events import Device, Kind, record
from ops.reach import connected

POLL_S: Final = 0.5
ASKED: Final = {
    Step.OFF: "Switch it off and leave it off.",
    Step.ON: "Off is known. Switch it on, and let it work.",
    Step.OFF_AGAIN: "On was seen. Switch it off.",
    Step.MOVE: "Bring it where it receives satellites, or move it by 100 m and more.",
    Step.PASSED: "Off was seen.",
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tested:
    """The sensor under test: what it watches, by which binding."""

    device: Device
    kind: SensorKind
    binding_id: int
    card: str

    @property
    def unit(self) -> str:
        """What its values are in, as on the wire."""
        return self.kind.unit or "°"


def tested(conn: Connection, gateway: str, sensor: str) -> Tested:
    """The sensor to be tested.

    Raises Refused 'device.no_such_gateway', 'device.no_such_sensor', 'device.deactivated' or
    'binding.none'.
    """
    owner = devices.find_gateway(conn, gateway)
    device = devices.find_sensor(conn, gateway, sensor)
    for one in (owner, device):
        if not one.active:
            raise Refused("device.deactivated", device=str(one))
    card = installing.watched(conn, device)
    if card is None or device.sensor_id is None:
        raise Refused("binding.none", sensor=str(device))
    binding = proof.binding_of(conn, device.sensor_id)
    return Tested(device, devices.kind_of(conn, device), binding, card)


READINGS: LiteralString = """
    SELECT ts, value, 0.0, NULL FROM reading
     WHERE sensor_id = %(sensor)s AND ts > %(after)s
     ORDER BY ts
"""
POSITIONS: LiteralString = """
    SELECT ts, latitude, longitude, accuracy_m::double precision FROM position
     WHERE sensor_id = %(sensor)s AND ts > %(after)s
     ORDER BY ts
"""


def watch(one: Tested, began: datetime, limit_s: float, say: Say) -> Trial:
    """Lead through the test until it is passed or the time is over."""
    trial, after = commissioning.begin(one.kind.name), began
    say(ASKED[trial.step])
    deadline = time.monotonic() + limit_s
    while True:
        for at, sample in _since(one, after):
            after, before = at, trial.step
            trial = commissioning.hear(trial, sample)
            say(f"  {at.astimezone():%H:%M:%S}  {sample.value:g} {one.unit}")
            if trial.step is not before:
                say(ASKED[trial.step])
        left_s = deadline - time.monotonic()
        if trial.step is Step.PASSED or left_s <= 0:
            return trial
        time.sleep(min(POLL_S, left_s))


def _since(one: Tested, after: datetime) -> Iterator[tuple[datetime, Sample]]:
    query = POSITIONS if one.kind.is_place else READINGS
    with connected(DatabaseRole.PORTAL) as conn:
        rows = conn.execute(query, {"sensor": one.device.sensor_id, "after": after}).fetchall()
    for at, *fields in rows:
        yield at, Sample(*fields)


def keep(conn: Connection, one: Tested, trial: Trial, by: str, at: datetime) -> bool:
    """Keep how the test ended; False where it was not passed, or the binding ended meanwhile."""
    passed = trial.step is Step.PASSED and proof.prove(
        conn, one.binding_id, how=proof.How.COMMISSIONING, by=by, at=at, **seen(trial)
    )
    kind = Kind.COMMISSIONED if passed else Kind.COMMISSIONING_FAILED
    record(conn, by, one.device, kind, at, **seen(trial))
    return passed


def seen(trial: Trial) -> dict[str, Any]:
    """What the test saw, for its record: readings heard, the levels off and on."""
    levels = {
        "off": round(trial.off_level, 2) if trial.off else None,
        "on": round(trial.on_level, 2) if trial.on else None,
        "rose": None if trial.rose is None else round(trial.rose, 2),
        "highest": trial.highest,
    }
    found = {name: value for name, value in levels.items() if value is not None}
    return {"readings": trial.heard, **found}


def verdict(one: Tested, trial: Trial) -> str:
    """What was seen, in a sentence."""
    unit, heard = one.unit, f"{trial.heard} readings"
    match trial.step:
        case Step.PASSED if not trial.off:
            return f"a position was fixed or a move seen; {heard}"
        case Step.PASSED | Step.OFF_AGAIN:
            levels = f"off {trial.off_level:g} {unit}, on {trial.on_level:g} {unit}; {heard}"
            return levels if trial.step is Step.PASSED else f"{levels}, but not off again"
        case Step.ON:
            least = trial.off_level + trial.sign * trial.least_change
            bound = "at least" if trial.sign > 0 else "at most"
            highest = "nothing" if trial.highest is None else f"{trial.highest:g} {unit}"
            off = f"off {trial.off_level:g} {unit}"
            return f"{off}; on must be {bound} {least:g} {unit}, seen was {highest}; {heard}"
        case Step.OFF:
            return f"with the asset off, three steady readings are needed; {heard}"
        case Step.MOVE:
            return f"no position within {commissioning.ACCURATE_M:g} m, no move; {heard}"


WAY: LiteralString = """
    SELECT gateway_state.online,
           (SELECT max(received_at) FROM pack WHERE gateway_id = %(gateway)s) AS last_pack,
           (SELECT count(*) FROM pack
             WHERE gateway_id = %(gateway)s AND received_at >= %(began)s) AS packs,
           (SELECT extract(epoch FROM max(received_at - last_ts))::double precision FROM pack
             WHERE gateway_id = %(gateway)s AND received_at >= %(began)s) AS behind_s,
           (SELECT string_agg(DISTINCT reason, ', ') FROM dead_letter
             WHERE gateway = %(name)s AND last_at >= %(began)s) AS refused
      FROM gateway LEFT JOIN gateway_state ON gateway_state.gateway_id = gateway.id
     WHERE gateway.id = %(gateway)s
"""
CLOCK_S: Final = 60.0


def where_to_look(conn: Connection, one: Tested, began: datetime) -> str:
    """Why no reading may have arrived since `began`: the first break on the way."""
    facts = {
        "gateway": one.device.gateway_id,
        "name": one.device.gateway,
        "began": began,
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        way = cursor.execute(WAY, facts).fetchone()
    assert way is not None
    if way["refused"]:
        return f"records were refused ({way['refused']}): the table dead_letter has them"
    if way["packs"] and way["behind_s"] > CLOCK_S:
        return f"the gateway's readings are {way['behind_s']:.0f} s old: its clock, or its backlog"
    if way["packs"]:
        return f"the gateway's packs have no reading of {one.device.sensor}: its name, its cable"
    last = f"since {way['last_pack'].astimezone():%Y-%m-%d %H:%M}" if way["last_pack"] else "ever"
    if way["online"]:
        return (
            f"no pack came {last}, though the gateway is online: its sensors; the collector's log"
        )
    return (
        f"no pack came {last}: the gateway's power and network, its password and authority "
        "(docs/wire.md); whether broker and collector run (`panhuo doctor`, their logs)"
    )


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)
