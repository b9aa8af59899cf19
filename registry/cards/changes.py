"""Card changes: drafted by a preparer, reviewed, applied at final approval only (A4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused, audit, scalar
from registry import review
from registry.cards import apply, change_rules, drafting, uploads
from registry.cards.card import Card, card, values_of
from registry.cards.change import Change, change, require
from registry.cards.change_rules import ENDS, RULES, ChangeRule
from registry.cards.drafting import ATTACHMENTS, PHOTOS, Draft, Typed
from registry.cards.field import Field, Whose
from registry.cards.fields import names_of
from registry.cards.followers import FOLLOWERS, against
from registry.cards.kinds import ChangeKind
from registry.cards.known import known
from registry.cards.values import Known, Values
from registry.org import Role, User, contacts
from registry.review import Action, DocumentKind, Standing, State

__all__ = [
    "Change", "act", "barred", "before_of", "card_for", "change", "details_offered", "draft",
    "draft_received", "edit", "files_of", "in_review", "possible", "remove", "require", "staged",
    "store",
]  # fmt: skip
Note = Callable[..., None]  # as `audit.record`


def before_of(conn: Connection, one: Card) -> Values:
    """All values of a card as a draft's `before`, photos and attachments with them."""
    values = values_of(one)
    values[PHOTOS] = ",".join(uploads.photos_of(conn, one.id))
    values[ATTACHMENTS] = ",".join(each.digest for each in uploads.attachments_of(conn, one.id))
    return values


def another_units(conn: Connection, one: Card) -> Refused:
    """'change.other_unit', with those who may draft a change of the card."""
    who = contacts.of_roles(conn, one.unit_id, frozenset({Role.PREPARER}))
    named = contacts.named(who)
    return Refused("change.other_unit", field="card", unit=one.unit_name, preparers=named)


def card_for(conn: Connection, user: User, code: str, kind: ChangeKind) -> Card:
    """The card of the preparer's own unit that a change of `kind` may be drafted for.

    Raises Refused 'card.no_such_card', 'change.other_unit' or 'change.not_in_this_status'.
    """
    one = card(conn, user.id, code)
    if one is None:
        raise Refused("card.no_such_card", field="card", code=code)
    if one.unit_id != user.unit_id:
        raise another_units(conn, one)
    if one.status not in RULES[kind].statuses:
        raise Refused("change.not_in_this_status", kind=kind.label, status=one.status.label)
    return one


def possible(conn: Connection, one: Card) -> tuple[ChangeRule, ...]:
    """The kinds of change that may be drafted of the card as things stand."""
    return tuple(
        rule for rule in change_rules.possible(one.status) if barred(conn, rule.kind, one) is None
    )


def barred(
    conn: Connection, kind: ChangeKind, one: Card, change: int | None = None
) -> Refused | None:
    """Why no change of this kind can be made of the card now, whatever it says; None: it can.

    `change`: the one that is edited.
    """
    return against(conn, kind, one.id, change, {}).get("")


def details_offered(
    conn: Connection, kind: ChangeKind, one: Card, change: int | None = None
) -> tuple[Field, ...]:
    """The kind's details, without the choices that somebody has something against (F1)."""

    def open_to(field: Field, choice: str) -> bool:
        return field.name not in against(conn, kind, one.id, change, {field.name: choice})

    return tuple(
        replace(field, choices=tuple(c for c in field.choices if open_to(field, c[0])))
        if field.choices
        else field
        for field in RULES[kind].details
    )


ADD: LiteralString = """
    INSERT INTO card_change (review_id, unit_id, kind, card_id, card_version, before, after,
                             details, parts, reason, drafted_by, drafted_at, origin_card_id)
    VALUES (%(review)s, %(unit)s, %(kind)s, %(card)s, %(version)s, %(before)s, %(after)s,
            %(details)s, %(parts)s, %(reason)s, %(by)s, %(now)s, %(origin)s)
    RETURNING id
"""


