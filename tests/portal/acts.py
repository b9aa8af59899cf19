"""Every route by which a page or a program sends something, and what it takes away (J5).

A new route takes its row here. What takes something away either warns on a page that says what it
will mean, or can be undone from its message, or is asked for on a page of its own that says so.
"""

from collections.abc import Iterator, Mapping
from typing import Final

ROOMS: Final = ("transfer", "share", "demands")


def _in_rooms(*names: str) -> Iterator[str]:
    return (f"{room}.{name}" for room in ROOMS for name in names)


# A page says what it will mean (portal.consequence.warns).
WARNED: Final = frozenset({
    "account.end_session", "account.revoke_device", "account.sign_out_everywhere",
    "admin_calendar.remove",
    "admin_people.end_session", "admin_people.give_password", "admin_people.keep_out",
    "admin_people.reset_second_factor", "admin_people.revoke_device",
    "admin_units.close",
    "campaign.end",
    "change_batches.delete", "change_batches.give_back",
    "changes.recall", "changes.revoke",
    "inbox_batches.give_back",
    "linked.renew",
    "stocktake_acts.bind", "stocktake_acts.decide", "stocktake_acts.reopen",
    "stocktake_batches.give_back",
    "stocktake_review.recall", "stocktake_review.revoke",
    "webhooks.remove", "webhooks.renew_secret",
    *_in_rooms("batch_delete", "batch_delist", "batch_give_back", "cancel", "delist", "recall"),
    *_in_rooms("revoke"),
})  # fmt: skip

# The same button also does what takes nothing away: it warns where it does.
WARNED_AT_TIMES: Final = {
    "admin_people.change": "another unit, or no reviewer any more, where documents wait",
    "linked.switch": "off",
    "webhooks.switch": "off",
}

# What nobody else has seen is undone from the message: route, row of portal.undo.
UNDONE: Final = {
    "admin_units.remove_section": "section.removed",
    "cards.save_filter": "filter.forgotten",
    "inbox.read_all": "notices.read",
    "shortlist.remove": "shortlist.removed",
    "stocktake_acts.remove": "stocktake.removed",
    "stocktake_acts.set_aside": "code.set_aside",
    "suggestions.dismiss": "suggestion.dismissed",
}

# Undone where nothing depends on it and nobody has seen it; else a page says what it will mean.
UNDONE_OR_WARNED: Final = {
    "changes.delete": "change.deleted",
    "transfer.delete": "sheet.deleted",
    "share.delete": "sheet.deleted",
    "demands.delete": "demand.deleted",
}

# Asked for on a page of its own, which says what it will mean: route, page.
OWN_PAGE: Final = {
    "account.change_password": "account.password",
    "account.new_codes": "account.index",
    "account.turn_off_second_factor": "account.index",
    "admin_reference.take_over": "admin_reference.index",
    "changes.give_back": "changes.show",
    "stocktake_acts.close": "stocktake_acts.before_close",
    "stocktake_difference.explain": "stocktake_difference.form",
    "stocktake_review.give_back": "stocktakes.show",
    **dict(zip(_in_rooms("give_back"), _in_rooms("show"), strict=True)),
    **dict(zip(_in_rooms("register"), _in_rooms("settle"), strict=True)),
    **dict(zip(_in_rooms("correct"), _in_rooms("correction"), strict=True)),
}

