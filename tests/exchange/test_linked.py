"""Other systems push: twice gives one, all or nothing, what vanished is told, nothing double (F4)."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import xlsxwriter

from db import Connection, Refused, scalar, single_connection
from db.roles import DatabaseRole
from exchange import listings, settle
from exchange.kinds import Origin, Reason, Scope, State
from exchange.linked import Way, items, push, systems
from exchange.linked.push import Checked, Pushed
from exchange.linked.systems import System
from portal.words import words_for
from registry import tables
from registry.cards import ChangeKind, apply, write
from tests.exchange.conftest import NOW, MakeListing
from tests.exchange.office import Office
from tests.fixtures.database import Copy
from tests.fixtures.patience import busy
from tests.registry.conftest import (
    VALUES,
    Desk,
    MakeCard,
    Organisation,
    Person,
    furnish,
    organise,
)  # fmt: skip

ITEM = {
    "key": "YQ-1",
    "kind": "share",
    "name": "扫描电子显微镜",
    "category": "A02100000",
    "quantity": 1,
    "measure": "台",
    "value": 1860000.5,
    "status": "in_use",
    "description": "每周二、四可预约",
    "contact": "王教授",
    "phone": "0898-66270001",
}


def document(*sent: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"items": list(sent), **more}, ensure_ascii=False).encode()


@pytest.fixture
def system(
    conn: Connection, person: Person, make_card: MakeCard, organisation: Organisation
) -> System:
    """The library's instrument-sharing platform."""
    unit = organisation.units["图书馆"]
    key, _token = systems.register(conn, person("admin"), unit, "仪器共享平台", NOW)
    return systems.require(conn, person("admin"), key)


Send = Callable[..., Pushed]


@pytest.fixture
def send(conn: Connection, system: System) -> Send:
    """Check and take a push: `send({…}, complete=True)`."""

    def pushed(*sent: dict[str, Any], of: System = system, **more: Any) -> Pushed:
        return push.take(conn, checked(conn, of, *sent, **more), Way.API, "system:linked", NOW)

    return pushed


def checked(conn: Connection, system: System, *sent: dict[str, Any], **more: Any) -> Checked:
    return push.check(conn, system, items.of_json(document(*sent, **more)), NOW)


def refusals(found: Checked) -> dict[int, dict[str, str]]:
    return {
        one.number: {name: why.code for name, why in one.refusals.items()} for one in found.wrong
    }


def listing(conn: Connection, key: str) -> listings.Listing:
    found = scalar(conn, "SELECT listing_id FROM linked_listing WHERE key = %(key)s", key=key)
    assert isinstance(found, int)
    one = listings.one(conn, found)
    assert one is not None
    return one


def count(conn: Connection) -> object:
    return scalar(conn, "SELECT count(*) FROM listing")


def test_token_is_told_once_and_kept_hashed(
    conn: Connection, person: Person, organisation: Organisation
) -> None:
    admin, unit = person("admin"), organisation.units["图书馆"]
    key, token = systems.register(conn, admin, unit, "调剂系统", NOW)
    kept = scalar(conn, "SELECT token_hash FROM linked_system WHERE id = %(key)s", key=key)
    assert token not in str(kept)
    assert (found := systems.of_token(conn, token))
    assert found.id == key
    renewed = systems.renew(conn, admin, key)
    assert systems.of_token(conn, token) is None
    systems.switch(conn, admin, key, active=False)
    assert systems.of_token(conn, renewed) is None
    done = conn.execute(
        "SELECT action FROM audit_entry WHERE subject = %s ORDER BY id", (f"linked_system:{key}",)
    )
    assert [action for (action,) in done] == [
        "linked_system.added", "linked_system.token_renewed", "linked_system.switched_off"]  # fmt: skip


def test_only_administrators_register_and_each_name_once(
    conn: Connection, person: Person, organisation: Organisation, system: System
) -> None:
    unit = organisation.units["图书馆"]
    with pytest.raises(Refused, match=r"linked.not_found"):
        systems.register(conn, person("clerk"), unit, "甲", NOW)
    with pytest.raises(Refused, match=r"linked.name_taken"):
        systems.register(conn, person("admin"), unit, system.name, NOW)
    with pytest.raises(Refused, match=r"linked.name_missing"):
        systems.register(conn, person("admin"), unit, "  ", NOW)


