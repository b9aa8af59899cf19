"""What the database refuses is set aside alone; its neighbours are stored."""

from collections.abc import Iterator
from typing import LiteralString

import pytest

from db import Database, single_connection
from ingest import isolate, packs
from ingest.packs import Pack
from ingest.status import Status
from ingest.store import Batch, State, Stored
from tests.fixtures.database import Copy
from tests.ingest.parts import NOW, YEAR_S, Site, collector_url, count, lux, pack

# A rule that nobody told the collector of.
POISON: LiteralString = "ALTER TABLE reading ADD CONSTRAINT not_666 CHECK (value <> 666)"
LETTERS: LiteralString = "SELECT seq, place, reason FROM dead_letter ORDER BY seq, place"


@pytest.fixture
def poisoned(database: Copy) -> Iterator[Database]:
    with single_connection(database.url()) as conn:
        conn.execute(POISON)
        conn.commit()
    with Database(collector_url(database)) as opened:
        yield opened


def judged(site: Site, *values: float, seq: int) -> Pack:
    payload = pack(*(lux(value, seq * 100.0 + at) for at, value in enumerate(values)), seq=seq)
    return packs.judge("gw-0001", payload, NOW + 60, YEAR_S, site.registered)


def test_one_refused_record_is_kept_and_the_rest_of_the_batch_stored(
    poisoned: Database, database: Copy, site: Site
) -> None:
    gateway = site.registered.gateways["gw-0001"].id
    batch = Batch(
        [judged(site, 1, 2, 3, seq=seq) for seq in range(7)] + [judged(site, 4, 666, 5, seq=8)],
        states=[State(gateway, Status(True, "1", NOW, 0), NOW, None)],
    )
    stored = isolate.store_all(poisoned, batch)
    assert stored == Stored(readings=23, refused=1, packs=8, states=1)
    assert count(database) == 23
    with single_connection(database.url()) as conn:
        assert conn.execute(LETTERS).fetchall() == [(8, 2, "refused_by_database")]


def test_batch_with_repeats_and_a_refused_record_is_sorted_out_too(
    poisoned: Database, database: Copy, site: Site
) -> None:
    isolate.store_all(poisoned, Batch([judged(site, 1, 2, seq=1)]))
    mixed = Batch([judged(site, 1, 2, 666, seq=1), judged(site, 3, seq=2)])
    assert isolate.store_all(poisoned, mixed) == Stored(readings=1, repeated=2, refused=1, packs=2)
    assert count(database) == 3
