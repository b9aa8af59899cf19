"""What comes down and can't be taken is refused, kept and shown; what goes up may be given up."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, LiteralString
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from db import Refused, single_connection
from db.roles import DatabaseRole
from exchange import outbox
from exchange.kinds import Document, Ministry, State
from exchange.kinds import Kind as Published
from exchange.listings import Listing
from exchange.ministry import (
    books,
    dispatch,
    documents,
    mend,
    pictures,
    receive,
    reconcile,
    send,
    told,
)
from exchange.ministry.difference import Difference, Kind
from exchange.ministry.documents import Decision, Envelope, Type
from exchange.ministry.refusals import Why
from exchange.ministry.transport import Fate
from ops.sandbox_ministry import provinces, tricks
from ops.sandbox_ministry.faults import Faults
from registry.cards import ChangeKind, photos
from registry.review import Action
from tests.exchange import office as desks
from tests.exchange.ministry.conftest import Open, Province, now, wait_until
from tests.exchange.ministry.test_agreement import differences
from tests.fixtures.database import Copy
from tests.fixtures.paging import both_ways
from tests.registry.conftest import Desk, MakeCard, Person

ROADS = pytest.mark.parametrize("road", ["https", "folder"])


def desk(province: Province) -> receive.Desk:
    return province.office._desk


def sealed(province: Province, document: Envelope) -> bytes:
    return documents.seal(document, province.settings.ring)


def decision(uid: Any, sequence: int = 1, **content: Any) -> Envelope:
    said = {"decision": Decision.ACCEPTED.value, "opinion": "", **content}
    return Envelope(uuid4(), "100000", "460000", Type.DECISION, uid, sequence, now(), said)


def reported(province: Province) -> Listing:
    listing = province.publish()
    province.turns(lambda: province.listing(listing.id).ministry is Ministry.REPORTED)
    return listing


@ROADS
def test_each_trick_is_refused_for_its_reason_and_shown(open_province: Open, road: str) -> None:
    province = open_province(road)
    listing = reported(province)
    for name in tricks.TRICKS:
        tricks.play(province.ministry, name)

    def reasons() -> list[tuple[str, str]]:
        return sorted(
            (one.why.value if one.why else "", one.document)
            for one in receive.refused(province.conn)[0]
        )

    expected = ["gap", "sender", "signature", "signature", "unknown_listing"]
    province.turns(lambda: len(reasons()) == len(tricks.TRICKS))
    assert reasons() == [(why, "decision") for why in expected]
    assert all(one.body and one.why for one in receive.refused(province.conn)[0])
    assert province.listing(listing.id).ministry is Ministry.REPORTED
    assert send.overview(province.conn).refused == len(expected)


def test_gap_waits_unanswered_and_is_taken_once_it_is_filled(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    first = sealed(province, decision(listing.uid, 1, decision="returned", opinion="请补充"))
    second = sealed(province, decision(listing.uid, 2))
    for _ in range(3):
        taken = desk(province).take(second, now())
        assert (taken.fate, taken.receipt, taken.why) == (Fate.WAITS, None, Why.GAP)
    assert desk(province).take(first, now()).receipt is not None
    assert province.listing(listing.id).opinion == "请补充"
    assert desk(province).take(second, now()).fate is Fate.TAKEN
    assert province.listing(listing.id).ministry is Ministry.DECIDED
    (kept,) = receive.refused(province.conn)[0]
    assert (kept.times, kept.sequence, kept.settled_at is not None) == (3, 2, True)
    assert send.overview(province.conn).refused == 0


def test_repeated_document_is_answered_again_and_does_nothing(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    made = decision(listing.uid)
    for _ in range(3):
        taken = desk(province).take(sealed(province, made), now())
        assert (taken.fate, taken.why) == (Fate.TAKEN, None)
        assert taken.receipt is not None
    decided = "SELECT count(*) FROM listing_event WHERE event = 'decided'"
    assert province.count(decided) == 1
    repeated = "SELECT times::bigint FROM ministry_received WHERE outcome = 'repeated'"
    assert province.count(repeated) == 2


def test_other_document_under_a_used_number_is_refused(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    made = decision(listing.uid)
    desk(province).take(sealed(province, made), now())
    for other in (decision(listing.uid), replace(made, content={"decision": "returned"})):
        taken = desk(province).take(sealed(province, other), now())
        assert (taken.fate, taken.why) == (Fate.REFUSED, Why.REPLAY)
        assert taken.receipt is not None
    assert province.listing(listing.id).ministry is Ministry.DECIDED


def test_decision_about_what_was_not_reported_is_refused(open_province: Open) -> None:
    province = open_province("https")
    listing = province.publish()
    taken = desk(province).take(sealed(province, decision(listing.uid)), now())
    assert taken.why is Why.NOT_REPORTED
    assert province.listing(listing.id).ministry is Ministry.UNREPORTED


def test_decision_about_a_closed_listing_is_kept_and_opens_nothing(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    province.delist(listing)
    assert desk(province).take(sealed(province, decision(listing.uid)), now()).why is None
    after = province.listing(listing.id)
    assert (after.state, after.ministry) == (State.DELISTED, Ministry.DECIDED)


def test_decision_that_overtakes_the_receipt_is_not_undone_by_it(open_province: Open) -> None:
    province = open_province("https")
    Faults(lose=1.0).keep(province.ministry.store)
    listing = province.publish()
    province.office.up()  # taken above, but the receipt is lost
    assert province.listing(listing.id).ministry is Ministry.UNREPORTED
    assert desk(province).take(sealed(province, decision(listing.uid)), now()).why is None
    Faults().keep(province.ministry.store)
    province.turns(lambda: province.states() == {"accepted": 1})
    assert province.listing(listing.id).ministry is Ministry.DECIDED


def test_returned_listing_is_laid_before_the_ministry_again_and_its_people_are_told(
    open_province: Open,
) -> None:
    province = open_province("https")
    listing = reported(province)
    province.ministry.decide(str(listing.uid), Decision.RETURNED, "照片不清")
    province.turns(lambda: province.listing(listing.id).ministry is Ministry.RETURNED)
    told = "SELECT count(*) FROM notice WHERE event = 'listing.returned'"
    assert province.count(told) == 2  # the library's two preparers
    province.queue(listing, Document.UPDATE)
    province.turns(lambda: province.listing(listing.id).ministry is Ministry.REPORTED)
    assert province.listing(listing.id).opinion == ""


@pytest.mark.parametrize("content", [{}, {"decision": "maybe"}, {"decision": "accepted", "opinion": 7},
                                     {"decision": "accepted", "opinion": "长" * 1001}])  # fmt: skip
def test_decision_that_says_nothing_is_malformed(
    open_province: Open, content: dict[str, Any]
) -> None:
    province = open_province("https")
    listing = reported(province)
    made = replace(decision(listing.uid), content=content)
    assert desk(province).take(sealed(province, made), now()).why is Why.MALFORMED
    heard = "SELECT count(*) FROM ministry_heard WHERE sequence > 0"
    assert province.count(heard) == 0


def test_other_province_cannot_touch_what_is_ours_or_unknown(open_province: Open) -> None:
    province = open_province("https")
    listing = reported(province)
    content = next(provinces.listings(now())).content
    for kind, uid in (
        (Type.PUBLISH, listing.uid),
        (Type.DELIST, listing.uid),
        (Type.UPDATE, uuid4()),
    ):
        made = replace(decision(uid), type=kind, content=content)
        assert desk(province).take(sealed(province, made), now()).why is Why.UNKNOWN_LISTING
    assert province.listing(listing.id).state is State.LISTED
    broken = replace(decision(uuid4()), type=Type.PUBLISH, content={**content, "kind": "gift"})
    assert desk(province).take(sealed(province, broken), now()).why is Why.MALFORMED
    assert province.count("SELECT count(*) FROM listing") == 1


def test_rubbish_is_kept_and_nobody_is_answered(open_province: Open) -> None:
    province = open_province("https")
    for body in (
        b"",
        b"\x00\xff",
        b'{"id": "\\ud800"}',
        b'{"id": 7, "sequence": 1e9}',
        b"{" * 9999,
    ):
        taken = desk(province).take(body, now())
        assert (taken.fate, taken.receipt, taken.why) == (Fate.REFUSED, None, Why.MALFORMED)
    assert len(receive.refused(province.conn)[0]) == 5


def test_refused_ones_are_paged(open_province: Open) -> None:
    province = open_province("https")
    for number in range(60):
        desk(province).take(f"rubbish {number}".encode(), now())
    rows = both_ways(
        lambda after, back: receive.refused(province.conn, after, back=back), attrgetter("id")
    )
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    assert len(rows) == 60


# What goes up.


def test_dead_document_holds_up_its_own_listing_only(open_province: Open) -> None:
    province = open_province("https")
    one, two = province.publish(), province.publish()
    province.queue(one, Document.UPDATE)
    province.conn.execute(
        "UPDATE ministry_outbox SET content = content || '{\"x\": 1.5}' "
        "WHERE listing_id = %s AND sequence = 1",
        (one.id,),
    )
    province.office.up()
    assert province.listing(two.id).ministry is Ministry.REPORTED
    assert province.states() == {"accepted": 1, "dead": 1, "pending": 1}
    (dead,), _more = send.page(province.conn, send.State.DEAD)
    assert (dead.name, dead.last_error) == (one.name, "malformed: a float")
    send.resend(province.conn, "admin", dead.id, now())
    province.turns(lambda: province.states() == {"accepted": 3})


def test_damaged_picture_stops_no_report(open_province: Open) -> None:
    province = open_province("https")
    one, two = province.publish(photo="a" * 64), province.publish()
    thumbnail = photos.path(province.data, "a" * 64, thumbnail=True)
    thumbnail.parent.mkdir(parents=True)
    thumbnail.write_bytes(b"\xff\xd8" + b"\0" * pictures.LARGEST)
    province.turns(lambda: province.states() == {"accepted": 2})
    assert "thumbnail" not in province.seen_above(one)["content"]
    assert province.listing(two.id).ministry is Ministry.REPORTED


def test_given_up_after_its_tries_and_sent_again_by_hand_as_it_was(open_province: Open) -> None:
    province = open_province("https", ministry_attempts=2)
    Faults(lose=1.0).keep(province.ministry.store)
    one, two = province.publish(), province.publish()
    province.queue(one, Document.UPDATE)
    province.turns(lambda: province.states().get("dead") == 2)
    assert send.overview(province.conn).held_up == 1
    (first, second), _more = send.page(province.conn, send.State.DEAD)
    assert (second.last_error, second.refused, second.attempts) == ("HTTP 503", False, 2)
    assert not outbox.take_back(province.conn, [two.id])
    Faults().keep(province.ministry.store)
    for row in (first, second):
        send.resend(province.conn, "admin", row.id, now())
        with pytest.raises(Refused, match=r"ministry\.not_dead"):
            send.resend(province.conn, "admin", row.id, now())
    province.turns(lambda: province.states() == {"accepted": 3})
    audited = (
        "SELECT count(*) FROM audit_entry WHERE actor = 'admin' AND action = 'ministry.resent'"
    )
    assert province.count(audited) == 2
    assert province.ministry.store.rows("SELECT * FROM refused") == []


def test_refused_document_is_dead_at_once_and_resent_as_the_listing_is_now(
    open_province: Open,
) -> None:
    province = open_province("https")
    listing = province.publish()
    store = province.ministry.store
    # Something else stands under this number above: a restored backup, say.
    identity = documents.document_id("460000", listing.uid, 1)
    store.run("INSERT INTO seen VALUES (?, 'another')", str(identity))
    province.office.up()
    (row,), _more = send.page(province.conn, send.State.DEAD)
    assert (row.last_error, row.refused, row.attempts) == ("replay", True, 1)
    store.run("DELETE FROM seen")
    province.conn.execute("UPDATE listing SET name = '改名' WHERE id = %s", (listing.id,))
    send.resend(province.conn, "admin", row.id, now())
    province.turns(lambda: province.states() == {"accepted": 1})
    assert '"name": "改名"' in province.seen_above(listing)["content"]


def test_begun_try_counts_before_it_is_sent(open_province: Open, database: Copy) -> None:
    """C4: what may be on its way can't be taken back."""
    province = open_province("https")
    listing = province.publish()
    with single_connection(database.url(DatabaseRole.EXCHANGE)) as exchange:
        (claimed,) = dispatch.claim(exchange, province.data, province.settings, now())
        exchange.commit()
    assert claimed[0].tries == 1
    with province.conn.transaction():
        assert not outbox.take_back(province.conn, [listing.id])
    later = now() + timedelta(seconds=province.settings.ministry_claim_s + 1)
    assert dispatch.claim(province.conn, province.data, province.settings, now()) == []
    assert len(dispatch.claim(province.conn, province.data, province.settings, later)) == 1