# Takes nothing away: why.
MAKES: Final = "makes something, or more of it"
CHANGES: Final = "changes what is changed back in the same place"
READS: Final = "reads"
DECIDES: Final = "approves: revoked, or taken back by another document"
RECALLED: Final = "recalled until somebody has acted"
OF_PROGRAM: Final = "a program's door: its user's screen is another"
TAKES_NOTHING: Final = {
    "account.add_device": MAKES,
    "account.begin_second_factor": MAKES,
    "account.confirm": "asks for the password",
    "account.confirm_second_factor": MAKES,
    "account.keep_contact": CHANGES,
    "admin_calendar.add": MAKES,
    "admin_calendar.change": CHANGES,
    "admin_chains.keep": CHANGES,
    "admin_people.add": MAKES,
    "admin_people.let_in": MAKES,
    "admin_people.unlock": MAKES,
    "admin_second_factor.store": CHANGES,
    "admin_units.add": MAKES,
    "admin_units.add_section": MAKES,
    "admin_units.change": CHANGES,
    "admin_units.rename_section": CHANGES,
    "admin_units.reopen": MAKES,
    "audit.export": READS,
    "audit.verify": READS,
    "campaign.remind": MAKES,
    "campaign.start": MAKES,
    "card_files.check": READS,
    "card_files.draft": MAKES,
    "card_files.export_selected": READS,
    "change_batches.approve": DECIDES,
    "change_batches.submit": RECALLED,
    "changes.approve": DECIDES,
    "changes.submit": RECALLED,
    "drafts.create": MAKES,
    "drafts.save": CHANGES,
    "inbox_batches.approve": DECIDES,
    "labels.chosen": READS,
    "labels.printed": READS,
    "linked.add": MAKES,
    "linked.push_file": MAKES,
    "linked_api.take": OF_PROGRAM,
    "login.choose_language": CHANGES,
    "login.sign_in": MAKES,
    "login.give_code": MAKES,
    "login.sign_out": "one signs in again",
    "ministry.compare": READS,
    "ministry.resend": MAKES,
    "phone_api.sign_in": OF_PROGRAM,
    "phone_api.sign_out": OF_PROGRAM,
    "scan_api.take": OF_PROGRAM,
    "scan_api.take_photo": OF_PROGRAM,
    "scan_api.tell": OF_PROGRAM,
    "scan_api.undo": OF_PROGRAM,
    "shortlist.add": MAKES,
    "squares.export_selected": READS,
    "stocktake_acts.explain": CHANGES,
    "stocktake_acts.hand_over": "handed back in the same place",
    "stocktake_acts.set_due": CHANGES,
    "stocktake_acts.start": MAKES,
    "stocktake_batches.approve": DECIDES,
    "stocktake_batches.submit": RECALLED,
    "stocktake_difference.confirm": MAKES,
    "stocktake_difference.draft_loss": "a draft, which is deleted again",
    "stocktake_hand.keep": "undone by the page that counts",
    "stocktake_hand.picture": "undone by the page that counts",
    "stocktake_hand.undo": "is the way back",
    "stocktake_review.approve": DECIDES,
    "stocktake_review.draft_changes": "drafts, which are deleted again",
    "stocktake_review.submit": RECALLED,
    "stocktake_surplus.complete": CHANGES,
    "stocktakes.create": MAKES,
    "suggestions.agree": MAKES,
    "undo.take": "is the way back",
    "uploads.take": MAKES,
    "webhooks.add": MAKES,
    "webhooks.change": CHANGES,
    "webhooks.resend": MAKES,
    "webhooks.try_out": MAKES,
    **dict.fromkeys(_in_rooms("create", "take"), MAKES),
    **dict.fromkeys(_in_rooms("save"), CHANGES),
    **dict.fromkeys(_in_rooms("batch_submit", "submit"), RECALLED),
    **dict.fromkeys(_in_rooms("approve", "batch_approve"), DECIDES),
}

# These take something away only where the form sends so.
WHERE_SENT: Final = {
    "cards.save_filter": ("forget", "1"),
    "linked.switch": ("active", "false"),
    "webhooks.switch": ("active", "false"),
}
# The button makes what it says, and the page says what that takes along; or it harms nobody.
LOOKS_PLAIN: Final = frozenset({
    "account.change_password",
    "admin_people.change",
    "admin_reference.take_over",
    "inbox.read_all",
    "stocktake_acts.bind",
    "stocktake_acts.decide",
    "stocktake_difference.explain",
    *_in_rooms("register", "correct"),
})  # fmt: skip
TAKING: Final = (
    WARNED | WARNED_AT_TIMES.keys() | UNDONE.keys() | UNDONE_OR_WARNED.keys() | OWN_PAGE.keys()
) - LOOKS_PLAIN


def takes_away(endpoint: str, sent: Mapping[str, str]) -> bool:
    """Whether a button that sends this takes something away: then it looks like it."""
    if endpoint in WHERE_SENT:
        name, value = WHERE_SENT[endpoint]
        return sent.get(name) == value
    return endpoint in TAKING
