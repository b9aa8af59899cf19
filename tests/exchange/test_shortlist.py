"""我的预选资产 (E5): marking several, once each; what is closed stays."""

from datetime import timedelta

import pytest

from db import Connection, Refused
from exchange import shortlist
from portal.words import words_for
from tests.exchange.conftest import NOW, MakeListing
from tests.registry.conftest import Person


def ids(conn: Connection, user: int) -> list[int]:
    return sorted(row.id for row in shortlist.rows(conn, user))


def test_several_are_marked_and_taken_off(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    buyer, made = person("clerk2"), [make_listing() for _n in range(3)]
    assert shortlist.add(conn, buyer, [*made, made[0]], NOW) == 3
    assert ids(conn, buyer.id) == made
    assert shortlist.count(conn, buyer.id) == 3
    assert list(shortlist.remove(conn, buyer, [made[1], 0])) == [made[1]]
    assert ids(conn, buyer.id) == [made[0], made[2]]
    assert ids(conn, person("clerk").id) == []


def test_what_was_taken_off_is_put_back_where_it_stood(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    buyer, made = person("clerk2"), [make_listing() for _n in range(3)]
    for n, listing in enumerate(made):
        shortlist.add(conn, buyer, [listing], NOW + timedelta(minutes=n))
    before = [row.id for row in shortlist.rows(conn, buyer.id)]
    gone = shortlist.remove(conn, buyer, made[:2])
    shortlist.add(conn, buyer, [made[0]], NOW + timedelta(hours=1))  # marked again meanwhile
    shortlist.restore(conn, buyer, gone)
    assert [row.id for row in shortlist.rows(conn, buyer.id)] == [made[0], made[2], made[1]]
    assert before == made[::-1]


def test_marking_again_adds_nothing_and_warns_in_these_very_words(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    buyer = person("clerk2")
    first, second = make_listing(name="投影仪"), make_listing(name="复印机")
    shortlist.add(conn, buyer, [first], NOW)
    with pytest.raises(Refused) as refused:
        shortlist.add(conn, buyer, [first, second], NOW)
    assert refused.value.code == "shortlist.already"
    assert refused.value.facts["names"] == "投影仪"
    assert words_for(refused.value, "zh") == "已加入预选资产，请重新选择"
    assert ids(conn, buyer.id) == [first]


def test_what_stands_on_no_square_and_demands_are_not_marked(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    live = make_listing()
    for other in (make_listing(state="delisted", reason="by_hand"), make_listing("demand"), 0):
        with pytest.raises(Refused, match=r"shortlist\.gone"):
            shortlist.add(conn, person("clerk2"), [live, other], NOW)
    with pytest.raises(Refused, match=r"shortlist\.nothing"):
        shortlist.add(conn, person("clerk2"), [], NOW)
    assert ids(conn, person("clerk2").id) == []


def test_a_closed_listing_stays_as_closed(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    buyer, listing = person("clerk2"), make_listing()
    shortlist.add(conn, buyer, [listing], NOW)
    assert [(row.shown, row.phone) for row in shortlist.rows(conn, buyer.id)] == [
        (True, "0898-65300001")
    ]
    conn.execute("UPDATE listing SET state = 'settled', closed_at = %s", [NOW])
    assert [row.shown for row in shortlist.rows(conn, buyer.id)] == [True]  # with its taker (E1)
    conn.execute("UPDATE listing SET on_local = false")
    assert [row.shown for row in shortlist.rows(conn, buyer.id)] == [False]


def test_what_has_been_taken_is_not_marked_and_named(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    live, taken = make_listing(), make_listing(name="投影仪", state="settled")
    with pytest.raises(Refused) as refused:
        shortlist.add(conn, person("clerk2"), [live, taken], NOW)
    assert (refused.value.code, refused.value.facts["names"]) == ("shortlist.taken", "投影仪")
    assert "已登记结果" in words_for(refused.value, "zh")
    assert ids(conn, person("clerk2").id) == []


@pytest.mark.parametrize("state", ["settled", "delisted"])
def test_of_a_closed_listing_only_name_and_state_are_told(
    conn: Connection, make_listing: MakeListing, person: Person, state: str
) -> None:  # J4
    buyer, listing = person("clerk2"), make_listing(name="投影仪", photo="a" * 64)
    shortlist.add(conn, buyer, [listing], NOW)
    conn.execute("UPDATE listing SET state = %s, closed_at = %s", [state, NOW])
    conn.execute("UPDATE listing SET on_local = false")
    (row,) = shortlist.rows(conn, buyer.id)
    assert (row.name, row.state) == ("投影仪", state)
    assert [row.code, row.unit_name, row.division, row.division_name, row.measure] == [""] * 5
    assert [row.contact, row.phone, row.photo, row.until_on] == [None] * 4
    assert not row.quantity
    assert not row.value


def test_a_shortlist_has_an_end(
    conn: Connection, make_listing: MakeListing, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortlist, "MOST", 2)
    with pytest.raises(Refused, match=r"shortlist\.full"):
        shortlist.add(conn, person("clerk2"), [make_listing() for _n in range(3)], NOW)


def test_every_change_is_audited(
    conn: Connection, make_listing: MakeListing, person: Person
) -> None:
    listing = make_listing()
    shortlist.add(conn, person("clerk2"), [listing], NOW)
    shortlist.remove(conn, person("clerk2"), [listing])
    actions = [row[0] for row in conn.execute(
        "SELECT action FROM audit_entry WHERE actor = 'clerk2' ORDER BY id")]  # fmt: skip
    assert actions == ["shortlist.added", "shortlist.removed"]