def test_item_is_listed_locally_and_not_reported(
    conn: Connection, send: Send, system: System
) -> None:
    assert send(ITEM).added == ["YQ-1"]
    one = listing(conn, "YQ-1")
    assert (one.origin, one.scope, one.state) == (Origin.LINKED, Scope.LOCAL, State.LISTED)
    assert (one.unit_id, one.unit_name, one.division) == (system.unit_id, "图书馆", "460100")
    assert str(one.value) == "1860000.50"
    assert one.facts["description"] == "每周二、四可预约"
    assert one.contact["contact"] == "王教授"
    assert scalar(conn, "SELECT count(*) FROM ministry_outbox") == 0
    assert scalar(conn, "SELECT on_local AND NOT on_national FROM listing") is True


def test_pushed_twice_is_one_listing(conn: Connection, send: Send) -> None:
    send(ITEM)
    assert send(ITEM).counts == {
        "added": 0,
        "refreshed": 0,
        "unchanged": 1,
        "closed": 0,
        "settling": 0,
        "withdrawn": 0,
        "vanished": 0,
    }
    assert count(conn) == 1
    assert scalar(conn, "SELECT count(*) FROM listing_event") == 1


def test_changed_item_is_refreshed_in_place(conn: Connection, send: Send) -> None:
    send(ITEM)
    before = listing(conn, "YQ-1")
    assert send(ITEM | {"name": "透射电子显微镜", "quantity": "2"}).refreshed == ["YQ-1"]
    after = listing(conn, "YQ-1")
    assert (after.id, after.name, after.version) == (
        before.id,
        "透射电子显微镜",
        before.version + 1,
    )
    history = conn.execute("SELECT event FROM listing_event ORDER BY id").fetchall()
    assert history == [("listed",), ("refreshed",)]


def test_every_fault_is_told_by_row_and_field_and_nothing_is_taken(
    conn: Connection, system: System
) -> None:
    found = checked(
        conn, system,
        ITEM,
        ITEM | {"key": "", "category": "A99", "quantity": "0", "contact": None, "colour": "red"},
        ITEM | {"key": "YQ-3", "kind": "transfer", "status": "in_use", "value": "十"},
        ITEM | {"name": ["a"], "division": "999999", "key": "YQ-4"},
        ITEM,
    )  # fmt: skip
    assert refusals(found) == {
        2: {"key": "value.required", "category": "value.category", "quantity": "value.number_range",
            "contact": "value.required", "colour": "linked.field_unknown"},
        3: {"status": "linked.status", "value": "value.number"},
        4: {"name": "linked.no_text", "division": "demand.division"},
        5: {"key": "linked.twice"},
    }  # fmt: skip
    with pytest.raises(Refused, match=r"linked.has_errors"):
        push.take(conn, found, Way.API, "system:linked", NOW)
    assert count(conn) == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "linked.not_json"), (b"{", "linked.not_json"), (b"[" * 100_000, "linked.not_json"),
        (b"[]", "linked.shape"), (b'{"items": 1}', "linked.shape"), (b'{"items": [1]}', "linked.shape"),
        (b'{"items": [{"key": NaN}]}', "linked.not_json"), (b'{"items": [], "complete": "yes"}', "linked.shape"),
        (b'{"items": [], "withdraw": [[]]}', "linked.shape"), (b'{"item": []}', "linked.field_unknown"),
        (b"{}", "linked.nothing"),
    ],
)  # fmt: skip
def test_what_is_no_push_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        items.of_json(content)
    assert refused.value.code == code


def test_too_many_at_once_are_refused() -> None:
    with pytest.raises(Refused, match=r"linked.too_many"):
        items.of_json(document(*[{}] * (items.MOST + 1)))


