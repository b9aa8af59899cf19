"""Put the demo into a database, once: reference lists, organisation, cards, devices."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from analytics import ROOM, bind
from db import Connection, audit, scalar, secrets
from ingest import devices, proof
from ops import reference
from ops.demo.changes import load_changes
from ops.demo.drawing import photo
from ops.demo.exchange import load_exchange
from ops.demo.organisation import ACTOR, Places, load_organisation
from ops.demo.plan import Plan, PlannedCard, PlannedSensor, plan
from ops.demo.stocktake import load_stocktakes
from registry.cards import categories, photos, synonyms
from registry.org import divisions

WATCHED_SINCE: Final = timedelta(days=30)
Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DemoEstate:
    """The demo's plan, and the passwords of its gateways."""

    plan: Plan
    passwords: dict[str, str]


LOADED: LiteralString = "SELECT count(*) FROM card"


def load(conn: Connection, data: Path, now: datetime, report: Report | None = None) -> DemoEstate:
    """Load the demo where the database has no cards yet; the estate in any case.

    One transaction, the caller's: half a demo is never seen.
    """
    made = plan()
    names = [gateway.name for gateway in made.gateways]
    passwords = secrets.load(data / "gateway-secrets.json", names)
    if not scalar(conn, LOADED):
        divisions.import_csv(conn, reference.text("divisions"))
        categories.import_csv(conn, reference.text("categories"))
        synonyms.import_csv(conn, reference.text("synonyms"))
        places = load_organisation(conn, now)
        cards = _load_cards(conn, data, made, places, report or (lambda _done, _total: None))
        _load_devices(conn, made, places, cards, passwords, now - WATCHED_SINCE)
        load_changes(conn, made, now)
        load_exchange(conn, data, now)
        load_stocktakes(conn, now)
        audit.record(conn, ACTOR, "demo.loaded", "demo:all", cards=len(cards))
    return DemoEstate(made, passwords)


CARD: LiteralString = """
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, acquisition_way,
           acquired_on, brand, model, serial_number, maker, supplier, original_value,
           accumulated_depreciation, fiscal_funds, value_type, ledger_account, voucher_number,
           status, shareable, using_section_id, custodian, managing_section_id, place, purpose,
           characteristic)
    VALUES (%(unit)s, %(code)s, %(name)s, %(category)s, %(type)s, %(quantity)s, %(measure)s,
           'purchase', %(acquired)s, %(brand)s, %(model)s, %(serial)s, %(brand)s,
           '海南省政府采购中标供应商',
           %(value)s, %(depreciation)s, %(value)s, 'original', '1601 固定资产', %(voucher)s,
           %(status)s, %(shareable)s, %(section)s, %(custodian)s, %(section)s, %(place)s,
           %(purpose)s, %(characteristic)s)
    RETURNING id
"""


def _load_cards(
    conn: Connection, data: Path, made: Plan, places: Places, report: Report
) -> dict[str, int]:
    """Ids of the cards by code."""
    found: dict[str, int] = {}
    for n, card in enumerate(made.cards):
        key = scalar(conn, CARD, **_facts(card, places))
        assert isinstance(key, int)
        found[card.code] = key
        if card.photographed:
            drawn = photo(card.kind.plate, n, card.name, card.code, card.room.unit)
            photos.add(conn, data, key, drawn)
        report(n + 1, len(made.cards))
    return found


def _facts(card: PlannedCard, places: Places) -> dict[str, object]:
    return {
        "unit": places.units[card.room.unit],
        "code": card.code,
        "name": card.name,
        "category": card.kind.category,
        "type": card.kind.type.value,
        "quantity": card.quantity,
        "measure": card.kind.measure,
        "acquired": card.acquired_on,
        "brand": card.brand,
        "model": card.model,
        "serial": card.serial,
        "value": card.value,
        "depreciation": card.depreciation,
        "voucher": f"记-{card.acquired_on:%m%d}-{len(card.code) + card.acquired_on.day:03}",
        "status": card.status.value,
        "shareable": card.shareable,
        "section": places.sections[card.room.unit, card.room.section],
        "custodian": card.custodian,
        "place": card.room.place,
        "purpose": "日常业务",
        "characteristic": Jsonb(card.characteristic),
    }


def _load_devices(
    conn: Connection,
    made: Plan,
    places: Places,
    cards: dict[str, int],
    passwords: dict[str, str],
    since: datetime,
) -> None:
    """Gateways and sensors, commissioned and bound. Who doesn't see its lamp failed the test."""
    for gateway in made.gateways:
        owner = places.units[gateway.room.unit]
        where = f"{gateway.room.section} {gateway.room.place}"
        key = devices.register_gateway(conn, gateway.name, owner, where, passwords[gateway.name])
        for sensor in gateway.sensors:
            own = devices.register_sensor(conn, key, sensor.name, sensor.kind)
            bind(conn, own, ROOM, since)
        for card in gateway.cards:
            for sensor in card.sensors:
                own = devices.register_sensor(conn, key, sensor.name, sensor.kind)
                bind(conn, own, cards[card.code], since)
                if card.fault != "misaligned":
                    binding = proof.binding_of(conn, own)
                    proof.prove(conn, binding, how=proof.How.COMMISSIONING, by=ACTOR, at=since)


def write_estate(
    estate: DemoEstate, path: Path, port: int, ca: Path | None, gateways: int | None = None
) -> None:
    """The estate file of the simulated gateways, the first so many; it holds their passwords."""
    lines = ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    lines += [f"ca = {json.dumps(str(ca))}"] if ca else []
    for gateway in estate.plan.gateways[:gateways]:
        password = json.dumps(estate.passwords[gateway.name])
        lines += ["", "[[gateway]]", f'id = "{gateway.name}"', f"password = {password}"]
        for sensor in gateway.sensors:
            lines += ["  [[gateway.reference]]", *_named(sensor, "  ")]
        for card in gateway.cards:
            lines += [
                "",
                "  [[gateway.asset]]",
                f'  code = "{card.code}"',
                f'  archetype = "{card.kind.archetype}"',
                f"  use = {card.use}",
                f'  fault = "{card.fault}"',
            ]
            for sensor in card.sensors:
                lines += ["    [[gateway.asset.sensor]]", *_named(sensor, "    ")]
    secrets.write(path, "\n".join(lines) + "\n")


def _named(sensor: PlannedSensor, indent: str) -> list[str]:
    return [f'{indent}name = "{sensor.name}"', f'{indent}kind = "{sensor.kind}"']
