"""Demands and listings matched both ways (F5): the scoring, what is found, the digest."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Connection
from exchange import listings, match, match_digest
from exchange.kinds import Scope
from exchange.listings import Listing
from exchange.match import Match
from exchange.match_score import Ground, Offer, Reason, Wish, score
from tests.exchange.conftest import DEMAND, NOW, MakeListing, Standing
from tests.registry.conftest import Person

R = Reason
TODAY = date(2026, 11, 24)
GROUND = Ground(
    categories={
        "desktop": ("desktop", "computers", "it", "equipment"),
        "laptop": ("laptop", "computers", "it", "equipment"),
        "computers": ("computers", "it", "equipment"),
        "it": ("it", "equipment"),
        "cars": ("cars", "equipment"),
        "equipment": ("equipment",),
        "desk": ("desk", "furniture"),
        "furniture": ("furniture",),
    },
    divisions={
        "460105": ("460105", "460100", "460000"),
        "460106": ("460106", "460100", "460000"),
        "460100": ("460100", "460000"),
        "469001": ("469001", "460000"),
        "469002": ("469002", "460000"),
    },
    cities=frozenset({"460100"}),
)
WISH = Wish("desktop", Decimal(2), "460105", Scope.LOCAL, None)
OFFER = Offer("desktop", Decimal(2), "460105", Scope.LOCAL, None)


def reasons(wish: Wish = WISH, offer: Offer = OFFER) -> set[Reason]:
    found = score(wish, offer, GROUND, TODAY)
    return set(found.reasons) if found else set()


@pytest.mark.parametrize(
    ("wished", "offered", "expected"),
    [
        ("desktop", "desktop", R.SAME_CATEGORY),
        ("computers", "desktop", R.WITHIN_CATEGORY),
        ("equipment", "desktop", R.WITHIN_CATEGORY),
        ("desktop", "it", R.WIDER_CATEGORY),
        ("desktop", "laptop", R.NEAR_CATEGORY),
        ("it", "cars", None),
        ("desktop", "desk", None),
        ("unknown", "unknown", R.SAME_CATEGORY),
        ("unknown", "desktop", None),
    ],
)
def test_categories_match_by_ancestry(wished: str, offered: str, expected: Reason | None) -> None:
    found = reasons(replace(WISH, category=wished), replace(OFFER, category=offered))
    assert (expected in found) if expected else not found


@pytest.mark.parametrize(
    ("wished", "offered", "expected"),
    [
        ("460105", "460105", R.SAME_DIVISION),
        ("460105", "460106", R.SAME_CITY),
        ("460100", "460106", R.SAME_CITY),
        ("460105", "469001", R.SAME_PROVINCE),
        ("469001", "469002", R.SAME_PROVINCE),  # counties of the province, whatever their codes
        ("460105", "469999", R.SAME_PROVINCE),
        ("460105", "440100", R.ELSEWHERE),
        ("440103", "440100", R.SAME_PROVINCE),
    ],
)
def test_divisions_are_near_or_far(wished: str, offered: str, expected: Reason) -> None:
    assert expected in reasons(replace(WISH, division=wished), replace(OFFER, division=offered))


@pytest.mark.parametrize(
    ("wanted_by", "until", "expected"),
    [
        (date(2026, 12, 1), None, {R.IN_TIME}),
        (date(2026, 12, 1), date(2026, 12, 1), {R.IN_TIME}),
        (date(2026, 12, 1), date(2026, 11, 30), {R.ENDS_BEFORE}),
        (None, date(2026, 11, 30), set()),
        (date(2026, 11, 23), None, set()),
    ],
)
def test_dates(wanted_by: date | None, until: date | None, expected: set[Reason]) -> None:
    found = reasons(replace(WISH, wanted_by=wanted_by), replace(OFFER, until=until))
    assert found & {R.IN_TIME, R.ENDS_BEFORE} == expected


def test_quantities_and_scopes() -> None:
    assert R.ENOUGH in reasons()
    assert R.IN_PART in reasons(offer=replace(OFFER, quantity=Decimal(1)))
    assert R.IN_PROVINCE in reasons()
    national = replace(WISH, scope=Scope.NATIONAL)
    assert R.NATIONWIDE in reasons(national, replace(OFFER, scope=Scope.NATIONAL))
    assert R.IN_PROVINCE in reasons(national)


def test_what_keeps_within_its_province_meets_nothing_of_another() -> None:
    abroad = replace(OFFER, scope=Scope.NATIONAL, foreign=True, division="440100")
    wish = replace(WISH, scope=Scope.NATIONAL)
    assert reasons(wish, abroad)
    assert not reasons(WISH, abroad)
    assert not reasons(replace(wish, foreign=True), OFFER)
    assert not reasons(replace(wish, foreign=True), abroad)


CODES = st.sampled_from(sorted(GROUND.categories))
PLACES = st.sampled_from([*GROUND.divisions, "440100"])
COUNTS = st.integers(1, 5).map(Decimal)
DAYS = st.none() | st.dates(TODAY - timedelta(9), TODAY + timedelta(9))
SCOPES = st.sampled_from(Scope)


@given(
    wish=st.builds(Wish, CODES, COUNTS, PLACES, SCOPES, DAYS, st.booleans()),
    offer=st.builds(Offer, CODES, COUNTS, PLACES, SCOPES, DAYS, st.booleans()),
)
def test_points_are_of_a_hundred_and_nothing_beats_the_same_thing_here(
    wish: Wish, offer: Offer
) -> None:
    found = score(wish, offer, GROUND, TODAY)
    if found is None:
        return
    assert 0 < found.points <= 100
    assert found.points == sum(reason.points for reason in found.reasons)
    ideal = replace(offer, category=wish.category, division=wish.division, quantity=wish.quantity)
    best = score(wish, ideal, GROUND, TODAY)
    assert best is not None
    assert best.points >= found.points


def test_every_reason_has_words_and_the_best_make_a_hundred() -> None:
    assert all(reason.label.zh and reason.label.en for reason in Reason)
    best = (R.SAME_CATEGORY, R.ENOUGH, R.SAME_DIVISION, R.IN_TIME, R.NATIONWIDE)
    assert sum(reason.points for reason in best) == 100


# -- from the squares


def ids(matches: list[Match]) -> list[int]:
    return [one.candidate.id for one in matches]


def stored(conn: Connection, listing: int) -> Listing:
    found = listings.one(conn, listing)
    assert found is not None
    return found


def test_offers_for_a_demand_are_ranked(conn: Connection, make_listing: MakeListing) -> None:
    far = make_listing(unit="医院", division="460200", quantity="5")
    little = make_listing(unit="医院", quantity="1")
    near = make_listing(unit="医院", quantity="5", name="求之不得")
    for other in (
        {"category": "A05000000"}, {"kind": "share"}, {"state": "settled"}, {"state": "settling"},
        {"origin": "foreign"}, {"unit": "图书馆"},
    ):  # fmt: skip
        make_listing(**{"unit": "医院", **other})
    demand = make_listing("demand", unit="图书馆")
    found = match.offers_for(conn, stored(conn, demand), NOW)
    assert ids(found) == [near, little, far]
    assert found[0].reasons == (
        R.SAME_CATEGORY, R.ENOUGH, R.SAME_DIVISION, R.IN_TIME, R.IN_PROVINCE,
    )  # fmt: skip
    assert found[0].candidate.division_name == "海口市"
    assert found[0].candidate.status_label.zh == "闲置"


def test_demands_for_a_listing_are_the_same_pairs(
    conn: Connection, make_listing: MakeListing
) -> None:
    listing = make_listing(unit="医院", category="A02010105")
    wider = make_listing("demand", category="A02010000")
    same = make_listing("demand")
    make_listing("demand", status="share")
    make_listing("demand", until_on=date(2026, 11, 23))
    assert ids(match.demands_for(conn, stored(conn, listing), NOW)) == [same, wider]
    assert listing in ids(match.offers_for(conn, stored(conn, wider), NOW))


def test_a_demand_being_written_sees_what_there_is(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    foreign = make_listing(origin="foreign", division="440100")
    theirs, _own = make_listing(unit="医院"), make_listing(unit="图书馆")
    clerk = person("clerk")

    def found(scope: Scope, **values: str) -> list[int]:
        return ids(match.for_wish(conn, clerk, scope, {**DEMAND, **values}, NOW))

    assert found(Scope.LOCAL) == [theirs]
    assert found(Scope.NATIONAL) == [theirs, foreign]
    assert found(Scope.LOCAL, quantity="x", wanted_by="soon", division="") == [theirs]
    assert found(Scope.LOCAL, wanted="") == found(Scope.LOCAL, category="") == []


# -- the digest


def told(standing: Standing) -> list[tuple[Any, ...]]:
    """(login, address, how many) of those told."""
    return standing.conn.execute(
        "SELECT login, address, facts->>'number' FROM notice JOIN app_user ON app_user.id = user_id "
        "WHERE event = 'match.found' ORDER BY login, address"
    ).fetchall()


def test_both_units_are_told_once_of_each_pair(standing: Standing) -> None:
    offer = standing.make_listing(unit="医院")
    demand = standing.make_listing("demand")
    standing.make_listing("demand", category="A05000000")
    assert match_digest.digest(standing.exchange, NOW) == 1
    theirs, ours = f"/squares/transfer/{offer}", f"/squares/demand/{demand}"
    first = [("clerk", ours, "1"), ("clerk2", theirs, "1"), ("colleague", ours, "1")]
    assert told(standing) == first
    standing.conn.execute("UPDATE notice SET settled_at = now()")
    assert match_digest.digest(standing.exchange, NOW + timedelta(hours=1)) == 0
    assert told(standing) == first


def test_what_comes_later_is_told_with_what_there_is_by_then(standing: Standing) -> None:
    demand = standing.make_listing("demand")
    assert match_digest.digest(standing.exchange, NOW) == 0
    for _n in range(2):
        standing.make_listing(unit="医院")
        assert match_digest.digest(standing.exchange, NOW) == 1
    assert ("clerk", f"/squares/demand/{demand}", "2") in told(standing)


def test_poor_matches_and_closed_listings_are_not_told(standing: Standing) -> None:
    standing.make_listing("demand", category="A02100000", division="460200")
    standing.make_listing(unit="医院", category="A02000000", quantity="1")
    standing.make_listing("demand", state="delisted", reason="by_hand")
    assert match_digest.digest(standing.exchange, NOW) == 0
    assert told(standing) == []