def test_receipts_of_others_and_forgeries_change_nothing(open_province: Open) -> None:
    province = open_province("folder")
    listing = province.publish()
    (claimed,) = dispatch.claim(province.conn, province.data, province.settings, now())
    sent = claimed[1]
    good = documents.receipt(sent, documents.Outcome.ACCEPTED, now())
    wrong = {
        Why.HASH: replace(good, content={**good.content, "hash": "0" * 64}),
        Why.MALFORMED: replace(good, content={**good.content, "outcome": "perhaps"}),
        Why.UNKNOWN_DOCUMENT: replace(good, content={**good.content, "of": str(uuid4())}),
    }
    for why, receipt in wrong.items():
        assert desk(province).take(sealed(province, receipt), now()).why is why
    strange = replace(good, listing=uuid4())
    assert desk(province).take(sealed(province, strange), now()).why is Why.UNKNOWN_DOCUMENT
    assert province.listing(listing.id).ministry is Ministry.UNREPORTED
    for _ in range(2):
        assert desk(province).take(sealed(province, good), now()).why is None
    assert province.states() == {"accepted": 1}


def test_folder_that_is_not_there_is_waited_for(open_province: Open) -> None:
    province = open_province("folder")
    base = province.settings.ministry_folder
    assert base is not None
    province.publish()
    gone = base.rename(base.with_name("unmounted"))
    province.office.up()
    province.office.down()
    contacts = send.overview(province.conn).contacts
    assert all("is not there" in contact.last_error for contact in contacts.values())
    gone.rename(base)
    province.turns(lambda: province.states() == {"accepted": 1})


def test_half_a_file_is_not_read(open_province: Open) -> None:
    province = open_province("folder")
    base = province.settings.ministry_folder
    assert base is not None
    (base / "in").mkdir(exist_ok=True)
    (base / "in/.half.part").write_bytes(b"{")
    province.office.down()
    assert receive.refused(province.conn)[0] == []


def test_what_cannot_be_read_stops_nothing_behind_it(open_province: Open) -> None:
    province = open_province("folder")
    base = province.settings.ministry_folder
    assert base is not None
    below = base / "in"
    below.mkdir(exist_ok=True)
    (below / "0-directory.json").mkdir()
    os.mkfifo(below / "0-pipe.json")
    (below / "0-loop.json").symlink_to("0-loop.json")
    (below / "0-nowhere.json").symlink_to("nothing")
    with capture_logs() as logged:
        province.office.down()
    (line,) = (one for one in logged if one["event"].startswith("files"))
    assert line["files"].keys() == {"0-directory.json", "0-pipe.json", "0-loop.json"}
    listing = reported(province)
    assert province.listing(listing.id).ministry is Ministry.REPORTED
    assert send.overview(province.conn).contacts["down"].last_error == ""


# Reconcile.


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
    above = reconcile.statement(province.conn, body, province.settings, now())
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
