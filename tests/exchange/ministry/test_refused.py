"""What comes down and can't be taken is refused, kept and shown; what goes up may be given up."""

import os
import threading
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from db import Refused, single_connection
from db.roles import DatabaseRole
from exchange import outbox
from exchange.kinds import Document, Ministry, State
from exchange.ministry import (
    dispatch,
    documents,
    pictures,
    receive,
    send,
)
from exchange.ministry.documents import Decision, Envelope, Type
from exchange.ministry.refusals import Why
from exchange.ministry.transport import Fate
from ops.sandbox_ministry import provinces, tricks
from ops.sandbox_ministry.faults import Faults
from registry.cards import photos, pixels
from tests.exchange.ministry.conftest import Open, Province, now, reported, wait_until
from tests.fixtures.database import Copy
from tests.fixtures.paging import both_ways

ROADS = pytest.mark.parametrize("road", ["https", "folder"])


def desk(province: Province) -> receive.Desk:
    return province.office._desk


def sealed(province: Province, document: Envelope) -> bytes:
    return documents.seal(document, province.settings.ring)


def decision(uid: Any, sequence: int = 1, **content: Any) -> Envelope:
    said = {"decision": Decision.ACCEPTED.value, "opinion": "", **content}
    return Envelope(uuid4(), "100000", "460000", Type.DECISION, uid, sequence, now(), said)


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


def test_nobody_holds_a_transaction_while_a_picture_waits_to_be_decoded(
    open_province: Open,
) -> None:
    province = open_province("https")
    content = {**next(provinces.listings(now())).content}
    published = replace(decision(uuid4()), type=Type.PUBLISH, content=content)
    took: list[receive.Taken] = []
    body = sealed(province, published)
    thread = threading.Thread(target=lambda: took.append(desk(province).take(body, now())))
    with pixels.DECODING.take(pixels.DECODING.most):
        thread.start()
        wait_until(lambda: pixels.DECODING.queued == 1)
        assert province.count(IN_TRANSACTION) == 0
    thread.join(60)
    assert [one.fate for one in took] == [Fate.TAKEN]
    photo = province.conn.execute("SELECT photo FROM listing").fetchone()
    assert photo is not None
    assert photos.path(province.data, photo[0]).exists()


# Whoever applies a document has written how far its listing's have come; anyone may see locks.
IN_TRANSACTION = """
    SELECT count(*) FROM pg_locks
     WHERE relation = 'ministry_heard'::regclass AND mode = 'RowExclusiveLock'
"""


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
        (claimed,) = dispatch.claim(exchange, province.settings, now())
        exchange.commit()
    assert claimed.tries == 1
    with province.conn.transaction():
        assert not outbox.take_back(province.conn, [listing.id])
    later = now() + timedelta(seconds=province.settings.ministry_claim_s + 1)
    assert dispatch.claim(province.conn, province.settings, now()) == []
    assert len(dispatch.claim(province.conn, province.settings, later)) == 1


def test_receipts_of_others_and_forgeries_change_nothing(open_province: Open) -> None:
    province = open_province("folder")
    listing = province.publish()
    ((_claimed, sent),) = province.office._ready()
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
    left = {"0-directory.json", "0-pipe.json", "0-loop.json", "0-nowhere.json"}
    assert line["files"].keys() == left
    listing = reported(province)
    assert province.listing(listing.id).ministry is Ministry.REPORTED
    assert send.overview(province.conn).contacts["down"].last_error == ""
