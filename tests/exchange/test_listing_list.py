"""Listings as their units manage them: paged on and back, newest first (D1)."""

from dataclasses import replace

import pytest

from db import Connection
from exchange import listing_list
from exchange.kinds import Kind
from exchange.listing_list import ListingQuery
from tests.exchange.conftest import MakeListing
from tests.fixtures.paging import both_ways
from tests.registry.conftest import Organisation


def test_listings_are_paged_on_and_back_newest_first(
    conn: Connection,
    make_listing: MakeListing,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing_list, "PAGE", 2)
    made = [make_listing() for _ in range(5)]
    query = ListingQuery([organisation.units["图书馆"]], Kind.TRANSFER)
    rows = both_ways(
        lambda after, back: listing_list.page(conn, replace(query, after=after, back=back)),
        lambda row: row.id,
    )
    assert [row.id for row in rows] == made[::-1]