def draft(
    conn: Connection,
    user: User,
    kind: ChangeKind,
    code: str,
    typed: Typed,
    now: datetime,
    facts: Known | None = None,
    note: Note = audit.record,
) -> int | Draft:
    """Draft a change of the card with this code ('' for a new card): its id.

    Or the draft with its refusals, where something is wrong; nothing is stored then. Whoever drafts
    many reads `facts` once, and has them noted by `note` at the end: appending to the audit keeps
    all others out of it until the transaction ends.
    Raises as `card_for`.
    """
    one = None if kind is ChangeKind.REGISTER else card_for(conn, user, code, kind)
    before = before_of(conn, one) if one else {}
    made = _checked(conn, user, kind, before, typed, facts or known(conn, user.unit_id, now))
    if one and not made.refusals:
        made.refusals.update(_too_early(conn, kind, one.id, made.details))
        made.refusals.update(against(conn, kind, one.id, None, made.details))
    if made.refusals:
        return made
    named = made.after.get("name") or before.get("name", "")
    title = f"{named} {one.code if one else made.after['code']}"
    return store(conn, user, kind, one, before, made, title, now, note=note)


def store(
    conn: Connection,
    user: User,
    kind: ChangeKind,
    one: Card | None,
    before: Values,
    made: Draft,
    title: str,
    now: datetime,
    origin: int | None = None,
    note: Note = audit.record,
) -> int:
    """Keep a draft that is right: its id. `origin`: the card that a new one came from (D2)."""
    scope = RULES[kind].scope
    review_id, number = review.begin(conn, DocumentKind.CARD_CHANGE, scope, title, user, now)
    facts = {
        "review": review_id,
        "unit": user.unit_id,
        "kind": kind.value,
        "card": one.id if one else None,
        "version": one.version if one else None,
        "before": Jsonb(before),
        "by": user.id,
        "now": now,
        "origin": origin,
        **_content(made),
    }
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    review.describe(conn, review_id, title, scope, f"/changes/{key}")
    note(conn, user.login, "card_change.drafted", f"card_change:{number}", kind=kind.value,
         card=one.code if one else "")  # fmt: skip
    return key


def _content(made: Draft) -> dict[str, Any]:
    return {
        "after": Jsonb(made.after),
        "details": Jsonb(made.details),
        "parts": Jsonb(made.parts),
        "reason": made.reason,
    }


TAKEN: LiteralString = "SELECT 1 FROM card WHERE code = %(code)s"


def _checked(
    conn: Connection, user: User, kind: ChangeKind, before: Values, typed: Typed, facts: Known
) -> Draft:
    own = _own_files(conn, user.unit_id, before, typed)
    # A card that came from another unit shows that one's values as before, and has its own.
    against = {} if kind is ChangeKind.REGISTER else before
    made = drafting.check(kind, against, own, facts)
    code = made.after.get("code")
    if kind is ChangeKind.REGISTER and code and scalar(conn, TAKEN, code=code):
        made.refusals["code"] = Refused("card.code_taken", field="code", code=code)
    return made


BEGUN: LiteralString = """
    SELECT card_change.details ->> %(name)s
      FROM card_change JOIN review ON review.id = card_change.review_id
     WHERE card_change.card_id = %(card)s AND card_change.kind = %(kind)s
       AND review.state = 'approved'
     ORDER BY card_change.applied_at DESC, card_change.id DESC LIMIT 1
"""


def _too_early(
    conn: Connection, kind: ChangeKind, card: int, details: Values
) -> dict[str, Refused]:
    """A return before what was taken, a recovery before the loan."""
    if kind not in ENDS:
        return {}
    begins, early, late = ENDS[kind]
    begun = scalar(conn, BEGUN, name=early, card=card, kind=begins.value)
    if not isinstance(begun, str) or details[late] >= begun:
        return {}
    return {late: Refused("change.ends_what_had_not_begun", field=late, kind=begins.label,
                          begun=begun)}  # fmt: skip


def _own_files(conn: Connection, unit: int, before: Values, typed: Typed) -> Typed:
    """Without digests that are neither the card's nor uploads of the unit (J4)."""

    def own(digests: tuple[str, ...] | None, kind: str, had: str) -> tuple[str, ...] | None:
        if digests is None:
            return None
        uploaded = {one.digest for one in uploads.of_unit(conn, unit, kind, list(digests))}
        allowed = uploaded | set(had.split(","))
        return tuple(digest for digest in digests if digest in allowed)

    return Typed(
        typed.values,
        typed.parts,
        own(typed.photos, "photo", before.get(PHOTOS, "")),
        own(typed.attachments, "attachment", before.get(ATTACHMENTS, "")),
        typed.reason,
    )


