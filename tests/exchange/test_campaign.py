"""Entry campaigns (A9): how far each unit is, and who is reminded, once a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from db import Connection, Refused
from exchange import campaign, eligibility, progress
from exchange.kinds import Kind
from exchange.progress import Progress, ProgressQuery, Sort, Totals
from registry.org import visible_units
from tests.exchange.conftest import NOW, MakeListing
from tests.fixtures.paging import both_ways
from tests.registry.conftest import MakeCard, Organisation, Person

DEADLINE = date(2026, 12, 31)


def photographed(conn: Connection, card: int) -> int:
    conn.execute(
        "INSERT INTO photo (card_id, position, digest, media, width, height) "
        "VALUES (%s, 0, %s, 'image/jpeg', 4, 3)",
        (card, f"{card:064}"),
    )
    return card


def on_a_sheet(conn: Connection, make_listing: MakeListing, state: str) -> None:
    """A card of the library on a sheet that stands so; its listing isn't there yet."""
    listing = make_listing()
    conn.execute(
        "UPDATE review SET state = %s, position = %s FROM sheet JOIN listing ON sheet_id = sheet.id "
        "WHERE review.id = sheet.review_id AND listing.id = %s",
        (state, 1 if state == "in_review" else None, listing),
    )
    conn.execute("DELETE FROM listing WHERE id = %s", [listing])


@pytest.fixture
def estate(conn: Connection, make_card: MakeCard, make_listing: MakeListing) -> None:
    """The library: two to transfer (one of them shareable too, one without photo), one to share,
    one drafted, one in review, two on squares, one disposed of. The hospital: one on a square.
    """
    photographed(conn, make_card(code="IDLE-0001", status="idle", shareable="true"))
    make_card(code="IDLE-0002", status="to_dispose")
    photographed(conn, make_card(code="SHARE-0001", status="in_use", shareable="true"))
    make_card(code="USED-0001", status="in_use")
    make_card(code="GONE-0001", status="disposed", shareable="true")
    on_a_sheet(conn, make_listing, "draft")
    on_a_sheet(conn, make_listing, "in_review")
    make_listing()
    make_listing("share", status="in_use")
    make_listing(unit="医院")


def rows(conn: Connection, person: Person, login: str, **asked: object) -> dict[str, Progress]:
    query = ProgressQuery(visible_units(conn, person(login).id), **asked)  # type: ignore[arg-type]
    return {row.unit_name: row for row in progress.of_units(conn, query)}


@pytest.mark.usefixtures("estate")
def test_each_unit_is_counted(conn: Connection, person: Person) -> None:
    library = rows(conn, person, "finance")["图书馆"]
    assert (library.transfer, library.share, library.open) == (2, 2, 3)
    assert (library.without_photo, library.drafted, library.in_review) == (1, 1, 1)
    assert (library.published, library.done) == (2, 28)  # 2 of 7
    hospital = rows(conn, person, "finance")["医院"]
    assert (hospital.open, hospital.published, hospital.done) == (0, 1, 100)


@pytest.mark.usefixtures("estate")
def test_the_counts_are_the_pickers(
    conn: Connection, person: Person, organisation: Organisation
) -> None:
    library = rows(conn, person, "finance")["图书馆"]
    unit = organisation.units["图书馆"]
    picks = {
        kind: eligibility.picks(conn, kind, unit, None) for kind in (Kind.TRANSFER, Kind.SHARE)
    }
    assert library.transfer == len(picks[Kind.TRANSFER])
    assert library.share == len(picks[Kind.SHARE])
    every = {one.id: one for found in picks.values() for one in found}
    assert library.open == len(every)
    assert library.without_photo == sum(not one.photographed for one in every.values())


@pytest.mark.usefixtures("estate")
def test_only_units_in_sight_are_listed(conn: Connection, person: Person) -> None:
    assert set(rows(conn, person, "finance")) == {"图书馆", "医院"}
    assert set(rows(conn, person, "department")) == {"图书馆"}
    assert set(rows(conn, person, "clerk2")) == {"医院"}
    assert set(rows(conn, person, "admin")) == set()
    assert set(rows(conn, person, "finance", behind=True)) == {"图书馆"}
    assert set(rows(conn, person, "finance", text="医")) == {"医院"}
    totals = progress.totals(rows(conn, person, "finance").values())
    assert totals == Totals(2, 1, 3, 1, 1, 1, 3, 37)


