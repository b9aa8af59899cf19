"""The squares: who sees what on which tab, filters, counts, orders, pages (E1 to E3, G1, J4)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import Connection, scalar
from exchange import details, square_counts, square_query, squares
from exchange.kinds import Kind, State
from exchange.square_query import Band, Query, Sort, Tab
from exchange.squares import Count
from tests.exchange.conftest import NOW, MakeListing, Standing
from tests.fixtures.examples import examples
from tests.fixtures.paging import both_ways
from tests.registry.conftest import Organisation, Person


@pytest.fixture
def query(organisation: Organisation) -> Query:
    return Query(Kind.TRANSFER, Tab.LOCAL, organisation.users["clerk2"], NOW, size=3)


def found_ids(conn: Connection, query: Query) -> list[int]:
    """Ids of all pages, one after the other; the count agrees with them where it is exact."""
    found = squares.find(conn, query)
    rows = both_ways(
        lambda after, back: squares.page(conn, replace(query, after=after, back=back), found),
        lambda row: (row.sort_key, row.id),
    )
    here, ids = found.tabs[query.tab], [row.id for row in rows]
    assert not here.exact or here.n == len(ids)
    assert len(ids) == len(set(ids))
    return ids


@pytest.mark.parametrize(
    ("columns", "tabs"),
    [
        ({}, {Tab.LOCAL}),
        ({"scope": "national", "ministry": "unreported"}, {Tab.LOCAL}),
        ({"scope": "national", "ministry": "reported"}, {Tab.LOCAL}),
        ({"scope": "national", "ministry": "returned"}, {Tab.LOCAL}),
        ({"scope": "national", "ministry": "decided"}, {Tab.LOCAL, Tab.NATIONAL}),
        ({"origin": "foreign"}, {Tab.NATIONAL}),
        ({"origin": "linked"}, {Tab.LOCAL}),
        ({"state": "settling"}, {Tab.LOCAL}),
        ({"state": "settled"}, {Tab.LOCAL}),
        ({"state": "settled", "origin": "linked"}, {Tab.LOCAL}),
        ({"state": "settled", "origin": "foreign"}, set()),
        ({"state": "settled", "scope": "national", "ministry": "decided"}, {Tab.LOCAL}),
        ({"state": "delisted", "reason": "by_hand"}, set()),
        ({"kind": "share"}, set()),
    ],
)
def test_tabs_show_what_the_ministry_and_the_state_allow(
    conn: Connection,
    make_listing: MakeListing,
    query: Query,
    columns: dict[str, Any],
    tabs: set[Tab],
) -> None:
    listing = make_listing(**columns)
    for tab in Tab:
        shown = found_ids(conn, replace(query, tab=tab)) == [listing]
        assert shown is (tab in tabs)


def test_every_unit_sees_what_is_on_a_square(
    conn: Connection, make_listing: MakeListing, organisation: Organisation, query: Query
) -> None:
    listing = make_listing(unit="图书馆")
    for login in ("clerk2", "finance", "department"):
        assert found_ids(conn, replace(query, viewer=organisation.users[login])) == [listing]


def test_a_demand_past_its_closing_date_is_gone_and_not_counted_unless_it_was_met(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    today = query.today
    make_listing("demand", until_on=today - timedelta(days=1))
    last_day = make_listing("demand", until_on=today)
    open_end = make_listing("demand")
    met = make_listing("demand", until_on=today - timedelta(days=9), state="settled")
    asked = replace(query, kind=Kind.DEMAND)
    assert set(found_ids(conn, asked)) == {last_day, open_end, met}
    assert squares.find(conn, replace(asked, text="求台式")).tabs[Tab.LOCAL] == Count(3)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"text": "投影"}, {"projector"}),
        ({"text": "激光工程投影仪"}, {"projector"}),
        ({"text": "cb-l730"}, {"projector"}),
        ({"text": "爱普生 投影"}, {"projector"}),
        ({"text": "图书馆"}, {"desk", "projector"}),
        ({"text": "医院 联想"}, {"laptop"}),
        ({"text": "%"}, set()),
        ({"text": "_"}, set()),
        ({"text": "台"}, {"desk"}),
        ({"unit": "医院"}, {"laptop"}),
        ({"unit": "医院", "text": "联想"}, {"laptop"}),
        ({"division": "460000"}, {"desk", "projector", "laptop"}),
        ({"division": "460200"}, {"laptop"}),
        ({"division": "460100", "bands": (Band.UNDER_50K,)}, {"desk", "projector"}),
        ({"division": "999999"}, set()),
        ({"category": "A02000000"}, {"desk", "projector", "laptop"}),
        ({"category": "A02010000"}, {"desk", "laptop"}),
        ({"category": "A02010105"}, {"desk", "laptop"}),
        ({"category": "A05000000"}, set()),
        ({"statuses": ("to_dispose",)}, {"projector"}),
        ({"states": (State.SETTLED,)}, {"laptop"}),
        ({"states": (State.LISTED, State.SETTLING)}, {"desk", "projector"}),
        ({"states": (State.SETTLED,), "text": "联想"}, {"laptop"}),
        ({"statuses": ("idle", "to_dispose")}, {"desk", "projector", "laptop"}),
        ({"bands": (Band.UNDER_200K,)}, {"laptop"}),
        ({"bands": (Band.UNDER_50K, Band.UNDER_200K)}, {"desk", "projector", "laptop"}),
        ({"least_value": Decimal(5600), "most_value": Decimal(38600)}, {"desk", "projector"}),
        ({"days": 7}, {"desk", "laptop"}),
        ({"days": 7, "statuses": ("to_dispose",)}, set()),
        ({"text": "联想", "division": "460200"}, {"laptop"}),
    ],
)
def test_filters(
    conn: Connection,
    make_listing: MakeListing,
    query: Query,
    asked: dict[str, Any],
    expected: set[str],
) -> None:
    names = {
        make_listing(): "desk",
        make_listing(
            name="激光工程投影仪", category="A02100000", status="to_dispose", value="38600",
            facts={"brand": "爱普生", "model": "CB-L730U"}, listed_at=NOW - timedelta(days=30),
        ): "projector",
        make_listing(unit="医院", division="460200", name="便携式计算机", value="50000",
                     state="settled"): "laptop",
    }  # fmt: skip
    assert {names[key] for key in found_ids(conn, replace(query, **asked))} == expected


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("few", [True, False])
def test_every_order_pages_through_all_once(
    conn: Connection, make_listing: MakeListing, query: Query, sort: Sort, few: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if not few:
        monkeypatch.setattr(squares, "COUNT_UP_TO", 2)
    made = [
        make_listing(
            name=f"设备{n % 2}", value=str(n % 3), quantity=str(1 + n % 2),
            listed_at=NOW - timedelta(hours=n % 4),
            until_on=None if n % 3 else NOW.date() + timedelta(days=n % 2),
            state="settled" if n == 6 else "listed",
        )
        for n in range(8)
    ]  # fmt: skip
    ids = found_ids(conn, replace(query, sort=sort))
    assert sorted(ids) == made
    keys: dict[Sort, str] = {
        Sort.LISTED: "SELECT listed_at, id FROM listing ORDER BY listed_at DESC, id DESC",
        Sort.VALUE: "SELECT value, id FROM listing ORDER BY value DESC, id DESC",
        Sort.QUANTITY: "SELECT quantity, id FROM listing ORDER BY quantity DESC, id DESC",
        Sort.NAME: "SELECT name, id FROM listing ORDER BY name, id",
        Sort.ENDING: "SELECT until_on, id FROM listing "
        "ORDER BY CASE WHEN state <> 'settled' THEN until_on END NULLS LAST, id",
    }
    assert ids == [row[1] for row in conn.execute(keys[sort].encode())]


def test_keys_of_addresses_are_checked() -> None:
    assert squares.is_key(Sort.LISTED, "2026-11-24 02:00:00+00:00")
    assert squares.is_key(Sort.ENDING, "9999-12-31")
    assert not squares.is_key(Sort.VALUE, "NaN")
    assert not squares.is_key(Sort.QUANTITY, "x")
    assert not squares.is_key(Sort.LISTED, "yesterday")


def test_facets_count_as_if_nothing_were_chosen_in_them(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    make_listing()
    make_listing(status="to_dispose", value="1000000")
    make_listing(unit="医院", division="460200", category="A05000000", card_type="furniture")
    asked = replace(query, statuses=("idle",))
    for text in ("", "图书馆", "不存在"):
        found = squares.find(conn, replace(asked, text=text))
        statuses = {one.key: one.n for one in found.facets.statuses}
        classes = {one.key: one.n for one in found.facets.classes}
        divisions = {one.key: one.n for one in found.facets.divisions}
        assert (
            statuses
            == {
                "": {"idle": 2, "to_dispose": 1},
                "图书馆": {"idle": 1, "to_dispose": 1},
                "不存在": {},
            }[text]
        )
        assert (
            classes
            == {"": {"A02000000": 1, "A05000000": 1}, "图书馆": {"A02000000": 1}, "不存在": {}}[
                text
            ]
        )
        assert (
            divisions
            == {"": {"460100": 1, "460200": 1}, "图书馆": {"460100": 1}, "不存在": {}}[text]
        )
        assert found.tabs[Tab.LOCAL].n == {"": 2, "图书馆": 1, "不存在": 0}[text]


def test_too_many_to_count_says_so_and_still_pages(
    conn: Connection, make_listing: MakeListing, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(squares, "COUNT_UP_TO", 3)
    made = {make_listing() for _n in range(5)}
    found = squares.find(conn, replace(query, text="台式计算机"))
    assert (found.tabs, found.ids) == ({Tab.LOCAL: Count(3, False), Tab.NATIONAL: Count(0)}, None)
    assert set(found_ids(conn, replace(query, text="台式计算机"))) == made
    narrower = squares.find(conn, replace(query, text="台式计算机", statuses=("to_dispose",)))
    assert narrower.tabs[Tab.LOCAL] == Count(0)


def test_what_finds_too_many_is_narrowed_by_choices_without_numbers(
    conn: Connection, make_listing: MakeListing, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(squares, "COUNT_UP_TO", 3)
    for status in ("idle", "idle", "to_dispose", "to_dispose", "idle"):
        make_listing(status=status)
    make_listing(unit="医院", division="460200", name="病床", category="A05000000")
    for chosen in ((), ("idle",)):
        found = squares.find(conn, replace(query, text="台式计算机", statuses=chosen))
        assert [(one.key, one.n, one.chosen) for one in found.facets.statuses] == [
            ("idle", None, bool(chosen)), ("to_dispose", None, False),
        ]  # fmt: skip
    assert found.tabs[Tab.LOCAL] == Count(3)
    facets = squares.find(conn, replace(query, text="台式计算机")).facets
    assert {one.key: one.n for one in facets.divisions} == {"460100": None, "460200": None}


def test_divisions_open_like_a_tree(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    make_listing()
    make_listing(unit="医院", division="460200")
    make_listing(
        origin="foreign", division="440100", unit_name="广州某馆",
        facts={"division_name": "广东省广州市"},
    )  # fmt: skip
    local = squares.find(conn, query).facets
    assert [one.name.zh for one in local.path] == ["海南省"]
    assert {one.name.zh for one in local.divisions} == {"海口市", "三亚市"}
    chosen = squares.find(conn, replace(query, division="460100")).facets
    assert {(one.key, one.chosen) for one in chosen.divisions} == {
        ("460100", True),
        ("460200", False),
    }
    asked = replace(query, tab=Tab.NATIONAL)
    national = squares.find(conn, asked)
    assert [(one.key, one.name.zh, one.n) for one in national.facets.divisions] == [
        ("440100", "广东省广州市", 1)
    ]
    rows, _more = squares.page(conn, asked, national)
    assert rows[0].division_name == "广东省广州市"


def counted(conn: Connection) -> dict[tuple[str, ...], int]:
    """The kept counts, without what adds up to nothing."""
    rows = conn.execute(
        "SELECT kind, tab, division, class, state, status, band, sum(n) FROM listing_count "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0"
    ).fetchall()
    return {row[:7]: row[7] for row in rows}


def recounted(conn: Connection) -> dict[tuple[str, ...], int]:
    """The same, counted from the listings."""
    rows = conn.execute(
        "SELECT kind, tab, division, class, state, status, band, count(*) FROM listing, "
        "unnest(ARRAY['local', 'national']) AS tab "
        "WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7"
    ).fetchall()
    return {row[:7]: row[7] for row in rows}


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["state = 'settling', closed_at = NULL", "state = 'delisted', closed_at = now()", "value = value * 20",
             "state = 'settled', closed_at = now()", "on_local = NOT on_local",
             "state = 'listed', closed_at = NULL", "division = '460200'", "category = 'A05000000'",
             "ministry = 'decided'", "ministry = 'returned'", "status = 'to_dispose'"]
        ),
        st.integers(0, 3),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, compacted=st.booleans())
def test_kept_counts_are_what_counting_finds(
    conn: Connection, make_listing: MakeListing, moves: list[tuple[str, int]], compacted: bool
) -> None:
    with conn.transaction(force_rollback=True):
        made = [make_listing(scope="national") for _n in range(4)]
        for change, which in moves:
            conn.execute(f"UPDATE listing SET {change} WHERE id >= %s", [made[which]])
            if compacted:
                square_counts.compact(conn)
            assert counted(conn) == recounted(conn)


def test_drawing_together_leaves_one_row_a_cell(
    conn: Connection, make_listing: MakeListing
) -> None:
    for _n in range(3):
        make_listing()
    square_counts.compact(conn)
    assert conn.execute("SELECT n FROM listing_count").fetchall() == [(3,)]


def test_the_exchange_process_draws_them_together(standing: Standing) -> None:
    for _n in range(3):
        standing.make_listing()
    square_counts.tidy(standing.exchange, NOW)
    assert standing.conn.execute("SELECT n FROM listing_count").fetchall() == [(3,)]


def test_rows_show_what_a_square_shows(
    conn: Connection, make_listing: MakeListing, query: Query, organisation: Organisation
) -> None:
    day = date(2026, 12, 9)
    listing = make_listing(
        photo="ab" * 32, status="to_dispose", until_on=day, quantity="12.50", measure="㎡"
    )
    conn.execute(
        "INSERT INTO shortlist VALUES (%s, %s, %s)", (organisation.users["clerk2"], listing, NOW)
    )
    (row,), more = squares.page(conn, query, squares.find(conn, query))
    assert not more
    assert (row.name, row.division_name, row.unit_name) == ("台式计算机", "海口市", "图书馆")
    assert (row.category_name, row.status_label.zh, row.photo) == (
        "台式计算机",
        "待处置",
        "ab" * 32,
    )
    assert (row.quantity, row.measure, row.until_on) == (Decimal("12.50"), "㎡", day)
    assert (row.marked, row.listed_at) == (True, NOW)
    other = replace(query, viewer=organisation.users["clerk"])
    assert not squares.page(conn, other, squares.find(conn, other))[0][0].marked


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        ("transfer", "listed", "上架"),
        ("transfer", "settling", "已有接收方"),
        ("share", "settled", "已登记"),
        ("demand", "listed", "征集中"),
        ("demand", "settled", "已满足"),
    ],
)
def test_everybody_reads_whether_it_can_be_had_and_who_takes_it(
    conn: Connection, make_listing: MakeListing, query: Query, organisation: Organisation,
    kind: str, state: str, said: str,
) -> None:  # fmt: skip  # E2
    listing, partner = make_listing(kind, state=state), "" if state == "listed" else "某学校"
    if partner:
        conn.execute(
            "INSERT INTO settlement (listing_id, partner, registered_by, registered_at) "
            "VALUES (%s, %s, %s, %s)",
            (listing, partner, organisation.users["clerk"], NOW),
        )
    asked = replace(query, kind=Kind(kind))
    found = squares.find(conn, asked)
    (row,), _more = squares.page(conn, asked, found)
    assert (row.state_label.zh, row.partner) == (said, partner)
    assert (row.ministry.review_label.zh, row.status_label.zh) != ("", "")
    assert [(one.name.zh, one.n) for one in found.facets.states] == [(said, 1)]


def test_demands_say_what_they_ask_for(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    make_listing("demand", status="share")
    asked = replace(query, kind=Kind.DEMAND)
    (row,), _more = squares.page(conn, asked, squares.find(conn, asked))
    assert row.status_label.zh == "求共享"
    assert square_query.status_label(Kind.SHARE, "of_elsewhere").zh == "of_elsewhere"


# -- details and who may see them


def test_a_live_listing_is_seen_by_all_and_a_closed_one_by_its_unit_and_its_partner(
    conn: Connection, make_listing: MakeListing, person: Person, organisation: Organisation
) -> None:
    live = make_listing()
    closed = make_listing(state="settled")
    conn.execute("UPDATE listing SET on_local = false WHERE id = %s", [closed])  # long ago

    def seen(login: str, listing: int) -> bool:
        return details.details(conn, person(login).id, listing, NOW) is not None

    assert all(seen(login, live) for login in ("clerk", "clerk2", "finance", "finance2"))
    assert [seen(login, closed) for login in ("clerk", "department", "finance", "clerk2")] == [
        True, True, True, False,
    ]  # fmt: skip
    conn.execute(
        "INSERT INTO settlement (listing_id, partner_unit_id, partner, registered_by, registered_at, "
        "compensation, note) VALUES (%s, %s, '医院', %s, %s, 300, '内部备注')",
        (closed, organisation.units["医院"], organisation.users["clerk"], NOW),
    )
    assert seen("clerk2", closed)
    assert details.details(conn, person("clerk").id, 0, NOW) is None


def test_a_demand_past_its_closing_date_is_seen_by_its_unit_alone(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    over = make_listing("demand", until_on=date(2026, 11, 23))
    assert details.details(conn, person("clerk2").id, over, NOW) is None
    assert details.details(conn, person("clerk").id, over, NOW) is not None


def test_details_keep_back_what_is_the_units_own(
    conn: Connection, make_listing: MakeListing, person: Person, organisation: Organisation
) -> None:
    listing = make_listing(
        state="settling",
        facts={
            "name": "台式计算机", "brand": "联想", "custodian": "符海燕", "voucher_number": "记-1",
            "ledger_account": "1601 固定资产", "fiscal_funds": "5600.00", "other_funds": "0.00",
            "supplier": "某公司",
        },
    )  # fmt: skip
    conn.execute(
        "INSERT INTO settlement (listing_id, partner, registered_by, registered_at, compensation, note) "
        "VALUES (%s, '某学校', %s, %s, 300, '内部备注')",
        (listing, organisation.users["clerk"], NOW),
    )
    conn.execute(
        "INSERT INTO listing_event (listing_id, at, actor, event, facts) "
        "VALUES (%s, %s, 'clerk', 'listed', '{\"sheet\": 1}')",
        (listing, NOW),
    )
    outside = details.details(conn, person("clerk2").id, listing, NOW)
    inside = details.details(conn, person("clerk").id, listing, NOW)
    assert outside is not None
    assert inside is not None
    for one in (outside, inside):
        names = {field.name for field, _value in one.facts}
        assert names == {"name", "brand"}
        assert one.division_name == "海口市"
        assert one.status_label.zh == "闲置"
        assert one.party is not None
        assert one.party.partner == "某学校"
    assert (outside.party.compensation, outside.party.note) == (None, "")  # type: ignore[union-attr]
    assert (inside.party.compensation, inside.party.note) == (Decimal(300), "内部备注")  # type: ignore[union-attr]
    assert [(m.actor, dict(m.facts)) for m in outside.history] == [("", {})]
    assert [(m.actor, dict(m.facts)) for m in inside.history] == [("clerk", {"sheet": 1})]


def test_a_demand_shows_its_fields_in_their_order(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    listing = make_listing("demand")
    found = details.details(conn, person("clerk2").id, listing, NOW)
    assert found is not None
    assert [field.name for field, _value in found.facts][:3] == ["title", "wanted", "category"]


def test_photos_are_shown_while_a_listing_is_live(
    conn: Connection, make_listing: MakeListing
) -> None:
    first, second = "a" * 64, "b" * 64
    listing = make_listing(photo=first)
    card = scalar(conn, "SELECT card_id FROM listing WHERE id = %(listing)s", listing=listing)
    for position, digest in enumerate((first, second)):
        conn.execute(
            "INSERT INTO photo (card_id, position, digest, media, width, height) "
            "VALUES (%s, %s, %s, 'image/jpeg', 4, 3)",
            (card, position, digest),
        )
    assert details.photo_shown(conn, first)
    assert details.photo_shown(conn, second)
    assert not details.photo_shown(conn, "d" * 64)
    conn.execute("UPDATE listing SET state = 'delisted', reason = 'by_hand', closed_at = %s", [NOW])
    assert not details.photo_shown(conn, first)
    assert not details.photo_shown(conn, second)


def test_a_listing_of_elsewhere_shows_its_own_photo(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    listing = make_listing(origin="foreign", photo="e" * 64)
    found = details.details(conn, person("clerk").id, listing, NOW)
    assert found is not None
    assert found.photos == ["e" * 64]
    assert details.photo_shown(conn, "e" * 64)


def test_now_is_what_the_caller_says(query: Query) -> None:
    assert replace(query, now=datetime.fromisoformat("2026-11-24T17:00+00:00")).today == date(
        2026, 11, 25
    )