EDIT: LiteralString = """
    UPDATE card_change
       SET after = %(after)s, details = %(details)s, parts = %(parts)s, reason = %(reason)s,
           before = %(before)s, card_version = %(version)s
     WHERE id = %(change)s
"""


def edit(
    conn: Connection, user: User, change_id: int, seen: int, typed: Typed, now: datetime
) -> Draft:
    """Write a draft anew, against the card as it is now; `seen` is the review's version.

    The draft; where it has refusals nothing is stored. Raises Refused 'change.not_found',
    'review.not_now', 'review.not_yours', 'review.edited', or as `card_for`.
    """
    found, standing = _own_draft(conn, user, change_id, seen)
    if found.kind is ChangeKind.IMPORT:
        raise Refused("change.import_is_not_edited")
    one = card_for(conn, user, found.card_code, found.kind) if found.card_id else None
    before = before_of(conn, one) if one else found.before
    made = _checked(conn, user, found.kind, before, typed, known(conn, user.unit_id, now))
    if one and not made.refusals:
        made.refusals.update(_too_early(conn, found.kind, one.id, made.details))
        made.refusals.update(against(conn, found.kind, one.id, change_id, made.details))
    if made.refusals:
        return made
    facts = {"change": change_id, "before": Jsonb(before), "version": one.version if one else None}
    conn.execute(EDIT, {**facts, **_content(made)})
    name = made.after.get("name") or before.get("name", "")
    code = made.after.get("code") or before.get("code", "")
    review.describe(conn, found.review_id, f"{name} {code}", standing.scope, standing.address)
    review.touch(conn, found.review_id, user)
    audit.record(conn, user.login, "card_change.edited", f"card_change:{standing.number}")
    return made


def _own_draft(conn: Connection, user: User, change_id: int, seen: int) -> tuple[Change, Standing]:
    """A draft of the user's unit, locked, in the version that they saw."""
    found = require(conn, user, change_id)
    return found, review.own_draft(conn, user, found.review_id, seen)


def remove(
    conn: Connection, user: User, change_id: int, seen: int, now: datetime, request: str
) -> None:
    """Delete a draft, which `restore` can undo for a while; one that was submitted before becomes
    void for good, its history stays.

    Raises as `edit`.
    """
    found, standing = _own_draft(conn, user, change_id, seen)
    for follower in FOLLOWERS:
        follower.dropped(conn, found, user.login, now)
    if standing.round:
        after = review.act(conn, user, found.review_id, Action.VOID, seen, "", now)
        review.note(conn, after, Action.VOID, user, request)
        return
    review.put_away(conn, standing, now)
    audit.record(
        conn, user.login, "card_change.deleted", f"card_change:{standing.number}", request,
        kind=found.kind.value, card=found.card_code, after=found.after,
    )  # fmt: skip


REVIEW_OF: LiteralString = "SELECT review_id FROM card_change WHERE id = %(change)s"


def restore(conn: Connection, user: User, change_id: int, now: datetime, request: str) -> None:
    """A deleted draft stands again. Raises Refused 'undo.changed', 'review.not_yours'."""
    key = scalar(conn, REVIEW_OF, change=change_id)
    if not isinstance(key, int):
        raise Refused("undo.changed")
    standing = review.bring_back(conn, user, key, now)
    subject = f"card_change:{standing.number}"
    audit.record(conn, user.login, "card_change.restored", subject, request)


