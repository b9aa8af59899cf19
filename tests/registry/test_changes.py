"""Cards change only by a change that was reviewed, and never behind anybody's back (A4)."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from db import Refused, audit
from registry import review
from registry.cards import ChangeKind, Status, card, change_list, changes, uploads
from registry.cards.drafting import Typed
from registry.review import Action, State, deleted
from tests.registry.conftest import NOW, VALUES, Desk, Organisation, Within

K = ChangeKind
CODE = VALUES["code"]


def test_card_stays_as_it_is_until_final_approval(desk: Desk) -> None:
    change = desk.draft(K.STATUS, status="idle")
    assert desk.row()["status"] is Status.IN_USE
    desk.act("clerk", change, Action.SUBMIT)
    assert desk.row()["status"] is Status.IN_USE
    desk.act("reviewer", change, Action.APPROVE)
    row = desk.row()
    assert (row["status"], row["version"], row["updated_at"]) == (Status.IDLE, 2, NOW)


def test_nothing_but_what_was_changed_changes(desk: Desk) -> None:
    before = desk.row()
    desk.approved(K.ATTRIBUTES, brand="", specification="32 GB", using_section="办公室")
    after = desk.row()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"brand", "characteristic", "using_section", "version", "updated_at"}
    assert after["characteristic"] == {"specification": "32 GB"}


def test_emptied_characteristic_is_gone(desk: Desk) -> None:
    desk.approved(K.ATTRIBUTES, specification="")
    assert desk.row()["characteristic"] == {}


def test_change_against_an_outdated_card_is_refused_and_can_be_drafted_anew(desk: Desk) -> None:
    late = desk.draft(K.ATTRIBUTES, place="三楼 302")
    desk.approved(K.STATUS, status="idle")
    with pytest.raises(Refused) as refused, desk.conn.transaction():
        desk.act("clerk", late, Action.SUBMIT)
    assert refused.value.code == "change.outdated"
    found = changes.change(desk.conn, desk.person("clerk").id, late)
    assert found is not None
    assert found.outdated
    typed = desk.typed(K.ATTRIBUTES, CODE, place="三楼 302")
    seen = review.standing(desk.conn, found.review_id).version
    made = changes.edit(desk.conn, desk.person("clerk"), late, seen, typed, NOW)
    assert made.refusals == {}
    desk.act("clerk", late, Action.SUBMIT)
    desk.act("reviewer", late, Action.APPROVE)
    row = desk.row()
    assert (row["status"], row["place"]) == (Status.IDLE, "三楼 302")


def test_two_changes_of_a_card_are_never_under_review_together(desk: Desk) -> None:
    first, second = desk.draft(K.STATUS, status="idle"), desk.draft(K.ATTRIBUTES, place="A")
    desk.act("clerk", first, Action.SUBMIT)
    with pytest.raises(Refused) as refused, desk.conn.transaction():
        desk.act("clerk", second, Action.SUBMIT)
    assert refused.value.code == "change.another_in_review"
    found = changes.change(desk.conn, desk.person("clerk").id, second)
    assert found is not None
    assert review.standing(desk.conn, found.review_id).state is State.DRAFT


def test_finally_approved_change_can_not_be_revoked(desk: Desk) -> None:
    change = desk.approved(K.STATUS, status="idle")
    with pytest.raises(Refused) as refused:
        desk.act("reviewer", change, Action.REVOKE)
    assert refused.value.code == "change.applied_already"


def test_other_units_card_is_a_secret_and_its_change_can_not_be_drafted(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        changes.card_for(desk.conn, desk.person("clerk2"), CODE, K.STATUS)
    assert refused.value.code == "card.no_such_card"
    change = desk.draft(K.STATUS, status="idle")
    assert changes.change(desk.conn, desk.person("clerk2").id, change) is None
    assert changes.change(desk.conn, desk.person("department").id, change) is not None


def test_draft_is_edited_by_a_colleague_but_never_over_unseen_edits(desk: Desk) -> None:
    change = desk.draft(K.STATUS, status="idle")
    typed = desk.typed(K.STATUS, CODE, status="to_dispose")
    changes.edit(desk.conn, desk.person("colleague"), change, 0, typed, NOW)
    with pytest.raises(Refused) as refused:
        changes.edit(desk.conn, desk.person("clerk"), change, 0, typed, NOW)
    assert refused.value.code == "review.edited"


def test_deleted_draft_is_on_no_list_and_comes_back_as_it_was(desk: Desk) -> None:
    clerk, key = desk.person("clerk"), desk.draft(K.STATUS, status="idle", reason="少有使用")
    before = changes.require(desk.conn, clerk, key)
    changes.remove(desk.conn, clerk, key, 0, NOW, "")
    for tab in change_list.Tab:
        query = change_list.ChangeQuery(clerk, [clerk.unit_id], tab)
        assert (change_list.page(desk.conn, query)[0], change_list.count(desk.conn, query)) == (
            [],
            0,
        )
    with pytest.raises(Refused, match=r"review\.not_yours"):
        changes.restore(desk.conn, desk.person("clerk2"), key, NOW, "")
    changes.restore(desk.conn, desk.person("colleague"), key, NOW, "")
    assert changes.require(desk.conn, clerk, key) == before
    assert review.standing(desk.conn, before.review_id).state is State.DRAFT
    with pytest.raises(Refused, match=r"undo\.changed"):
        changes.restore(desk.conn, clerk, key, NOW, "")
    assert audit.verify(audit.entries(desk.conn), audit.head(desk.conn)).breaks == ()


def test_deleted_draft_is_removed_with_its_document_after_a_day(desk: Desk) -> None:
    clerk, stays = desk.person("clerk"), desk.draft(K.STATUS, status="idle")
    key = desk.draft(K.STATUS, status="idle")
    changes.remove(desk.conn, clerk, key, 0, NOW, "")
    deleted.purge(Within(desk.conn), NOW + deleted.KEPT)
    changes.restore(desk.conn, clerk, key, NOW, "")
    changes.remove(desk.conn, clerk, key, 2, NOW, "")
    deleted.purge(Within(desk.conn), NOW + deleted.KEPT + timedelta(minutes=1))
    left = [row[0] for row in desk.conn.execute("SELECT id FROM card_change ORDER BY id")]
    assert left == [stays]
    with pytest.raises(Refused, match=r"undo\.changed"):
        changes.restore(desk.conn, clerk, key, NOW, "")


def test_deleted_draft_is_gone_and_audited_and_a_returned_one_becomes_void(desk: Desk) -> None:
    clerk, never, returned = desk.person("clerk"), desk.draft(K.STATUS, status="idle"), 0
    changes.remove(desk.conn, clerk, never, 0, NOW, "")
    assert changes.change(desk.conn, clerk.id, never) is None
    returned = desk.draft(K.STATUS, status="idle")
    desk.act("clerk", returned, Action.SUBMIT)
    desk.act("reviewer", returned, Action.RETURN, "不对")
    changes.remove(desk.conn, clerk, returned, 2, NOW, "")
    found = changes.change(desk.conn, clerk.id, returned)
    assert found is not None
    assert review.standing(desk.conn, found.review_id).state is State.VOID
    actions = [entry.action for entry in audit.entries(desk.conn)]
    assert actions == [
        "card_change.drafted", "card_change.deleted", "card_change.drafted",
        "card_change.submitted", "card_change.returned", "card_change.made_void",
    ]  # fmt: skip
    assert audit.verify(audit.entries(desk.conn), audit.head(desk.conn)).breaks == ()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def test_photos_come_with_the_change_and_only_from_the_units_own_uploads(
    desk: Desk, tmp_path: Path
) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    mine = uploads.keep(conn, tmp_path, clerk, uploads.photo("a.png", picture("red")), NOW).digest
    blue = uploads.photo("b.png", picture("blue"))
    theirs = uploads.keep(conn, tmp_path, desk.person("clerk2"), blue, NOW).digest
    typed = desk.typed(K.STATUS, CODE, status="idle")
    with_photos = Typed(typed.values, (), (mine, theirs, "0" * 64), ())
    made = changes.draft(conn, clerk, K.STATUS, CODE, with_photos, NOW)
    assert isinstance(made, int)
    one = card(conn, clerk.id, CODE)
    assert one is not None
    assert uploads.photos_of(conn, one.id) == []
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    assert uploads.photos_of(conn, one.id) == [mine]


def test_one_picture_may_be_both_photo_and_attachment(desk: Desk, tmp_path: Path) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    taken = [
        uploads.keep(conn, tmp_path, clerk, read("a.png", picture("red")), NOW).digest
        for read in (uploads.photo, uploads.document)
    ]
    assert taken[0] == taken[1]
    both = Typed(desk.typed(K.ATTRIBUTES, CODE).values, (), (taken[0],), (taken[0],))
    made = changes.draft(conn, clerk, K.ATTRIBUTES, CODE, both, NOW)
    assert isinstance(made, int)
    found = changes.require(conn, clerk, made)
    assert list(changes.files_of(conn, found)) == taken[:1]
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    one = card(conn, clerk.id, CODE)
    assert one is not None
    assert uploads.photos_of(conn, one.id) == taken[:1]
    assert [each.digest for each in uploads.attachments_of(conn, one.id)] == taken[:1]


@pytest.mark.parametrize(("field", "most"), [("photos", 12), ("attachments", 20)])
def test_more_files_than_a_card_has_are_refused_not_cut(
    desk: Desk, tmp_path: Path, field: str, most: int
) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    read = uploads.photo if field == "photos" else uploads.document
    files = [read(f"{n}.png", picture(f"#0000{n:02x}")) for n in range(0, 8 * most + 8, 8)]
    digests = [uploads.keep(conn, tmp_path, clerk, one, NOW).digest for one in files]
    values = desk.typed(K.ATTRIBUTES, CODE).values
    for count in (most + 1, most):
        typed = Typed(values, **{field: tuple(digests[:count])})  # type: ignore[arg-type]
        made = changes.draft(conn, clerk, K.ATTRIBUTES, CODE, typed, NOW)
        assert isinstance(made, int) is (count == most)
        if not isinstance(made, int):
            assert list(made.refusals) == [field]
            assert made.refusals[field].code == "change.too_many_files"
            assert made.refusals[field].facts["most"] == most


def test_photos_keep_their_order_and_can_be_taken_away(desk: Desk, tmp_path: Path) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    three = tuple(
        uploads.keep(conn, tmp_path, clerk, uploads.photo("a.png", picture(colour)), NOW).digest
        for colour in ("red", "green", "blue")
    )
    one = card(conn, clerk.id, CODE)
    assert one is not None
    for wanted in (three, three[::-1], three[1:2]):
        made = changes.draft(conn, clerk, K.ATTRIBUTES, CODE,
                             Typed(desk.typed(K.ATTRIBUTES, CODE).values, (), wanted, None), NOW)  # fmt: skip
        assert isinstance(made, int)
        desk.act("clerk", made, Action.SUBMIT)
        desk.act("reviewer", made, Action.APPROVE)
        assert uploads.photos_of(conn, one.id) == list(wanted)


def test_section_that_is_gone_by_the_approval_is_named(
    desk: Desk, organisation: Organisation
) -> None:
    change = desk.draft(K.ATTRIBUTES, using_section="读者服务部")
    desk.act("clerk", change, Action.SUBMIT)
    desk.conn.execute("UPDATE section SET name = '读者部' WHERE name = '读者服务部'")
    with pytest.raises(Refused) as refused:
        desk.act("reviewer", change, Action.APPROVE)
    assert (refused.value.code, refused.value.facts["section"]) == (
        "change.section_gone", "读者服务部",
    )  # fmt: skip


def test_lists_have_each_change_in_its_tab(desk: Desk) -> None:
    draft = desk.draft(K.ATTRIBUTES, place="A")
    pending = desk.draft(K.STATUS, status="idle")
    desk.act("clerk", pending, Action.SUBMIT)
    found = {}
    for login in ("clerk", "reviewer", "department", "clerk2"):
        user = desk.person(login)
        units = [user.unit_id] if login != "department" else [desk.person("clerk").unit_id]
        for tab in change_list.Tab:
            query = change_list.ChangeQuery(user, units, tab)
            rows, _ = change_list.page(desk.conn, query)
            found[login, tab.value] = [row.id for row in rows]
            assert change_list.count(desk.conn, query) == len(rows)
    assert found["clerk", "draft"] == [draft]
    assert found["clerk", "pending"] == found["reviewer", "pending"] == [pending]
    assert found["department", "draft"] == []  # somebody else's draft is nobody's business
    assert found["department", "pending"] == [pending]
    assert not any(found["clerk2", tab.value] for tab in change_list.Tab)
    mine = change_list.ChangeQuery(
        desk.person("reviewer"), [desk.person("clerk").unit_id], mine=True
    )
    assert [row.mine for row in change_list.page(desk.conn, mine)[0]] == [True]
