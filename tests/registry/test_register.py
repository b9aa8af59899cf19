"""The register's list: what a query finds, in which order, page by page, and how it is counted."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import Connection, scalar
from registry.cards import Status, register
from registry.cards.register import Query, Sort
from tests.fixtures.examples import examples
from tests.fixtures.paging import both_ways
from tests.registry.conftest import MakeCard, Organisation


@pytest.fixture
def library(organisation: Organisation) -> int:
    return organisation.units["图书馆"]


def codes(conn: Connection, query: Query) -> list[str]:
    """Codes of all pages, one after the other, and back."""
    found = register.find(conn, query, register.by_status(conn, query))
    rows = both_ways(
        lambda after, back: register.page(conn, replace(query, after=after, back=back), found),
        lambda row: (row.sort_key, row.id),
    )
    return [row.code for row in rows]


@pytest.mark.parametrize("common", [0.0, 2.0], ids=["met card by card", "listed by an index"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("投影", ["PROJ-0001"]),
        ("激光工程投影仪", ["PROJ-0001"]),
        ("爱普生", ["PROJ-0001"]),
        ("cb-l730", ["PROJ-0001"]),
        ("联想 二楼", ["DESK-0001", "DESK-0002"]),
        ("投影 联想", []),
        ("desk", ["DESK-0001", "DESK-0002"]),
        ("符", ["DESK-0001", "DESK-0002", "PROJ-0001"]),
        ("%", []),
        ("_", []),
        ("\\", []),
    ],
)
def test_text_is_found_in_chinese_and_latin_from_one_character_on(
    conn: Connection,
    make_card: MakeCard,
    library: int,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    expected: list[str],
    common: float,
) -> None:
    monkeypatch.setattr(register, "COMMON", common)
    make_card(code="DESK-0001")
    make_card(code="DESK-0002")
    make_card(
        code="PROJ-0001",
        name="激光工程投影仪",
        brand="爱普生",
        model="CB-L730U",
        place="一楼报告厅",
    )
    assert codes(conn, Query(units=[library], text=text)) == expected


@pytest.mark.parametrize("common", [0.0, 2.0])
@pytest.mark.parametrize("many", [0, 50])
def test_cards_of_units_out_of_sight_are_not_found_by_any_filter(
    conn: Connection,
    make_card: MakeCard,
    organisation: Organisation,
    library: int,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    common: float,
) -> None:
    monkeypatch.setattr(register, "COMMON", common)
    monkeypatch.setattr(register, "MANY_UNITS", many)
    make_card(code="OURS-0001")
    make_card(unit="医院", code="THEIRS-0001")
    hospital = organisation.units["医院"]
    for units in ([library], [library, organisation.units["文体局"]], []):
        for query in (Query(units), Query(units, text="THEIRS"), Query(units, unit=hospital),
                      Query(units, codes=["THEIRS-0001"])):  # fmt: skip
            assert "THEIRS-0001" not in codes(conn, query)


@pytest.mark.parametrize("sort", Sort)
def test_every_order_pages_through_all_cards_once(
    conn: Connection, make_card: MakeCard, library: int, sort: Sort
) -> None:
    made = [make_card(code=f"P-{n:04}", name=f"椅{n % 3}", original_value=f"{n % 5}.00", accumulated_depreciation="",
                      fiscal_funds="", acquired_on=f"2020-01-0{n % 4 + 1}" if n % 2 else "") for n in range(23)]  # fmt: skip
    found = codes(conn, Query(units=[library], sort=sort, size=4))
    assert sorted(found) == [f"P-{n:04}" for n in range(23)]
    assert len(made) == 23
    assert codes(conn, Query(units=[library], sort=sort, size=4, type="general_equipment")) == found


def test_a_photo_makes_a_card_photographed_and_its_removal_undoes_it(
    conn: Connection, make_card: MakeCard, library: int
) -> None:
    key = make_card(code="PIC-0001")
    make_card(code="PIC-0002")
    conn.execute(
        "INSERT INTO photo (card_id, position, digest, media, width, height) VALUES (%s, 0, repeat('a', 64), 'image/jpeg', 1, 1)",
        (key,),
    )
    assert codes(conn, Query(units=[library], photo=True)) == ["PIC-0001"]
    assert codes(conn, Query(units=[library], photo=False)) == ["PIC-0002"]
    conn.execute("DELETE FROM photo WHERE card_id = %s", (key,))
    assert codes(conn, Query(units=[library], photo=True)) == []


def test_values_and_days_bound_the_list(
    conn: Connection, make_card: MakeCard, library: int
) -> None:
    make_card(
        code="OLD-0001",
        original_value="100.00",
        accumulated_depreciation="",
        fiscal_funds="",
        acquired_on="2019-12-31",
    )
    make_card(
        code="NEW-0001",
        original_value="200.00",
        accumulated_depreciation="",
        fiscal_funds="",
        acquired_on="2020-01-01",
    )
    assert codes(conn, Query([library], least_value=Decimal(150))) == ["NEW-0001"]
    assert codes(conn, Query([library], most_value=Decimal(150))) == ["OLD-0001"]


def test_more_than_can_be_counted_is_said_so_and_still_paged(
    conn: Connection, make_card: MakeCard, library: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        register, "COUNT_UP_TO", 5
    )  # the rule is the same; a thousand cards take long
    for n in range(9):
        make_card(code=f"MANY-{n:04}")
    make_card(code="ZZ-0001", serial_number="MANY-0001")
    query = Query([library], text="台式计算机", size=4)
    found = register.find(conn, query, {})
    assert (found.cards, found.exact) == (5, False)
    assert len(codes(conn, query)) == 10
    few = Query([library], text="MANY-0", status="idle", size=4)
    assert register.find(conn, few, {}).cards == 0  # other filters count too
    assert codes(conn, Query([library], text="MANY-0", size=4)) == [
        f"MANY-{n:04}" for n in range(9)
    ]


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(list(Status)), st.integers(0, 4)), min_size=1, max_size=12
    )
)
def test_kept_counts_tell_the_cards_whatever_happens(
    conn: Connection, organisation: Organisation, steps: list[tuple[Status, int]]
) -> None:
    unit = organisation.units["图书馆"]
    conn.execute(
        "INSERT INTO category (code, name) VALUES ('A02000000', '设备') ON CONFLICT DO NOTHING"
    )
    conn.execute("DELETE FROM card")
    conn.execute("DELETE FROM card_count")
    for number, (status, other) in enumerate(steps):
        conn.execute(
            "INSERT INTO card (unit_id, code, name, category, type, quantity, measure, original_value, status, shareable) "
            "VALUES (%s, %s, 'x', 'A02000000', 'material', 1, '件', %s, %s, false)",
            (unit, f"C-{number:04}", number, status.value),
        )
        conn.execute("UPDATE card SET status = %s WHERE id %% 5 = %s", (status.value, other))
    kept = conn.execute(
        "SELECT status, cards, original_value FROM card_count WHERE cards > 0 ORDER BY 1"
    ).fetchall()
    real = conn.execute(
        "SELECT status, count(*), sum(original_value) FROM card GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert kept == real
    assert scalar(conn, "SELECT count(*) FROM card_count WHERE cards < 0") == 0
