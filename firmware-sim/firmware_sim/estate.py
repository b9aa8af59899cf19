"""The estate file: which gateways there are, with which assets and sensors on them."""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from firmware_sim.archetypes import RECORDS
from firmware_sim.words import Archetype, Fault, Kind

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
GATEWAY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
RESERVED: Final = "seq"  # the record that counts a gateway's packs
MOST_RECORDS: Final = 2_000  # a gateway's records an interval: so many fit a message of 256 KiB
MOST_GATEWAYS: Final = 300  # of one process: each holds three descriptors, and select() knows 1,024
MOST_USE: Final = 2.0

Word = TypeVar("Word", bound=StrEnum)


class EstateError(Exception):
    """The estate file is wrong; the message names the gateway, asset, sensor, field and rule."""


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


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """A gateway, its login, and what hangs on it."""

    id: str
    password: str
    firmware: str
    assets: tuple[Asset, ...]

    @property
    def records(self) -> int:
        """SenML records that all its sensors make in one interval."""
        return sum(len(RECORDS[sensor.kind]) for asset in self.assets for sensor in asset.sensors)


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


class _Table:
    """A table of the file that knows its own place, so that every complaint can name it."""

    def __init__(self, place: str, content: object, known: Iterable[str]) -> None:
        if not isinstance(content, Mapping):
            raise EstateError(f"{place}: must be a table")
        self.place, self.content = place, content
        for key in content:
            if key not in known:
                raise EstateError(f"{place}: {key}: unknown field; known are {', '.join(known)}")

    def complain(self, field: str, rule: str) -> EstateError:
        shown = f", not {self.content[field]!r}" if field in self.content else ""
        return EstateError(f"{self.place}: {field}: {rule}{shown}")

    def text(self, field: str, default: str | None = None) -> str:
        value = self.content.get(field, default)
        if not isinstance(value, str) or not value.strip():
            raise self.complain(field, "must be a text and not empty")
        return value

    def name(self, field: str, pattern: re.Pattern[str]) -> str:
        value = self.text(field)
        if not pattern.fullmatch(value) or value == RESERVED:
            raise self.complain(field, f"must match {pattern.pattern} and not be {RESERVED!r}")
        return value

    def word(self, field: str, words: type[Word], default: str | None = None) -> Word:
        value = self.content.get(field, default)
        if value not in list(words):
            raise self.complain(field, f"must be one of {', '.join(words)}")
        return words(value)

    def number(self, field: str, default: float, least: float, most: float) -> float:
        value = self.content.get(field, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not least <= value <= most:
            raise self.complain(field, f"must be a number from {least:g} to {most:g}")
        return float(value)

    def tables(self, field: str) -> list[Any]:
        value = self.content.get(field, [])
        if not isinstance(value, list):
            raise self.complain(field, f"must be a list of tables ([[{field}]])")
        return value


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
        file = _Table("estate", tomllib.loads(text), ("broker", "gateway"))
    except tomllib.TOMLDecodeError as error:
        raise EstateError(f"is not TOML: {error}") from error
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
    table = _Table("broker", content, ("host", "port", "ca"))
    port = table.number("port", 1883, 1, 65_535)
    if port != int(port):
        raise table.complain("port", "must be a whole number")
    ca = Path(table.text("ca")) if "ca" in table.content else None
    if ca is not None and not ca.is_file():
        raise table.complain("ca", "must be a file of certificates")
    return Broker(table.text("host", "127.0.0.1"), int(port), ca)


def _gateway(content: object, number: int) -> GatewayPlan:
    table = _Table(f"gateway {number}", content, ("id", "password", "firmware", "asset"))
    name = table.name("id", GATEWAY_NAME)
    table.place = f"gateway {name!r}"
    assets = tuple(_asset(one, table.place) for one in table.tables("asset"))
    _once(f"{table.place}: sensor", "name", (s.name for asset in assets for s in asset.sensors))
    plan = GatewayPlan(name, table.text("password"), table.text("firmware", "1.4.0"), assets)
    if plan.records > MOST_RECORDS:
        raise EstateError(
            f"{table.place}: sensor: at most {MOST_RECORDS} records an interval fit a message "
            f"(a position counts 3), not {plan.records}"
        )
    return plan


def _asset(content: object, gateway: str) -> Asset:
    table = _Table(f"{gateway}: asset", content, ("code", "archetype", "use", "fault", "sensor"))
    code = table.text("code")
    table.place = f"{gateway}: asset {code!r}"
    sensors = tuple(_sensor(one, table.place) for one in table.tables("sensor"))
    if not sensors:
        raise table.complain("sensor", "there must be at least one")
    return Asset(
        code=code,
        archetype=table.word("archetype", Archetype),
        use=table.number("use", 1.0, 0.0, MOST_USE),
        fault=table.word("fault", Fault, Fault.NONE),
        sensors=sensors,
    )


def _sensor(content: object, asset: str) -> Sensor:
    table = _Table(f"{asset}: sensor", content, ("name", "kind"))
    name = table.name("name", NAME)
    table.place = f"{asset}: sensor {name!r}"
    return Sensor(name, table.word("kind", Kind))


def _once(place: str, field: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise EstateError(f"{place} {value!r}: {field}: must be there once only")
        seen.add(value)