def act(
    conn: Connection,
    user: User,
    change_id: int,
    action: Action,
    seen: int,
    opinion: str,
    now: datetime,
    request: str,
) -> Standing:
    """Submit, recall, approve, return or revoke; final approval applies it to the card.

    Raises as `review.act`, 'change.not_found', 'change.outdated', 'change.another_in_review',
    'change.applied_already', or what applying and those who follow cards refuse; then nothing has
    happened.
    """
    found = require(conn, user, change_id)
    if action is Action.REVOKE and found.applied_at:
        raise Refused("change.applied_already")
    if found.card_id:
        apply.hold(conn, found.card_id)  # before the review: one order of locks for all
    after = review.act(conn, user, found.review_id, action, seen, opinion, now)
    if action in {Action.SUBMIT, Action.APPROVE}:
        _require_current(conn, found)
        _require_possible(conn, found)
    if action is Action.SUBMIT:
        _require_alone(conn, found)
    if after.state is State.APPROVED:
        apply.apply(conn, found, now)
        for follower in FOLLOWERS:
            follower.applied(conn, found, user.login, now)
    review.note(conn, after, action, user, request)
    return after


VERSION: LiteralString = "SELECT version FROM card WHERE id = %(card)s"


def _require_current(conn: Connection, found: Change) -> None:
    if found.card_id and scalar(conn, VERSION, card=found.card_id) != found.card_version:
        raise Refused("change.outdated")


def _require_possible(conn: Connection, found: Change) -> None:
    """What could never be applied does not go through review first."""
    if found.card_id:
        for refused in against(conn, found.kind, found.card_id, found.id, found.details).values():
            raise refused


OTHERS: LiteralString = """
    SELECT review.number
      FROM card_change JOIN review ON review.id = card_change.review_id
     WHERE card_change.card_id = %(card)s
       AND card_change.id IS DISTINCT FROM %(change)s::bigint
       AND review.state = 'in_review'
     LIMIT 1
"""


def in_review(conn: Connection, card_id: int, change_id: int | None = None) -> str:
    """The number of another change of this card that is under review; '' where there is none."""
    other = scalar(conn, OTHERS, card=card_id, change=change_id)
    return other if isinstance(other, str) else ""


def _require_alone(conn: Connection, found: Change) -> None:
    """Two changes of one card are never under review together: one would be outdated."""
    if found.card_id and (other := in_review(conn, found.card_id, found.id)):
        raise Refused("change.another_in_review", number=other)


def draft_received(
    conn: Connection, user: User, origin: Card, typed: Typed, reason: str, now: datetime
) -> int:
    """Draft the card of an asset that came from another unit's card, with its files (D2).

    `typed` must be right: it is the machine that fills it in, with what becomes the receiver's.
    Handed on as `before` is no more than the receiver needs to see what became of the giver's
    card: what `typed` says too, which the giver's own facts are not, and never what a unit keeps
    to itself; its photos and attachments, which the draft may name (J4). The change's id.
    """
    known_before = before_of(conn, origin)
    facts = known(conn, user.unit_id, now)
    made = _checked(conn, user, ChangeKind.REGISTER, known_before, typed, facts)
    if made.refusals:
        raise next(iter(made.refusals.values()))
    title = f"{made.after['name']} {made.after['code']}"
    made = replace(made, reason=reason)
    private, files = names_of(Whose.PRIVATE), {PHOTOS, ATTACHMENTS}
    before = {
        name: value
        for name, value in known_before.items()
        if name in files or (name not in private and typed.values.get(name))
    }
    return store(conn, user, ChangeKind.REGISTER, None, before, made, title, now, origin=origin.id)


ROWS_SHOWN: Final = 50
STAGED: LiteralString = """
    SELECT row, vals FROM card_import_row
     WHERE change_id = %(change)s AND row > %(after)s ORDER BY row LIMIT %(limit)s
"""


def staged(conn: Connection, change_id: int, after: int) -> list[tuple[int, Values]]:
    """(row of the file, values) of a page of an import's rows. The caller has checked the scope."""
    facts = {"change": change_id, "after": after, "limit": ROWS_SHOWN}
    return conn.execute(STAGED, facts).fetchall()


def files_of(conn: Connection, found: Change) -> dict[str, uploads.Upload]:
    """The attachments that a change names, by digest."""
    joined = f"{found.before.get(ATTACHMENTS, '')},{found.after.get(ATTACHMENTS, '')}"
    digests = [one for one in joined.split(",") if one]
    known = uploads.attachments_named(
        conn, digests, found.unit_id, found.card_id, found.origin_card_id
    )
    return {one.digest: one for one in known}