def test_file_says_the_same_as_json(conn: Connection, system: System, tmp_path: Any) -> None:
    path = tmp_path / "push.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0,
            0,
            [
                "来源编号 *",
                "类型",
                "Name",
                "category",
                "数量/面积",
                "计量单位",
                "原值（元）",
                "资产状态",
                "联系人",
                "联系电话",
            ],
        )
        sheet.write_row(
            1,
            0,
            [
                "YQ-7",
                "共享资产",
                "离心机",
                "A02100000",
                2,
                "台",
                15000,
                "闲置",
                "王教授",
                "0898-66270001",
            ],
        )
    sent = items.of_table(tables.read("push.xlsx", path.read_bytes()), complete=True)
    done = push.take(conn, push.check(conn, system, sent, NOW), Way.FILE, "admin", NOW)
    assert done.added == ["YQ-7"]
    assert listing(conn, "YQ-7").status == "idle"
    with pytest.raises(Refused, match=r"linked.field_unknown"):
        items.of_table(tables.read("a.csv", "来源编号,颜色\n1,红\n".encode()), complete=False)


def test_complete_push_tells_what_vanished_and_takes_nothing_down(
    conn: Connection, send: Send
) -> None:
    send(ITEM, ITEM | {"key": "YQ-2"})
    assert send(ITEM).vanished == []
    assert send(ITEM, complete=True).vanished == ["YQ-2"]
    assert listing(conn, "YQ-2").state is State.LISTED
    told = conn.execute("SELECT login, facts->>'number' FROM notice JOIN app_user ON app_user.id = user_id "
                        "WHERE event = 'linked.vanished' ORDER BY login").fetchall()  # fmt: skip
    assert told == [("clerk", "1"), ("colleague", "1")]
    assert send(ITEM, complete=True).vanished == []
    send(ITEM, ITEM | {"key": "YQ-2"}, complete=True)
    assert scalar(conn, "SELECT count(*) FROM linked_listing WHERE vanished_at IS NOT NULL") == 0
    assert scalar(conn, "SELECT count(*) FROM notice WHERE settled_at IS NULL") == 0


def test_vanished_ones_are_listed_for_their_unit(
    conn: Connection, send: Send, system: System
) -> None:
    send(ITEM, ITEM | {"key": "YQ-2"})
    send(ITEM, complete=True)
    assert [one.key for one in systems.vanished(conn, system.id, 50)] == ["YQ-2"]
    found = systems.of_units(conn, [system.unit_id], system.id)
    assert found is not None
    assert (found.live, found.vanished) == (2, 1)
    assert systems.of_units(conn, [system.unit_id + 10_000], system.id) is None


def test_sender_takes_back_by_key_and_may_list_again(conn: Connection, send: Send) -> None:
    send(ITEM)
    first = listing(conn, "YQ-1").id
    assert send(withdraw=["YQ-1"]).withdrawn == ["YQ-1"]
    one = listing(conn, "YQ-1")
    assert (one.state, one.reason) == (State.DELISTED, Reason.SENDER)
    assert send(withdraw=["YQ-1"]).withdrawn == []
    assert send(ITEM).added == ["YQ-1"]
    assert listing(conn, "YQ-1").id != first


def test_unknown_key_and_both_at_once_are_refused(
    conn: Connection, send: Send, system: System
) -> None:
    with pytest.raises(Refused, match=r"linked.key_unknown"):
        send(withdraw=["nobody"])
    send(ITEM)
    assert refusals(checked(conn, system, ITEM, withdraw=["YQ-1"])) == {1: {"key": "linked.both"}}


def test_what_its_unit_took_down_stays_down(conn: Connection, send: Send) -> None:
    send(ITEM)
    one = listing(conn, "YQ-1")
    listings.close(conn, one, State.DELISTED, Reason.BY_HAND, "已借出", "clerk", NOW)
    assert send(ITEM | {"name": "改名"}).closed == ["YQ-1"]
    assert listing(conn, "YQ-1").state is State.DELISTED


def test_kind_of_a_listed_key_is_fixed(conn: Connection, send: Send, system: System) -> None:
    send(ITEM)
    found = checked(conn, system, ITEM | {"kind": "transfer", "status": "idle"})
    assert refusals(found) == {1: {"kind": "linked.other_kind"}}


def test_card_that_is_listed_is_refused_as_a_double(
    conn: Connection, system: System, make_listing: MakeListing
) -> None:
    key = make_listing(kind="share", code="TY2026000901")
    assert key
    found = checked(conn, system, ITEM | {"code": "TY2026000901"})
    assert refusals(found) == {1: {"code": "linked.listed_already"}}


