"""The estate file: which gateways there are, with which assets and sensors on them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from firmware_sim import circumstances
from firmware_sim.archetypes import RECORDS
from firmware_sim.circumstances import Befallen, ClockSpan, RoomPlan, Span, Ways
from firmware_sim.clock import DAY_S
from firmware_sim.tables import EstateError, Table
from firmware_sim.words import Archetype, Fault, Kind, Trouble

__all__ = ["EstateError"]

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
GATEWAY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MOST_RECORDS: Final = 2_000  # a gateway's records an interval: so many fit a message of 256 KiB
MOST_GATEWAYS: Final = 300  # of one process: each holds three descriptors, and select() knows 1,024
MOST_USE: Final = 2.0
GATEWAY: Final = (
    *("id", "password", "firmware", "interval", "late", "twice"),
    *("asset", "room", "reference", "closed", "clock"),
)
ASSET: Final = ("code", "archetype", "use", "fault", "sensor", "ways", "trouble")


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor by its name on its gateway (`pe-01`)."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset by its code, which is a label here and never goes on the wire."""

    code: str
    archetype: Archetype
    use: float
    fault: Fault
    sensors: tuple[Sensor, ...]
    ways: Ways = field(default_factory=Ways)
    troubles: tuple[Befallen, ...] = ()
    closed: tuple[Span, ...] = ()  # its gateway's


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """A gateway, its login, and what hangs on it."""

    id: str
    password: str
    firmware: str
    assets: tuple[Asset, ...]
    room: RoomPlan | None = None  # None: the plain room
    reference: tuple[Sensor, ...] = ()  # watch the room and no asset
    clock: tuple[ClockSpan, ...] = ()
    interval: int = 0  # seconds; 0: as the command says
    late: float = 0.01  # of the packs, held back for hours
    twice: float = 0.01  # of the packs, sent again

    @property
    def records(self) -> int:
        """SenML records that all its sensors make in one interval."""
        sensors = [sensor for asset in self.watched for sensor in asset.sensors]
        return sum(len(RECORDS[sensor.kind]) for sensor in sensors)

    @property
    def watched(self) -> tuple[Asset, ...]:
        """Its assets, and where it has a reference node the room as one that is never used."""
        if not self.reference:
            return self.assets
        node = Asset(f"{self.id}/room", Archetype.ROOM, 0.0, Fault.NONE, self.reference)
        return (*self.assets, node)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the gateways connect; `ca` is a file of certificates and switches TLS on."""

    host: str
    port: int
    ca: Path | None


@dataclass(frozen=True, slots=True)
class Estate:
    """The whole file."""

    broker: Broker
    gateways: tuple[GatewayPlan, ...]


def read(path: Path) -> Estate:
    """The estate in the file at `path`; raises EstateError."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EstateError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EstateError(f"{path}: is not UTF-8") from error
    except EstateError as error:
        raise EstateError(f"{path}: {error}") from error


def parse(text: str) -> Estate:
    """The estate in a TOML text; raises EstateError."""
    try:
        return build(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise EstateError(f"is not TOML: {error}") from error


def build(content: Mapping[str, Any]) -> Estate:
    """The estate of what a file holds; raises EstateError."""
    file = Table("estate", content, ("broker", "gateway"))
    gateways = tuple(map(_gateway, file.tables("gateway"), range(1, 1_000_000)))
    if not 1 <= len(gateways) <= MOST_GATEWAYS:
        raise EstateError(
            f"estate: gateway: there must be 1 to {MOST_GATEWAYS}, not {len(gateways)}; "
            "play a larger estate as several files"
        )
    _once("gateway", "id", (gateway.id for gateway in gateways))
    _once("asset", "code", (asset.code for gateway in gateways for asset in gateway.assets))
    return Estate(_broker(file.content.get("broker", {})), gateways)


def _broker(content: object) -> Broker:
    table = Table("broker", content, ("host", "port", "ca"))
    port = table.number("port", 1883, 1, 65_535)
    if port != int(port):
        raise table.complain("port", "must be a whole number")
    ca = Path(table.text("ca")) if "ca" in table.content else None
    if ca is not None and not ca.is_file():
        raise table.complain("ca", "must be a file of certificates")
    return Broker(table.text("host", "127.0.0.1"), int(port), ca)


def _gateway(content: object, number: int) -> GatewayPlan:
    table = Table(f"gateway {number}", content, GATEWAY)
    name = table.name("id", GATEWAY_NAME)
    table.place = place = f"gateway {name!r}"
    room = table.content.get("room")
    plan = GatewayPlan(
        id=name,
        password=table.text("password"),
        firmware=table.text("firmware", "1.4.0"),
        assets=_assets(table),
        room=None if room is None else circumstances.room_plan(room, place),
        reference=tuple(_sensor(one, place) for one in table.tables("reference")),
        clock=tuple(circumstances.clock_span(one, place) for one in table.tables("clock")),
        interval=_interval(table),
        late=table.number("late", 0.01, 0.0, 1.0),
        twice=table.number("twice", 0.01, 0.0, 1.0),
    )
    _once(f"{place}: sensor", "name", (s.name for asset in plan.watched for s in asset.sensors))
    if plan.records > MOST_RECORDS:
        raise EstateError(
            f"{place}: sensor: at most {MOST_RECORDS} records an interval fit a message "
            f"(a position counts 3), not {plan.records}"
        )
    return plan


def _interval(table: Table) -> int:
    """Seconds between two readings; 0 where the file leaves it to the command."""
    if "interval" not in table.content:
        return 0
    seconds = table.whole("interval", 60, 1, 3_600)
    if DAY_S % seconds:
        raise table.complain("interval", "must divide a day")
    return seconds


def _assets(gateway: Table) -> tuple[Asset, ...]:
    closed = tuple(circumstances.closed(one, gateway.place) for one in gateway.tables("closed"))
    assets = tuple(_asset(one, gateway.place, closed) for one in gateway.tables("asset"))
    codes = {asset.code for asset in assets}
    for asset in assets:
        for trouble in asset.troubles:
            if trouble.kind is Trouble.MOVED and trouble.to not in codes - {asset.code}:
                raise EstateError(
                    f"{gateway.place}: asset {asset.code!r}: trouble: to: "
                    f"must be another asset of the gateway, not {trouble.to!r}"
                )
    return assets


def _asset(content: object, gateway: str, closed: tuple[Span, ...]) -> Asset:
    table = Table(f"{gateway}: asset", content, ASSET)
    code = table.text("code")
    table.place = place = f"{gateway}: asset {code!r}"
    sensors = tuple(_sensor(one, place) for one in table.tables("sensor"))
    if not sensors:
        raise table.complain("sensor", "there must be at least one")
    return Asset(
        code=code,
        archetype=table.word("archetype", Archetype),
        use=table.number("use", 1.0, 0.0, MOST_USE),
        fault=table.word("fault", Fault, Fault.NONE),
        sensors=sensors,
        ways=circumstances.ways(table.content.get("ways", {}), place),
        troubles=tuple(circumstances.befallen(one, place) for one in table.tables("trouble")),
        closed=closed,
    )


def _sensor(content: object, asset: str) -> Sensor:
    table = Table(f"{asset}: sensor", content, ("name", "kind"))
    name = table.name("name", NAME)
    table.place = f"{asset}: sensor {name!r}"
    return Sensor(name, table.word("kind", Kind))


def _once(place: str, field: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise EstateError(f"{place} {value!r}: {field}: must be there once only")
        seen.add(value)
