"""A card that came from another unit: what of it is handed on, and what its unit adds (D2, J4)."""

from pathlib import Path

import pytest

from registry import review
from registry.cards import card, changes, held, uploads
from registry.cards.drafting import ATTACHMENTS, Typed
from registry.cards.field import Whose
from registry.cards.fields import names_of
from registry.review import Action
from tests.registry.conftest import NOW, Desk, MakeCard

GIVEN = {"using_section": "", "managing_section": "", "custodian": "", "place": ""}


class Handover:
    """The hospital's card, with an attachment, that becomes the library's draft."""

    def __init__(self, desk: Desk, make_card: MakeCard, folder: Path) -> None:
        self.desk, self.conn, self.folder = desk, desk.conn, folder
        giver = make_card(unit="医院", code="HOSP1", using_section="")
        self.theirs = self.keep("clerk2", "验收单.txt")
        unit = desk.person("clerk2").unit_id
        uploads.set_attachments(self.conn, giver, unit, [self.theirs])
        self.origin = held(self.conn, giver)
        values = {**changes.before_of(self.conn, self.origin), **GIVEN, "code": "HOSP1-T1"}
        typed = Typed(values, photos=(), attachments=(self.theirs,))
        self.draft = changes.draft_received(
            self.conn, desk.person("clerk"), self.origin, typed, "医院", NOW
        )

    def keep(self, login: str, name: str) -> str:
        by = self.desk.person(login)
        return uploads.keep(
            self.conn, self.folder, by, uploads.document(name, name.encode()), NOW
        ).digest

    def change(self) -> changes.Change:
        return changes.require(self.conn, self.desk.person("clerk"), self.draft)


@pytest.fixture
def handover(desk: Desk, make_card: MakeCard, tmp_path: Path) -> Handover:
    return Handover(desk, make_card, tmp_path)


def test_attachment_added_to_a_received_card_stands_beside_the_givers(handover: Handover) -> None:
    desk, conn, clerk = handover.desk, handover.conn, handover.desk.person("clerk")
    found, both = handover.change(), [handover.theirs, handover.keep("clerk", "收条.txt")]
    typed = Typed(found.after, photos=(), attachments=tuple(both))
    seen = review.standing(conn, found.review_id).version
    assert changes.edit(conn, clerk, found.id, seen, typed, NOW).refusals == {}
    assert list(changes.files_of(conn, handover.change())) == both
    desk.act("clerk", found.id, Action.SUBMIT)
    desk.act("reviewer", found.id, Action.APPROVE)
    received = card(conn, clerk.id, "HOSP1-T1")
    assert received is not None
    assert [one.name for one in uploads.attachments_of(conn, received.id)] == [
        "验收单.txt",
        "收条.txt",
    ]


def test_receivers_change_keeps_nothing_of_the_givers_people_places_and_books(
    handover: Handover,
) -> None:
    before, origin = handover.change().before, changes.before_of(handover.conn, handover.origin)
    own = {"custodian", "place", "fiscal_funds"}
    assert all(origin[name] for name in own)
    assert not (names_of(Whose.PRIVATE) | GIVEN.keys()) & before.keys()
    handed_on = ("name", "code", "status", "original_value", ATTACHMENTS)
    assert {name: before[name] for name in handed_on} == {name: origin[name] for name in handed_on}


def test_receiver_opens_the_givers_attachment_and_nobody_elses(handover: Handover) -> None:
    clerk, other = handover.desk.person("clerk"), handover.keep("clerk2", "别的.txt")
    assert uploads.attachment(handover.conn, clerk.id, handover.theirs) is not None
    assert uploads.attachment(handover.conn, clerk.id, other) is None