def test_other_unit_and_other_system_cannot_double_it_either(
    conn: Connection,
    system: System,
    send: Send,
    make_listing: MakeListing,
    person: Person,
    organisation: Organisation,
) -> None:
    make_listing(kind="share", unit="医院", code="TY2026000902")
    assert refusals(checked(conn, system, ITEM | {"code": "TY2026000902"})) == {
        1: {"code": "linked.code_not_yours"}
    }
    key, _token = systems.register(
        conn, person("admin"), organisation.units["图书馆"], "另一系统", NOW
    )
    other = systems.require(conn, person("admin"), key)
    send(ITEM | {"code": "WB-0001"})
    assert refusals(checked(conn, other, ITEM | {"code": "WB-0001"})) == {
        1: {"code": "linked.listed_already"}
    }
    assert send(ITEM | {"code": "WB-0001"}).unchanged == ["YQ-1"]


def test_system_can_not_claim_another_units_card_nor_learn_of_it(
    conn: Connection, system: System, make_card: MakeCard
) -> None:
    make_card(unit="医院", code="YY-SECRET-1", name="直线加速器")
    items_pushed = (ITEM | {"code": "YY-SECRET-1"}, ITEM | {"key": "YQ-2", "code": "WB-0009"})
    found = checked(conn, system, *items_pushed)
    assert refusals(found) == {1: {"code": "linked.code_not_yours"}}  # row by row
    told = words_for(found.wrong[0].refusals["code"], "zh")
    assert "直线加速器" not in told
    assert "医院" not in told


def test_unchanged_listing_under_another_units_code_is_refused_until_it_is_mended_or_taken_back(
    conn: Connection, system: System, send: Send, make_card: MakeCard
) -> None:
    send(ITEM | {"code": "YY-LATER-1"}, ITEM | {"key": "YQ-2", "code": "YY-LATER-2"})
    make_card(unit="医院", code="YY-LATER-1")
    make_card(unit="医院", code="YY-LATER-2")
    as_before = checked(conn, system, ITEM | {"code": "YY-LATER-1"})
    assert refusals(as_before) == {1: {"code": "linked.code_not_yours"}}
    assert send(ITEM, withdraw=["YQ-2"]).withdrawn == ["YQ-2"]
    assert listing(conn, "YQ-1").code == ""


def test_listing_that_is_settled_or_taken_down_here_is_left_whatever_its_code_became(
    conn: Connection, send: Send, make_card: MakeCard
) -> None:
    agreed, down = ITEM | {"code": "YY-LATER-1"}, ITEM | {"key": "YQ-2", "code": "YY-LATER-2"}
    send(agreed, down)
    listings.move(conn, listing(conn, "YQ-1").id, State.SETTLING)
    one = listing(conn, "YQ-2")
    listings.close(conn, one, State.DELISTED, Reason.BY_HAND, "已借出", "clerk", NOW)
    make_card(unit="医院", code="YY-LATER-1")
    make_card(unit="医院", code="YY-LATER-2")
    done = send(agreed, down)
    assert (done.unchanged, done.closed) == (["YQ-1"], ["YQ-2"])


def test_system_of_another_unit_can_not_keep_a_unit_from_its_own_code(
    conn: Connection, system: System, send: Send, person: Person, organisation: Organisation
) -> None:
    key, _token = systems.register(
        conn, person("admin"), organisation.units["医院"], "另一系统", NOW
    )
    send(ITEM | {"code": "WB-0001"}, of=systems.require(conn, person("admin"), key))
    assert send(ITEM | {"code": "WB-0001"}).added == ["YQ-1"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"items": [' + b"{}," * 1_000_000 + b"{}]}",
        b'{"items": [{"key": ' + b"[" * 30 + b"]" * 30 + b"}]}",
    ],
    ids=["deep", "many", "deeper than anybody sends"],
)
def test_json_that_unfolds_without_bounds_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match=r"linked\.not_json"):
        items.of_json(body)


