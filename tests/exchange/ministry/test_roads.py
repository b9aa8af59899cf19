"""Over either road: reports arrive in order and once, decisions and other provinces come down."""

import json
import os
from pathlib import Path

import pytest

from exchange.kinds import Document, Ministry
from exchange.ministry import listing_content, reconcile
from exchange.ministry.documents import LARGEST_STATEMENT, Decision, Type
from exchange.ministry.folder import Folder
from ops.sandbox_ministry import provinces
from registry.cards.field import Whose
from registry.cards.fields import FIELDS, names_of
from tests.exchange.conftest import DEMAND
from tests.exchange.ministry.conftest import Open, now

ROADS = pytest.mark.parametrize("road", ["https", "folder"])


@ROADS
def test_report_is_taken_decided_and_shown_in_the_country(open_province: Open, road: str) -> None:
    province = open_province(road)
    listing = province.publish()
    assert listing.ministry is Ministry.UNREPORTED
    province.turns(lambda: province.listing(listing.id).ministry is Ministry.REPORTED)
    province.ministry.decide(str(listing.uid), Decision.ACCEPTED)
    province.turns(lambda: province.listing(listing.id).ministry is Ministry.DECIDED)
    assert province.states() == {"accepted": 1}
    province.turns(lambda: not province.ministry.waiting(0, 10))
    events = [e for (e,) in province.conn.execute("SELECT event FROM listing_event ORDER BY id")]
    assert events == ["reported", "decided"]


@ROADS
def test_documents_of_a_listing_go_up_in_order(open_province: Open, road: str) -> None:
    province = open_province(road)
    one, two = province.publish(), province.publish()
    for listing in (one, two):
        province.queue(listing, Document.UPDATE)
        province.queue(listing, Document.UPDATE)
    province.delist(one)
    province.turns(lambda: province.states() == {"accepted": 7})
    assert province.seen_above(one)["sequence"] == 4
    assert province.seen_above(one)["state"] == "delisted"
    assert province.seen_above(two)["state"] == "listed"
    assert province.ministry.store.rows("SELECT * FROM refused") == []


@ROADS
def test_other_provinces_come_down_once_with_their_pictures(open_province: Open, road: str) -> None:
    province = open_province(road, others=6)
    foreign = "SELECT count(*) FROM listing WHERE origin = 'foreign' AND ministry = 'decided'"
    province.turns(lambda: province.count(foreign) == 6)
    province.turns(lambda: not province.ministry.waiting(0, 1))
    province.office.down()
    assert province.count(foreign) == 6
    assert province.count("SELECT count(*) FROM ministry_received WHERE outcome = 'refused'") == 0
    assert len(list((province.data / "photos").rglob("*.small.jpg"))) == 6
    first, second, third = province.ministry.store.rows("SELECT uid FROM elsewhere LIMIT 3")
    provinces.change(province.ministry, first["uid"], Type.UPDATE)
    provinces.change(province.ministry, second["uid"], Type.SETTLE)
    provinces.change(province.ministry, third["uid"], Type.DELIST)
    province.turns(lambda: not province.ministry.waiting(0, 1))
    states = province.conn.execute("SELECT state, count(*) FROM listing GROUP BY 1 ORDER BY 1")
    assert states.fetchall() == [("delisted", 1), ("listed", 4), ("settled", 1)]
    noted = "SELECT count(*) FROM listing WHERE contact ->> 'note' <> '' AND version = 2"
    assert province.count(noted) == 1
    assert province.count("SELECT count(*) FROM ministry_outbox") == 0


def test_what_a_unit_keeps_to_itself_does_not_leave_the_province(open_province: Open) -> None:
    """J4: what squares hide of a card doesn't go up; a demand's account is part of it (G1)."""
    province = open_province("https")
    facts = {field.name: f"of {field.name}" for field in FIELDS}
    card = province.publish(facts=facts)
    demand = province.publish(kind="demand", facts={**DEMAND, "ledger_account": "1601 固定资产"})
    province.turns(lambda: province.states() == {"accepted": 2})
    sent = json.loads(province.seen_above(card)["content"])["facts"]
    assert sent == {name: facts[name] for name in facts.keys() - names_of(Whose.PRIVATE)}
    wish = json.loads(province.seen_above(demand)["content"])["facts"]
    assert wish["ledger_account"] == "1601 固定资产"
    above = reconcile.statement(province.ministry.statement(), province.settings, now())
    found = reconcile.run(province.conn, above, "system:test", now())
    assert [one.kind for one in found.differences] == []


def test_compensation_is_not_handed_down(open_province: Open) -> None:
    province = open_province("https")
    provinces.send(province.ministry, now(), 40)
    for row in province.ministry.store.rows("SELECT uid FROM elsewhere"):
        provinces.change(province.ministry, row["uid"], Type.SETTLE)
    sent = province.ministry.store.rows("SELECT document, content FROM down")
    assert {row["document"] for row in sent} == {"publish", "settle"}
    assert not any("compensation" in row["content"] for row in sent)


def test_every_invented_listing_is_taken() -> None:
    for one in provinces.listings(now()):
        listing_content.facts_of(listing_content.read(one.content))


def test_only_plain_files_of_the_folder_itself_come_in(tmp_path: Path) -> None:
    """A link would bring in what the process may read elsewhere, a pipe would hold it for ever."""
    folder, inbox = Folder(tmp_path / "base"), tmp_path / "base" / "in"
    inbox.mkdir(parents=True)
    secret = tmp_path / "portal-secrets.json"
    secret.write_text("{}")
    (inbox / "a-link.json").symlink_to(secret)
    (inbox / "b-device.json").symlink_to("/dev/zero")
    os.mkfifo(inbox / "c-pipe.json")
    (inbox / "d-folder.json").mkdir()
    with (inbox / "e-huge.json").open("wb") as file:
        file.truncate(10**10)
    odd = os.fsencode(inbox) + b"/f-\xff\xfe.json"
    Path(os.fsdecode(odd)).write_bytes(b"{}")
    (inbox / "g.json").write_bytes(b"{}")
    found = {os.fsencode(one.name): len(one.body) for one in folder.arrivals()}
    assert found == {
        b"e-huge.json": LARGEST_STATEMENT + 1,
        b"f-\xff\xfe.json": 2,
        b"g.json": 2,
    }
