"""Reconciling names each difference between card, listing, outbox and aggregator, and mends it."""

from datetime import datetime, timedelta
from typing import LiteralString

import pytest

from db import Refused
from exchange.kinds import Document
from exchange.kinds import Kind as Published
from exchange.ministry import (
    books,
    mend,
    receive,
    reconcile,
    told,
)
from exchange.ministry.difference import Difference, Kind
from exchange.ministry.documents import Decision, Type
from exchange.ministry.refusals import Why
from ops.sandbox_ministry import provinces
from registry.cards import ChangeKind
from registry.review import Action
from tests.exchange import office as desks
from tests.exchange.ministry.conftest import Open, Province, now, reported, wait_until
from tests.exchange.ministry.test_agreement import differences
from tests.registry.conftest import Desk, MakeCard, Person


def test_every_difference_is_named_and_its_step_mends_it(open_province: Open) -> None:
    province = open_province("https", others=3)
    one, two, three = (reported(province) for _ in range(3))
    province.turns(lambda: province.count("SELECT count(*) FROM listing") == 6)
    province.turns(lambda: not province.ministry.waiting(0, 1))
    assert differences(province) == []
    store = province.ministry.store
    store.run("DELETE FROM reported WHERE uid = ?", str(one.uid))
    store.run("DELETE FROM seen")
    store.run("UPDATE reported SET standing = 'accepted' WHERE uid = ?", str(two.uid))
    province.conn.execute("UPDATE card SET name = '换了名' WHERE id = %s", (three.card_id,))
    foreign = store.rows("SELECT uid FROM elsewhere ORDER BY uid")
    province.conn.execute(
        "UPDATE listing SET state = 'delisted', closed_at = now() WHERE uid = %s",
        (foreign[0]["uid"],),
    )
    found = {(one.kind, str(one.uid)) for one in differences(province)}
    assert found == {
        (Kind.MISSING_ABOVE, str(one.uid)),
        (Kind.STANDING, str(two.uid)),
        (Kind.CARD_DIFFERS, str(three.uid)),
        (Kind.STATE, foreign[0]["uid"]),
    }
    assert mend.resend_all(province.conn, "admin", one.uid, now()) == 1
    mend.tell(province.conn, "admin", three.uid, now())
    store.run("UPDATE reported SET standing = 'waiting' WHERE uid = ?", str(two.uid))
    province.conn.execute(
        "UPDATE listing SET state = 'listed', closed_at = NULL WHERE uid = %s", (foreign[0]["uid"],)
    )
    province.turns(lambda: set(province.states()) == {"accepted"})
    assert differences(province) == []


def test_differences_that_only_this_side_can_see(open_province: Open) -> None:
    province = open_province("https")
    told, closed, spoilt = (reported(province) for _ in range(3))
    province.conn.execute(
        "UPDATE listing SET state = 'delisted', closed_at = now() WHERE id = %s", (closed.id,)
    )
    province.conn.execute("UPDATE card SET status = 'in_use' WHERE id = %s", (spoilt.card_id,))
    province.conn.execute("UPDATE listing SET status = 'in_use' WHERE id = %s", (spoilt.id,))
    unlisted = province.make_listing()
    province.conn.execute("DELETE FROM listing WHERE id = %s", (unlisted,))
    kinds = sorted(one.kind for one in differences(province))
    assert kinds == [Kind.NO_LISTING, Kind.NOT_ELIGIBLE, Kind.NOT_QUEUED]
    assert mend.tell(province.conn, "admin", closed.uid, now()) is Document.DELIST
    assert mend.tell(province.conn, "admin", spoilt.uid, now()) is Document.DELIST
    assert mend.tell(province.conn, "admin", told.uid, now()) is Document.UPDATE
    province.turns(lambda: province.states() == {"accepted": 6})
    assert [one.kind for one in differences(province)] == [Kind.NO_LISTING]
    assert province.listing(spoilt.id).reason == "not_eligible"