def test_texts_that_the_database_can_not_keep_are_cleaned_or_refused(
    conn: Connection, system: System, send: Send
) -> None:
    name = "扫\u202e描\u200b电\ud800镜\0"
    sent = json.dumps({"items": [ITEM | {"name": name}]}).encode()
    push.take(conn, push.check(conn, system, items.of_json(sent), NOW), Way.API, "test", NOW)
    assert listing(conn, "YQ-1").name == "扫描电镜"
    for key in ("\ud800", "a\0", "\u202e"):
        gone = items.of_json(json.dumps({"withdraw": [key]}).encode())
        with pytest.raises(Refused, match=r"linked\.key_unknown"):
            push.check(conn, system, gone, NOW)


def test_card_of_ours_must_be_publishable_and_is_followed(
    conn: Connection, send: Send, system: System, desk: Desk
) -> None:
    transfer = ITEM | {"kind": "transfer", "status": "idle", "code": "TY2026000001"}
    assert refusals(checked(conn, system, transfer)) == {1: {"code": "sheet.not_transferable"}}
    desk.approved(ChangeKind.STATUS, status="idle")
    send(transfer)
    assert listing(conn, "YQ-1").card_id is not None
    desk.approved(ChangeKind.STATUS, status="in_use")
    one = listing(conn, "YQ-1")
    assert (one.state, one.reason) == (State.DELISTED, Reason.NOT_ELIGIBLE)
    assert send(transfer).closed == ["YQ-1"]


TRANSFER = ITEM | {"kind": "transfer", "status": "idle"}


def test_card_of_ours_is_pushed_again_with_changes_and_stays_as_its_card_changes(
    conn: Connection, send: Send, system: System, desk: Desk
) -> None:  # A8, F1: what stands there already is the listing itself
    desk.approved(ChangeKind.STATUS, status="idle")
    ours = TRANSFER | {"code": "TY2026000001"}
    assert send(ours).added == ["YQ-1"]
    assert send(ours | {"description": "周三可看"}).refreshed == ["YQ-1"]
    desk.approved(ChangeKind.ATTRIBUTES, name="扫描电镜")
    one = listing(conn, "YQ-1")
    assert (one.state, one.name) == (State.LISTED, "扫描电镜")
    double = checked(conn, system, ours | {"key": "YQ-2"})
    assert refusals(double) == {1: {"code": "linked.listed_already"}}
    desk.approved(ChangeKind.STATUS, status="in_use")
    assert listing(conn, "YQ-1").state is State.DELISTED
    assert send(ours | {"description": "周四可看"}).closed == ["YQ-1"]


def test_card_of_ours_that_may_not_be_published_any_more_is_refused_when_pushed_again(
    conn: Connection, send: Send, system: System, desk: Desk
) -> None:  # A8
    desk.approved(ChangeKind.STATUS, status="idle")
    ours = TRANSFER | {"code": "TY2026000001"}
    send(ours)
    conn.execute("UPDATE card SET status = 'in_use' WHERE code = 'TY2026000001'")
    found = checked(conn, system, ours | {"description": "周四可看"})
    assert refusals(found) == {1: {"code": "sheet.not_transferable"}}


@pytest.mark.parametrize("code", ["", "WB-0001"])
def test_transfer_without_a_card_of_ours_is_settled_at_once(
    conn: Connection, send: Send, person: Person, code: str
) -> None:  # D2
    send(TRANSFER | {"code": code})
    one = listing(conn, "YQ-1")
    assert Office(conn, person).settle(one, "医院", way="donation") is None
    assert listing(conn, "YQ-1").state is State.SETTLED
    found = settle.settlement(conn, one.id)
    assert found is not None
    assert (found.partner, found.way, found.done_at) == ("医院", "donation", NOW)
    assert send(TRANSFER | {"code": code, "name": "改名"}).closed == ["YQ-1"]


def test_transfer_of_a_card_of_ours_waits_for_that_cards_disposal(
    conn: Connection, send: Send, person: Person, desk: Desk
) -> None:  # D2
    desk.approved(ChangeKind.STATUS, status="idle")
    send(TRANSFER | {"code": "TY2026000001"})
    office = Office(conn, person)
    disposal = office.settle(listing(conn, "YQ-1"), "医院", way="donation")
    assert disposal is not None
    assert listing(conn, "YQ-1").state is State.SETTLING
    office.dispose(disposal)
    assert listing(conn, "YQ-1").state is State.SETTLED


