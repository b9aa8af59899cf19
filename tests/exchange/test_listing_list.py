"""Listings as their units manage them: paged on and back, newest first (D1)."""

from dataclasses import replace

import pytest

from db import Connection
from exchange import listing_list
from exchange.kinds import Kind, State
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
        lambda row: (row.sort_key, row.id),
    )
    assert [row.id for row in rows] == made[::-1]


def test_each_state_is_counted_by_itself_so_that_many_of_one_hide_none_of_another(
    conn: Connection,
    make_listing: MakeListing,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing_list, "COUNT_UP_TO", 3)
    for _ in range(6):
        make_listing()
    for _ in range(2):
        make_listing(state="delisted", reason="by_hand")
    query = ListingQuery([organisation.units["图书馆"]], Kind.TRANSFER, state="listed")
    assert listing_list.count_by_state(conn, query) == {
        State.LISTED: 4, State.SETTLING: 0, State.SETTLED: 0, State.DELISTED: 2,
    }  # fmt: skip
