"""Every door that takes a form makes what it makes once, or says why it needn't."""

from collections.abc import Iterator

import pytest
from flask import Flask

from db import Database
from portal import PortalSettings, create_app
from portal.once import MAKES
from portal.permissions import needed

NOWHERE = "postgresql://panhuo_portal:x@127.0.0.1:1/panhuo"
# Why a form that is sent twice does no harm there. A new POST route makes something
# (portal.once.makes), or has its line here.
STANDS = "done again it is refused, or finds done what it does: what stands decides"
KEEPS = "writes what stands anew; sent again, it writes the same"
CLIENT = "counts by an id that was made where it was counted"
STORED = "a file is kept by what it holds: the same one is there already"
READS = "answers with a file or a page and makes nothing"
SIGNS = "a person's own sign-ins and secrets"
WISHED = "meant to be done again"
SAME = "what a file or system says is so afterwards, however often it is taken"
MAKES_NOTHING = {
    "account.begin_second_factor": SIGNS,
    "account.change_password": SIGNS,
    "account.confirm": SIGNS,
    "account.confirm_second_factor": SIGNS,
    "account.end_session": SIGNS,
    "account.keep_contact": KEEPS,
    "account.new_codes": SIGNS,
    "account.revoke_device": STANDS,
    "account.sign_out_everywhere": SIGNS,
    "account.turn_off_second_factor": SIGNS,
    "admin_calendar.change": KEEPS,
    "admin_calendar.remove": STANDS,
    "admin_chains.keep": KEEPS,
    "admin_people.change": KEEPS,
    "admin_people.end_session": STANDS,
    "admin_people.give_password": WISHED,
    "admin_people.keep_out": STANDS,
    "admin_people.let_in": STANDS,
    "admin_people.reset_second_factor": STANDS,
    "admin_people.revoke_device": STANDS,
    "admin_people.unlock": STANDS,
    "admin_reference.take_over": SAME,
    "admin_second_factor.store": KEEPS,
    "admin_units.change": KEEPS,
    "admin_units.close": STANDS,
    "admin_units.remove_section": STANDS,
    "admin_units.rename_section": KEEPS,
    "admin_units.reopen": STANDS,
    "audit.export": READS,
    "audit.verify": KEEPS,
    "campaign.end": STANDS,
    "campaign.remind": STANDS,
    "card_files.check": STORED,
    "card_files.export_selected": READS,
    "cards.save_filter": "of a name there is one: saved again, it takes its place",
    "change_batches.approve": STANDS,
    "change_batches.delete": STANDS,
    "change_batches.give_back": STANDS,
    "change_batches.submit": STANDS,
    "changes.approve": STANDS,
    "changes.delete": STANDS,
    "changes.give_back": STANDS,
    "changes.recall": STANDS,
    "changes.revoke": STANDS,
    "changes.submit": STANDS,
    "drafts.save": KEEPS,
    "inbox.read_all": KEEPS,
    "inbox_batches.approve": STANDS,
    "inbox_batches.give_back": STANDS,
    "labels.chosen": READS,
    "labels.printed": READS,
    "linked.push_file": SAME,
    "linked.renew": WISHED,
    "linked.switch": STANDS,
    "linked_api.take": SAME,
    "login.choose_language": KEEPS,
    "login.give_code": SIGNS,
    "login.sign_in": SIGNS,
    "login.sign_out": SIGNS,
    "ministry.compare": WISHED,
    "ministry.resend": STANDS,
    "phone_api.sign_in": SIGNS,
    "scan_api.take": CLIENT,
    "scan_api.take_photo": STORED,
    "scan_api.tell": CLIENT,
    "shortlist.add": STANDS,
    "shortlist.remove": STANDS,
    "squares.export_selected": READS,
    "stocktake_acts.bind": STANDS,
    "stocktake_acts.close": STANDS,
    "stocktake_acts.decide": STANDS,
    "stocktake_acts.explain": KEEPS,
    "stocktake_acts.hand_over": KEEPS,
    "stocktake_acts.remove": STANDS,
    "stocktake_acts.reopen": STANDS,
    "stocktake_acts.set_aside": STANDS,
    "stocktake_acts.set_due": KEEPS,
    "stocktake_acts.start": STANDS,
    "stocktake_batches.approve": STANDS,
    "stocktake_batches.give_back": STANDS,
    "stocktake_batches.submit": STANDS,
    "stocktake_difference.confirm": STANDS,
    "stocktake_difference.draft_loss": "drafts what is not drafted yet",
    "stocktake_difference.explain": KEEPS,
    "stocktake_hand.keep": CLIENT,
    "stocktake_hand.picture": CLIENT,
    "stocktake_hand.undo": CLIENT,
    "stocktake_review.approve": STANDS,
    "stocktake_review.draft_changes": "drafts what is not drafted yet",
    "stocktake_review.give_back": STANDS,
    "stocktake_review.recall": STANDS,
    "stocktake_review.revoke": STANDS,
    "stocktake_review.submit": STANDS,
    "stocktake_surplus.complete": KEEPS,
    "suggestions.agree": STANDS,
    "suggestions.dismiss": STANDS,
    "uploads.take": STORED,
    "undo.take": STANDS,
    "webhooks.change": KEEPS,
    "webhooks.remove": STANDS,
    "webhooks.renew_secret": WISHED,
    "webhooks.resend": STANDS,
    "webhooks.switch": STANDS,
    "webhooks.try_out": WISHED,
}
ROOMS = {
    "batch_approve": STANDS,
    "batch_delete": STANDS,
    "batch_delist": STANDS,
    "batch_give_back": STANDS,
    "batch_submit": STANDS,
    "take": STORED,
    "save": KEEPS,
    "delete": STANDS,
    "submit": STANDS,
    "recall": STANDS,
    "approve": STANDS,
    "give_back": STANDS,
    "revoke": STANDS,
    "delist": STANDS,
    "register": "of a listing there is one result: what is settled is not settled again",
    "correct": KEEPS,
    "cancel": STANDS,
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with Database(NOWHERE) as database:
        yield create_app(PortalSettings(), database, tmp_path_factory.mktemp("once"))


def posted(app: Flask) -> set[str]:
    return {one.endpoint for one in app.url_map.iter_rules() if "POST" in (one.methods or set())}


def reason(endpoint: str) -> str:
    room, _dot, name = endpoint.rpartition(".")
    return MAKES_NOTHING.get(endpoint) or (
        ROOMS.get(name, "") if room in {"transfer", "share", "demands"} else ""
    )


def test_every_door_that_takes_a_form_makes_once_or_says_why_it_need_not(app: Flask) -> None:
    views = app.view_functions
    silent = {one for one in posted(app) if not hasattr(views[one], MAKES) and not reason(one)}
    assert silent == set(), "portal.once.makes, or a line in MAKES_NOTHING with the reason"
    assert {one for one in posted(app) if hasattr(views[one], MAKES) and reason(one)} == set()


def test_no_reason_is_kept_for_a_door_that_is_gone(app: Flask) -> None:
    assert MAKES_NOTHING.keys() - posted(app) == set()


def test_what_makes_something_is_behind_a_permission_for_its_sender_is_known(app: Flask) -> None:
    making = [one for one in posted(app) if hasattr(app.view_functions[one], MAKES)]
    assert making
    assert [one for one in making if needed(app, one) is None] == []