@pytest.fixture
def settling(conn: Connection, send: Send, person: Person, desk: Desk) -> dict[str, Any]:
    """What was pushed of a card of ours, YQ-1, and is being settled; the item."""
    desk.approved(ChangeKind.STATUS, status="idle")
    ours = TRANSFER | {"code": "TY2026000001"}
    send(ours)
    Office(conn, person).settle(listing(conn, "YQ-1"), "医院", way="donation")
    return ours


def test_what_is_being_settled_stays_is_an_error_of_its_row_and_the_rest_is_taken(
    conn: Connection, send: Send, system: System, settling: dict[str, Any]
) -> None:  # D2
    sent = (ITEM | {"key": "YQ-2"}, settling | {"name": "改名"})
    found = checked(conn, system, *sent)
    assert refusals(found) == {}
    (left,) = found.left
    assert (left.row, left.key, left.why.code) == (2, "YQ-1", "linked.being_settled")
    done = push.take(conn, found, Way.API, "system:linked", NOW)
    assert (done.added, done.settling, done.refreshed) == (["YQ-2"], ["YQ-1"], [])
    assert listing(conn, "YQ-1").name == ITEM["name"]
    assert [one.settling for one in systems.last_pushes(conn, system.id, 1)] == [1]


def test_what_is_being_settled_as_it_was_pushed_is_no_error(
    send: Send, settling: dict[str, Any]
) -> None:
    done = send(settling)
    assert (done.unchanged, done.settling) == (["YQ-1"], [])


def test_what_was_left_is_taken_once_the_settlement_is_given_up(
    conn: Connection, send: Send, person: Person, settling: dict[str, Any]
) -> None:
    changed = settling | {"name": "改名"}
    assert send(changed).settling == ["YQ-1"]
    settle.cancel(conn, person("clerk"), listing(conn, "YQ-1").id, NOW, "")
    assert send(changed).refreshed == ["YQ-1"]


@pytest.mark.parametrize("change", [{"kind": "share"}, {"code": "TY2026000902"}])
def test_whatever_is_changed_of_what_is_being_settled_holds_up_nothing(
    conn: Connection,
    send: Send,
    settling: dict[str, Any],
    make_listing: MakeListing,
    change: dict[str, str],
) -> None:
    make_listing(code="TY2026000902")
    done = send(settling | change, ITEM | {"key": "YQ-2"})
    assert (done.settling, done.added) == (["YQ-1"], ["YQ-2"])
    assert listing(conn, "YQ-1").state is State.SETTLING


def test_what_is_taken_back_or_vanishes_while_it_is_being_settled_is_reported_not_delisted(
    conn: Connection, send: Send, system: System, settling: dict[str, Any]
) -> None:
    send(ITEM | {"key": "YQ-2"})
    done = send(withdraw=["YQ-1", "YQ-2"])
    assert (done.withdrawn, done.settling, done.vanished) == (["YQ-2"], ["YQ-1"], ["YQ-1"])
    assert send(settling).unchanged == ["YQ-1"]  # it is there again
    done = send(ITEM | {"key": "YQ-3"}, complete=True)
    assert (done.settling, done.vanished) == ([], ["YQ-1"])
    assert [one.key for one in systems.vanished(conn, system.id, 9)] == ["YQ-1"]
    assert listing(conn, "YQ-1").state is State.SETTLING


def test_switched_off_system_pushes_nothing(
    conn: Connection, send: Send, system: System, person: Person
) -> None:
    systems.switch(conn, person("admin"), system.id, active=False)
    with pytest.raises(Refused, match=r"linked.off"):
        send(ITEM)


def test_push_is_audited_with_every_listing(conn: Connection, send: Send, system: System) -> None:
    send(ITEM)
    facts = scalar(conn, "SELECT facts FROM audit_entry WHERE action = 'linked_system.pushed'")
    assert isinstance(facts, dict)
    assert facts["listed"] == [listing(conn, "YQ-1").id]
    assert [one.added for one in systems.last_pushes(conn, system.id, 5)] == [1]