@pytest.mark.parametrize("sort", Sort)
def test_every_order_pages_through_all_units_once(
    conn: Connection, make_card: MakeCard, person: Person, organisation: Organisation, sort: Sort
) -> None:
    for number, unit in enumerate(("图书馆", "医院", "文体局")):
        for n in range(1 + number % 2):
            make_card(unit=unit, code=f"IDLE-{number}{n}", status="idle", using_section="")
    query = ProgressQuery(visible_units(conn, person("finance").id), sort=sort, size=1)
    found = both_ways(
        lambda after, back: progress.page(
            progress.of_units(conn, query), replace(query, after=after, back=back)
        ),
        lambda row: (progress.key_of(sort, row), row.code),
    )
    assert all(progress.is_key(progress.key_of(sort, row)) for row in found)
    seen = [row.unit_name for row in found]
    assert sorted(seen) == sorted(["图书馆", "医院", "文体局"])
    if sort is Sort.BEHIND:
        assert seen[0] == "医院"
    assert not progress.is_key("x")
    assert not progress.is_key("9" * 19)


# -- campaigns


@pytest.fixture
def running(conn: Connection, person: Person) -> int:
    return campaign.start(conn, person("finance"), " 年底 发布 ", DEADLINE, NOW)


def test_bodies_above_units_start_and_end_campaigns(
    conn: Connection, person: Person, running: int
) -> None:
    finance = person("finance")
    (one,) = campaign.campaigns(conn, finance)
    assert (one.id, one.name, one.deadline, one.ended_at) == (running, "年底 发布", DEADLINE, None)
    assert campaign.campaigns(conn, person("department")) == []
    with pytest.raises(Refused, match=r"campaign\.runs_already"):
        campaign.start(conn, finance, "又一次", DEADLINE, NOW)
    campaign.end(conn, finance, running, NOW)
    assert campaign.campaigns(conn, finance)[0].ended_at == NOW
    with pytest.raises(Refused, match=r"campaign\.ended"):
        campaign.end(conn, finance, running, NOW)
    second = campaign.start(conn, finance, "又一次", DEADLINE, NOW)
    assert [one.id for one in campaign.campaigns(conn, finance)] == [second, running]


@pytest.mark.parametrize(
    ("login", "name", "deadline", "code"),
    [
        ("clerk", "年底", DEADLINE, "campaign.not_yours"),
        ("finance", "  ", DEADLINE, "campaign.name_missing"),
        ("finance", "长" * 61, DEADLINE, "campaign.name_long"),
        ("finance", "年底", date(2026, 11, 23), "campaign.deadline_past"),
    ],
)
def test_senseless_campaigns_are_refused(
    conn: Connection, person: Person, login: str, name: str, deadline: date, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        campaign.start(conn, person(login), name, deadline, NOW)
    assert refused.value.code == code


def told(conn: Connection) -> list[tuple[str, str]]:
    return conn.execute(
        "SELECT login, facts->>'number' FROM notice JOIN app_user ON app_user.id = user_id "
        "WHERE event = 'campaign.reminder' ORDER BY login"
    ).fetchall()


@pytest.mark.usefixtures("estate")
def test_those_behind_are_reminded_once_a_day(
    conn: Connection, person: Person, organisation: Organisation, running: int
) -> None:
    finance, unit = person("finance"), organisation.units["图书馆"]
    found = campaign.remind(conn, finance, running, None, NOW)
    assert (found.told, found.already, found.nobody) == (["图书馆"], [], [])
    assert told(conn) == [("clerk", "4"), ("colleague", "4")]
    again = campaign.remind(conn, finance, running, {unit}, NOW + timedelta(hours=9))
    assert (again.told, again.already) == ([], ["图书馆"])
    # 02:00 UTC is 10:00 in Shanghai: its day ends 14 hours later.
    tomorrow = campaign.remind(conn, finance, running, {unit}, NOW + timedelta(hours=14))
    assert tomorrow.told == ["图书馆"]
    assert campaign.last_reminded(conn, running, [unit]) == {unit: NOW + timedelta(hours=14)}
    actions = [row[0] for row in conn.execute(
        "SELECT action FROM audit_entry WHERE actor = 'finance' ORDER BY id")]  # fmt: skip
    assert actions == ["campaign.started", "campaign.reminded", "campaign.reminded"]


@pytest.mark.usefixtures("estate")
def test_nobody_is_reminded_out_of_sight_or_without_need(
    conn: Connection, person: Person, organisation: Organisation, running: int
) -> None:
    hospital = organisation.units["医院"]
    with pytest.raises(Refused, match=r"campaign\.nobody_behind"):
        campaign.remind(conn, person("finance"), running, {hospital}, NOW)
    with pytest.raises(Refused, match=r"campaign\.not_found"):
        campaign.remind(conn, person("department"), running, None, NOW)
    conn.execute("DELETE FROM user_role WHERE role = 'preparer'")
    found = campaign.remind(conn, person("finance"), running, None, NOW)
    assert (found.told, found.nobody) == ([], ["图书馆"])
    assert told(conn) == []
