"""The demo's cards and gateways, drawn once and for all from one seed. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from ops.demo.catalogue import KINDS, PREFIXES, ROOMS, SENSORS, Kind, Room
from registry.cards import CardType, Status

SEED: Final = 20261123
PEOPLE: Final = (
    "符海燕",
    "王德安",
    "黄丽君",
    "陈积光",
    "李小梅",
    "吴清源",
    "林明珠",
    "周敏",
    "邢增强",
    "蔡晓虹",
)
USES: Final = ((1.0, 0.34), (0.5, 0.2), (0.3, 0.14), (0.1, 0.04), (0.03, 0.1), (0.0, 0.18))
FAULTS: Final = (
    ("none", 0.74), ("gaps", 0.04), ("outage", 0.08), ("stuck", 0.04), ("misaligned", 0.02),
    ("clock", 0.02), ("dead", 0.04), ("drift", 0.02),
)  # fmt: skip
STATUSES: Final = (
    (Status.IN_USE, 0.85), (Status.IDLE, 0.06), (Status.TO_DISPOSE, 0.04), (Status.LENT, 0.03),
    (Status.LEASED, 0.02),
)  # fmt: skip
# What the first page of the library's clerk is to show: dear, healthy, and hardly used.
STAGED: Final = {
    ("海口市图书馆", "scanner", 0): (0.0, "none"),
    ("海口市图书馆", "scanner", 1): (1.0, "none"),
    ("海口市图书馆", "projector", 0): (0.03, "none"),
    ("海口市图书馆", "projector", 1): (0.5, "none"),
    ("海口市图书馆", "copier", 0): (0.0, "none"),
    ("海口市图书馆", "server", 0): (0.03, "none"),
    ("海口市图书馆", "server", 1): (0.0, "dead"),
    ("海口市图书馆", "bus", 0): (0.03, "none"),
    ("海口市图书馆", "hall", 1): (0.0, "none"),
}


@dataclass(frozen=True, slots=True)
class PlannedSensor:
    """A sensor's name at its gateway, and what it measures."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """A card to be made; `sensors` are empty where it isn't watched. Money in yuan."""

    code: str
    name: str
    kind: Kind
    room: Room
    quantity: Decimal
    brand: str
    model: str
    serial: str
    acquired_on: date
    value: Decimal
    depreciation: Decimal
    status: Status
    shareable: bool
    custodian: str
    characteristic: dict[str, Any]
    photographed: bool
    use: float = 1.0
    fault: str = "none"
    sensors: tuple[PlannedSensor, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedGateway:
    """A gateway, its room, the watched cards in it, and the sensors that watch the room itself."""

    name: str
    room: Room
    cards: tuple[PlannedCard, ...]
    sensors: tuple[PlannedSensor, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the demo owns."""

    cards: list[PlannedCard] = field(default_factory=list)
    gateways: list[PlannedGateway] = field(default_factory=list)


def plan(today: date = date(2026, 11, 1)) -> Plan:
    """The demo's cards and gateways; the same at every call (values as of `today`)."""
    rng = random.Random(SEED)  # noqa: S311  # a demo's dice
    made = Plan()
    numbers: dict[str, int] = {}
    seen: dict[tuple[str, str], int] = {}
    for room in ROOMS:
        places = iter(range(1, 100))
        cards = [card for stock in room.stock
                 for card in _cards(rng, room, stock.kind, stock.cards, stock.watched, numbers,
                                    seen, places, today)]  # fmt: skip
        made.cards.extend(cards)
        if room.gateway:
            name = f"gw-{len(made.gateways) + 1:04}"
            watched = tuple(card for card in cards if card.sensors)
            own = tuple(PlannedSensor(f"{PREFIXES[kind]}-room", kind) for kind in room.watched)
            made.gateways.append(PlannedGateway(name, room, watched, own))
    return made


def _cards(
    rng: random.Random,
    room: Room,
    key: str,
    count: int,
    watched: int,
    numbers: dict[str, int],
    seen: dict[tuple[str, str], int],
    places: Iterator[int],
    today: date,
) -> Iterator[PlannedCard]:
    kind = KINDS[key]
    for n in range(count):
        nth = seen[room.unit, key] = seen.get((room.unit, key), -1) + 1
        use, fault = _drawn(rng, USES), _drawn(rng, FAULTS)
        use, fault = STAGED.get((room.unit, key, nth), (use, fault))
        sensors = _sensors(kind, next(places)) if n < watched else ()
        yield _card(rng, kind, room, numbers, today, use, fault, sensors)


def _sensors(kind: Kind, place: int) -> tuple[PlannedSensor, ...]:
    kinds = SENSORS[kind.archetype]
    return tuple(PlannedSensor(f"{PREFIXES[one]}-{place:02}", one) for one in kinds)


def _card(
    rng: random.Random,
    kind: Kind,
    room: Room,
    numbers: dict[str, int],
    today: date,
    use: float,
    fault: str,
    sensors: tuple[PlannedSensor, ...],
) -> PlannedCard:
    acquired = today - timedelta(days=rng.randrange(200, min(kind.life, 11) * 365))
    code_stem = f"{kind.prefix}{acquired.year}"
    numbers[code_stem] = numbers.get(code_stem, rng.randrange(20, 90)) + rng.randrange(1, 9)
    value = Decimal(rng.randrange(*kind.value) // 10 * 10)
    months = (today.year - acquired.year) * 12 + today.month - acquired.month
    share = min(Decimal(months) / (kind.life * 12), Decimal("0.95"))
    brand, model = rng.choice(kind.brands)
    serial = f"{rng.choice('ABCDEFGHKLM')}{rng.randrange(10**8, 10**9)}" if brand else ""
    status = Status.IN_USE if sensors else room.status or _drawn(rng, STATUSES)
    quantity = Decimal(rng.randrange(6000, 52000)) / 100 if kind.type is CardType.BUILDING else (
        Decimal(rng.choice((1, 1, 2, 4, 6))) if kind.type is CardType.FURNITURE else Decimal(1)
    )  # fmt: skip
    return PlannedCard(
        code=f"{code_stem}{numbers[code_stem]:06}",
        name=kind.name,
        kind=kind,
        room=room,
        quantity=quantity,
        brand=brand,
        model=model,
        serial=serial,
        acquired_on=acquired,
        value=value,
        depreciation=(value * share).quantize(Decimal("0.01")),
        status=status,
        shareable=kind.archetype in {"instrument", "room"} and rng.random() < 0.5,
        custodian=rng.choice(PEOPLE),
        characteristic=_characteristic(rng, kind, acquired, quantity),
        photographed=rng.random() > 0.07,
        use=use,
        fault=fault,
        sensors=sensors,
    )


def _characteristic(
    rng: random.Random, kind: Kind, acquired: date, quantity: Decimal
) -> dict[str, Any]:
    if kind.type is CardType.VEHICLE:
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
        return {
            "plate": f"琼A·{rng.randrange(10000, 99999)}",
            "vin": "L" + "".join(rng.choices(letters, k=16)),
            "engine": "".join(rng.choices("0123456789", k=8)),
            "registered_on": (acquired + timedelta(days=9)).isoformat(),
        }
    if kind.type is CardType.BUILDING:
        title = f"琼（{acquired.year}）不动产权第 {rng.randrange(10**6, 10**7)} 号"
        return {"title": title, "area": str(quantity)}
    if kind.archetype == "instrument":
        return {"rated_hours": "800"}
    return {}


def _drawn(rng: random.Random, weighed: tuple[tuple[Any, float], ...]) -> Any:
    values, weights = zip(*weighed, strict=True)
    return rng.choices(values, weights)[0]