def test_refused_push_is_noted(conn: Connection, system: System) -> None:
    push.note_refused(conn, system, None, 0, Way.API, NOW)
    assert [one.refused for one in systems.last_pushes(conn, system.id, 5)] == [1]


def test_five_thousand_items_take_less_than_ten_seconds(conn: Connection, send: Send) -> None:
    many = [ITEM | {"key": f"K{n}", "description": "可预约使用，" * 5} for n in range(items.MOST)]
    began = time.monotonic()
    assert len(send(*many, complete=True).added) == items.MOST
    first = time.monotonic() - began
    changed = [one | {"name": "新名"} for one in many[:2500]] + many[2500:4990]
    again = time.monotonic()
    done = send(*changed, complete=True)
    second = time.monotonic() - again
    assert (len(done.refreshed), len(done.unchanged), len(done.vanished)) == (2500, 2490, 10)
    assert first < busy(10)
    assert second < busy(10)


def standing_system(database: Copy) -> System:
    """A system of the library, for what commits."""
    with single_connection(database.url()) as setup:
        organisation = organise(setup)
        furnish(setup, organisation)
        admin = organisation.users["admin"]
        key = scalar(setup, "INSERT INTO linked_system (name, unit_id, token_hash, created_by, created_at) "
                            "VALUES ('s', %(unit)s, 'h', %(admin)s, %(now)s) RETURNING id",
                     unit=organisation.units["图书馆"], admin=admin, now=NOW)  # fmt: skip
        assert isinstance(key, int)
        system = systems.of_units(setup, None, key)
        assert system is not None
    return system


def test_two_at_once_list_it_once(database: Copy) -> None:
    system, done = standing_system(database), list[Pushed]()

    def pushed() -> None:
        with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
            sent = items.of_json(document(*[ITEM | {"key": f"K{n}"} for n in range(300)]))
            found = push.check(conn, system, sent, NOW + timedelta(seconds=1))
            done.append(push.take(conn, found, Way.API, "system:linked", NOW))

    threads = [threading.Thread(target=pushed) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.added) for one in done) == [0, 0, 300]
    with single_connection(database.url()) as conn:
        assert count(conn) == 300


def meanwhile(
    database: Copy, system: System, deed: Callable[[Connection], object], *sent: dict[str, Any]
) -> dict[int, dict[str, str]]:
    """The refusals of a push, and what it leaves, that comes while somebody else is at a `deed`."""
    found: list[dict[int, dict[str, str]]] = []

    def pushed() -> None:
        with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
            made = checked(conn, system, *sent)
            left = {one.row or 0: {"key": one.why.code} for one in made.left}
            found.append(refusals(made) | left)

    thread = threading.Thread(target=pushed)
    with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
        deed(conn)
        thread.start()
        thread.join(0.5)
        assert not found  # it waits
    thread.join()
    return found[0]


def test_push_waits_for_who_settles_a_listing_of_it(database: Copy) -> None:
    system = standing_system(database)
    with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
        push.take(conn, checked(conn, system, ITEM), Way.API, "system:linked", NOW)
        key = listing(conn, "YQ-1").id
    told = meanwhile(
        database, system, lambda conn: listings.move(conn, key, State.SETTLING),
        ITEM | {"name": "改名"},
    )  # fmt: skip
    assert told == {1: {"key": "linked.being_settled"}}


def test_push_waits_for_who_changes_a_card_of_it(database: Copy) -> None:  # B2
    system = standing_system(database)
    with single_connection(database.url()) as conn:
        values = {**VALUES, "code": "LS2026000001", "status": "idle"}
        card = write.insert(conn, system.unit_id, values)

    def changed(conn: Connection) -> None:
        apply.hold(conn, card)
        write.update(conn, card, 1, {"status": "in_use"}, NOW)

    told = meanwhile(database, system, changed, TRANSFER | {"code": "LS2026000001"})
    assert told == {1: {"code": "sheet.not_transferable"}}


def test_checked_item_keeps_its_values(conn: Connection, system: System) -> None:
    found = checked(conn, system, ITEM)
    assert replace(found, items=[]).wrong == []
    assert found.items[0].values["quantity"] == "1.00"
