"""Random and mutated packs: nothing crashes, nothing good is lost, every bad record is kept."""

import json
import random
from typing import LiteralString

import pytest

from db import Connection, scalar
from ingest import packs, senml, store
from ingest.packs import Pack
from ingest.store import Batch, Stored
from tests.fixtures.broker import Broker
from tests.fixtures.database import Copy
from tests.ingest.parts import (
    NOW,
    YEAR_S,
    Site,
    collecting,
    collector_url,
    count,
    eventually,
    lux,
    pack,
)

EACH = 10_000
TIMES_REFUSED: LiteralString = "SELECT coalesce(sum(times), 0)::integer FROM dead_letter"
PIECES = (b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"NaN", b"1e999", b"-", b"\xff", b"\0")


def rubbish(dice: random.Random) -> bytes:
    """Bytes of any kind, some of them nearly JSON."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randrange(200))
    return b"".join(dice.choices(PIECES, k=dice.randrange(40)))


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    1e300,
    "",
    "pe-01",
    [],
    {},
    "\ud800",
    "\0",
    2**70,
    -1e-300,
    "gw-0002:",
)


def mutated(dice: random.Random, number: int) -> bytes:
    """A good pack with a field changed, or a few bytes changed, cut out, doubled or put in."""
    good = pack(*(lux(number % 1_000, number * 3.0 + at) for at in range(3)), seq=number)
    if number % 2:
        records = json.loads(good)
        dice.choice(records)[dice.choice(("bn", "bt", "bu", "bv", "n", "u", "v", "t", "x_"))] = (
            dice.choice(ODD)
        )
        return json.dumps(records).encode()
    sent = bytearray(good)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(sent))
        match dice.randrange(4):
            case 0:
                sent[at] = dice.randrange(256)
            case 1:
                del sent[at : at + dice.randrange(1, 12)]
            case 2:
                sent[at:at] = sent[at : at + dice.randrange(1, 12)]
            case _:
                sent[at:at] = dice.choice(PIECES)
        sent = sent or bytearray(b" ")
    return bytes(sent)


def good_records(payload: bytes) -> int:
    """How many records of a payload a reader of its own, written for this test, calls good."""
    try:
        items = json.loads(payload)
    except (ValueError, RecursionError):
        return 0
    plain = all(
        isinstance(item, dict)
        and set(item) <= {"bn", "bt", "n", "u", "v", "t"}
        and all(isinstance(item.get(key, ""), str) for key in ("bn", "n", "u"))
        and all(type(item.get(key, 0)) in (int, float) for key in ("bt", "v", "t"))
        for item in (items if isinstance(items, list) else [None])
    )
    if not plain:
        return 0  # not simple enough for it to say
    name, time, found = "", 0.0, set()
    for item in items:
        name, time = item.get("bn", name), item.get("bt", time)
        at = time + item.get("t", 0.0)
        inside = NOW - YEAR_S + 100 <= at <= NOW + 86_000
        value = item.get("v", -1)
        known = (name + item.get("n", ""), item.get("u")) == ("gw-0001:pe-01", "lx")
        if known and inside and 0 <= value <= 200_000:
            found.add(round(at * 1e6))
    return len(found)


def judged(site: Site, payload: bytes) -> Pack:
    return packs.judge("gw-0001", payload, NOW + 60, YEAR_S, site.registered)


def accounted(one: Pack) -> bool:
    """Every record is a reading, part of a position, the pack's number, bare bases or a letter."""
    if one.letters and one.letters[0].place < 0:
        return True
    places = {*one.places, *(letter.place for letter in one.letters)}
    records, _ = senml.read(one.payload)
    for place, record in enumerate(records):
        silent = record is None or record.says_nothing() or record.n.endswith("seq")
        if place not in places and not silent:
            return False
    return True


def test_random_and_mutated_packs_lose_nothing_good_and_keep_all_bad(
    conn: Connection, lent_site: Site
) -> None:
    dice = random.Random(20_250_630)
    payloads = [rubbish(dice) for _ in range(EACH)]
    payloads += [mutated(dice, number) for number in range(EACH)]
    total, expected = Stored(), 0
    for start in range(0, len(payloads), 500):
        batch = [judged(lent_site, payload) for payload in payloads[start : start + 500]]
        assert [one.payload for one in batch if not accounted(one)] == []
        total += store.store_missing(conn, Batch(batch))
        expected += sum(len(one.letters) for one in batch)
        for one in batch:
            assert len(set(one.times)) >= good_records(one.payload)
    assert total.packs == len(payloads)
    assert total.refused == expected == scalar(conn, TIMES_REFUSED)
    assert total.refused > EACH
    assert scalar(conn, "SELECT count(*) FROM reading") == total.readings > 9_000


@pytest.mark.broker
def test_rubbish_through_the_broker_does_not_hold_up_what_is_good(
    broker: Broker, database: Copy, site: Site
) -> None:
    dice = random.Random(7)
    with (
        collecting(broker.settings(), collector_url(database)) as collector,
        broker.signed_in("gw-0001") as gateway,
    ):
        good = 0
        for number in range(1_500):
            gateway.publish("panhuo/v1/gw-0001/readings", rubbish(dice), qos=1)
            gateway.publish("panhuo/v1/gw-0001/status", rubbish(dice), qos=1)
            if number % 5 == 0:
                sent = pack(lux(1, number - 1e6), seq=number)
                gateway.publish("panhuo/v1/gw-0001/readings", sent, qos=1)
                good += 1
        eventually(lambda: count(database) == good)
        eventually(lambda: collector.counters().messages >= 3_300)
        eventually(lambda: collector.counters().waiting_messages == 0)
        eventually(
            lambda: count(database, TIMES_REFUSED) == collector.counters().stored.refused >= 2_900
        )