LOSE: tuple[LiteralString, ...] = (
    "DELETE FROM ministry_outbox USING listing WHERE listing_id = listing.id AND code = %s",
    "DELETE FROM listing_event USING listing WHERE listing_id = listing.id AND code = %s",
    "DELETE FROM listing WHERE code = %s",
)


def test_card_without_a_listing_is_published_on_a_new_sheet_where_its_own_was_reported(
    open_province: Open, person: Person, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "NOW", now())
    province = open_province("https")
    office = desks.Office(province.conn, person)
    for code in ("WU0001", "WU0002", "WU0003"):
        office.photograph(make_card(code=code, status="idle"))
    sheet = office.approved(Published.TRANSFER, "WU0001", "WU0002", "WU0003", scope="national")
    province.turns(lambda: province.states() == {"accepted": 3})
    for code in ("WU0001", "WU0002"):
        for statement in LOSE:
            province.conn.execute(statement, (code,))
    Desk(province.conn, person).approved(ChangeKind.STATUS, "WU0002", status="in_use")

    def unlisted() -> list[str]:
        return [one.facts["code"] for one in books.differences(province.conn) if one.uid is None]

    assert unlisted() == ["WU0001"]  # the other one may not be published now
    with pytest.raises(Refused) as refused, province.conn.transaction():
        office.act("finance2", sheet, Action.REVOKE, "重新核对")
    assert refused.value.code == "review.reported_already"
    listing = office.listed(Published.TRANSFER, "WU0001", scope="national")
    assert unlisted() == []
    province.delist(listing)
    assert unlisted() == []


def test_demand_without_a_listing_is_named(
    open_province: Open, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "NOW", now())
    province = open_province("https")
    later = (now() + timedelta(days=30)).date().isoformat()
    desks.Office(province.conn, person).approved(
        Published.DEMAND, closing_on=later, wanted_by=later
    )
    assert list(books.differences(province.conn)) == []
    province.conn.execute("DELETE FROM listing_event")
    province.conn.execute("DELETE FROM listing")
    (named,) = books.differences(province.conn)
    assert (named.kind, named.name, set(named.facts)) == (
        Kind.NO_LISTING,
        "求台式计算机",
        {"sheet"},
    )


def test_facts_of_every_difference_are_told_in_both_languages() -> None:
    said = {
        "fields": "name, photo, division", "since": "2026-11-24T02:00+00:00", "here": "delisted",
        "above": "waiting", "told": "", "status": "in_use", "refused": "malformed: quantity",
        "sheet": "TJ-1", "awaited": "3",
    }  # fmt: skip
    told_ = list(told.facts(Difference(Kind.STATE, "x", facts=said)))
    assert [one.value.en for one in told_] == [
        "Name, Photo, Division", "2026-11-24 10:00", "Delisted", "01 Before the ministry",
        "nothing", "In use", "Its content is not as agreed (quantity)", "TJ-1", "3",
    ]  # fmt: skip
    assert [one.value.zh for one in told_][:3] == [
        "资产名称、照片、财政区划",
        "2026-11-24 10:00",
        "下架",
    ]
    assert not any(one.label.zh == one.label.en for one in told_)


def elsewhere(province: Province) -> list[str]:
    """The ids of another province's two listings."""
    found = province.ministry.store.rows
    wait_until(lambda: len(found("SELECT uid FROM elsewhere")) == 2)
    return [row["uid"] for row in found("SELECT uid FROM elsewhere ORDER BY uid")]


def compared(province: Province, at: datetime) -> tuple[set[tuple[Kind, str]], int]:
    """(kinds and ids of what is named, how many are on the way), by a statement of just now."""
    body = province.ministry.statement()
    above = reconcile.statement(body, province.settings, now())
    found = reconcile.run(province.conn, above, "system:test", at)
    return {(one.kind, str(one.uid)) for one in found.differences}, found.on_the_way


def test_what_does_not_come_down_is_counted_for_a_day_and_named_then(open_province: Open) -> None:
    province = open_province("https", others=2)
    own = reported(province)
    known, unknown = elsewhere(province)
    province.turns(lambda: not province.ministry.waiting(0, 1))
    with province.ministry.store.changing():  # and never comes again
        province.ministry.store.run("UPDATE down SET answer = 'lost'")
    province.conn.execute("DELETE FROM listing_event WHERE listing_id <> %s", (own.id,))
    province.conn.execute("DELETE FROM listing WHERE uid = %s", (unknown,))
    province.conn.execute("DELETE FROM ministry_heard WHERE listing_uid = %s", (unknown,))
    province.ministry.decide(str(own.uid), Decision.ACCEPTED)
    provinces.change(province.ministry, known, Type.SETTLE)
    assert compared(province, now()) == (set(), 3)
    assert compared(province, now() + timedelta(hours=23)) == (set(), 3)
    named = {
        (Kind.BEHIND_HERE, str(own.uid)),
        (Kind.STANDING, str(own.uid)),
        (Kind.BEHIND_HERE, known),
        (Kind.MISSING_HERE, unknown),
    }
    assert compared(province, now() + timedelta(hours=25)) == (named, 0)
    province.turns(lambda: not province.ministry.waiting(0, 1))
    found, ways = compared(province, now() + timedelta(hours=26))
    assert (found, ways) == ({(Kind.MISSING_HERE, unknown)}, 0)


def test_another_document_that_is_awaited_has_a_day_of_its_own(open_province: Open) -> None:
    province = open_province("https")
    own = reported(province)
    for decision_ in (Decision.ACCEPTED, Decision.RETURNED):
        province.ministry.decide(str(own.uid), decision_)
        assert compared(province, now()) == (set(), 1)
        province.conn.execute("UPDATE ministry_awaited SET since = since - interval '23 hours'")
        if decision_ is Decision.ACCEPTED:
            province.turns(lambda: not province.ministry.waiting(0, 1))
    assert compared(province, now()) == (set(), 1)
    assert province.count("SELECT count(*) FROM ministry_awaited") == 1
    province.conn.execute("UPDATE ministry_awaited SET since = since - interval '1 hour'")
    assert compared(province, now())[0] == {
        (Kind.BEHIND_HERE, str(own.uid)),
        (Kind.STANDING, str(own.uid)),
    }
    province.turns(lambda: not province.ministry.waiting(0, 1))
    assert compared(province, now()) == (set(), 0)
    assert province.count("SELECT count(*) FROM ministry_awaited") == 0


def test_what_was_refused_here_is_named_at_once_and_a_gap_is_not(open_province: Open) -> None:
    province = open_province("https", others=2)
    known, unknown = elsewhere(province)
    store = province.ministry.store
    store.run(
        "UPDATE down SET content = json_set(content, '$.kind', 'gift') WHERE uid = ?", unknown
    )
    province.turns(lambda: not province.ministry.waiting(0, 1))
    provinces.change(province.ministry, known, Type.UPDATE)
    provinces.change(province.ministry, known, Type.SETTLE)
    store.run("UPDATE down SET answer = 'late' WHERE uid = ? AND document = 'update'", known)
    province.office.down()
    (gap, refused) = (one.why for one in receive.refused(province.conn)[0])
    assert (gap, refused) == (Why.GAP, Why.MALFORMED)
    assert compared(province, now()) == ({(Kind.MISSING_HERE, unknown)}, 1)
    latest = reconcile.latest(province.conn)
    assert latest is not None
    (named,) = latest.differences
    assert named.facts["refused"].startswith("malformed: ")
    store.run("UPDATE down SET answer = '' WHERE answer = 'late'")
    province.turns(lambda: not province.ministry.waiting(0, 1))
    assert compared(province, now()) == ({(Kind.MISSING_HERE, unknown)}, 0)


def test_doubled_above_is_named(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    province.ministry.store.run(
        "INSERT INTO reported SELECT 'aaaaaaaa-0000-4000-8000-000000000000', sequence, state, "
        "standing, opinion, hash, content, received_at, due_at FROM reported"
    )
    kinds = {(one.kind, one.uid == listing.uid) for one in differences(province)}
    assert kinds == {
        (Kind.DOUBLED_ABOVE, True),
        (Kind.DOUBLED_ABOVE, False),
        (Kind.MISSING_HERE, False),
    }
