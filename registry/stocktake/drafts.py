"""The card change that tells a card's differences: which kind can tell what (A5, H4)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from db import Connection, Refused, audit
from registry import review
from registry.cards import ChangeKind, Status, card, changes, drafting, uploads
from registry.cards.card import Card
from registry.cards.change_rules import RULES
from registry.cards.drafting import Draft, Typed
from registry.cards.fields import changeable
from registry.cards.values import Known
from registry.org import User
from registry.review.engine import ZONE
from registry.stocktake import surplus
from registry.stocktake.differences import Difference, Newer
from registry.stocktake.kinds import CONDITIONS, Condition, DifferenceKind

Told = dict[int, list[str]]  # of which difference what
Why = tuple[Refused, ...]
LONGEST_FAULT: Final = 500


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was drafted, what of the differences it tells, and why not all.

    `settled`: what the card says already.
    """

    change: int | None
    told: Told
    refusals: dict[int, Why]
    settled: Told = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class By:
    """Who drafts, when, by what the unit's values may refer to; `noted`: what is to be audited
    once all is drafted.
    """

    conn: Connection
    actor: User
    now: datetime
    facts: Known
    noted: list[Callable[[], None]] = field(default_factory=list)

    @property
    def today(self) -> str:
        """As dates of cards are written."""
        return self.now.astimezone(ZONE).date().isoformat()

    def note(
        self, conn: Connection, who: str, action: str, subject: str, request: str = "",
        **facts: object,
    ) -> None:  # fmt: skip
        """To be audited, as by `audit.record`."""
        self.noted.append(partial(audit.record, conn, who, action, subject, request, **facts))


def step_of(by: By, members: Sequence[Difference]) -> Step:
    """Draft the next change of what is left of a card's differences, or of one surplus.

    Raises Refused where the card is not there any more or its status forbids it.
    """
    one = members[0]
    if one.kind is DifferenceKind.SURPLUS:
        return _made(_surplus(by, one), {one.id: list(one.after)}, members)
    found = card(by.conn, by.actor.id, one.code)
    if found is None:
        raise Refused("card.no_such_card", code=one.code)
    if one.kind is DifferenceKind.MISSING:  # and said to be lost: `outcome.draft_loss`
        values = {"form": "loss", "disposed_on": by.today}
        made = _draft(by, ChangeKind.DISPOSE, found, values, _reason(members))
        return _made(made, {one.id: []}, members)
    return _seen(by, found, members)


def _made(made: int | Why, told: Told, members: Sequence[Difference]) -> Step:
    if isinstance(made, int):
        return Step(made, told, {})
    return Step(None, {}, dict.fromkeys((one.id for one in members), made))


# ---- a card that was seen otherwise than it is booked


def _seen(by: By, found: Card, members: Sequence[Difference]) -> Step:
    """Of place, custodian, status and condition as much as one kind of change can tell."""
    older = {one.id: (_older(one.newer),) for one in members if one.newer is not None}
    members = [one for one in members if one.id not in older]
    if older:  # the newer word stands until somebody says that the count holds
        others = _seen(by, found, members) if members else Step(None, {}, {})
        return replace(others, refusals=others.refusals | older)
    sources = _sources(found, members)
    already = {name for name, (value, _keys) in sources.items() if _has(found, name, value)}
    wants = {name: value for name, (value, _keys) in sources.items() if name not in already}
    if wants and found.status is Status.DISPOSED:
        kind = ChangeKind.ATTRIBUTES
        raise Refused("change.not_in_this_status", kind=kind.label, status=found.status.label)
    settled = _told(sources, already, members)
    left = [one for one in members if one.kind is DifferenceKind.CONDITION
            and not any(one.id in keys for _value, keys in sources.values())]  # fmt: skip
    chosen, tells = _kind_for(found, wants)
    why: dict[int, Why] = {}
    if chosen is None:
        why = {key: (_by_hand(wants),) for name in wants for key in sources[name][1]}
        return _condition(by, found, left, Step(None, {}, why, settled))
    told = _told(sources, tells, members)
    about = [one for one in members if one.id in told]
    values = {name: wants[name] for name in tells} | _details(by, chosen)
    made = _draft(by, chosen, found, values, _reason(about))
    if not isinstance(made, int):
        why = dict.fromkeys(told, made)
        return _condition(by, found, left, Step(None, {}, why, settled))
    rest = {name: value for name, value in wants.items() if name not in tells}
    why = _why_not(by, made, found, sources, rest, left)
    return Step(made, told, why, settled)


def _older(newer: Newer) -> Refused:
    on = newer.at.astimezone(ZONE).date().isoformat()
    return Refused("difference.card_newer", number=newer.number, on=on)


Sources = dict[str, tuple[str, list[int]]]  # field: (as it was seen, ids of what says so)


def _sources(found: Card, members: Sequence[Difference]) -> Sources:
    """What is to stand on the card; what is damaged is to be disposed of, unless seen otherwise."""
    sources: Sources = {}
    for one in members:
        if one.kind is not DifferenceKind.CONDITION:
            sources |= {name: (str(one.after[name]), [one.id]) for name in one.left}
    for one in members:
        if one.kind is DifferenceKind.CONDITION and one.after["condition"] == Condition.DAMAGED:
            value, keys = sources.get("status", (Status.TO_DISPOSE.value, []))
            may = found.status in RULES[ChangeKind.STATUS].statuses
            if value == Status.TO_DISPOSE and (keys or may):
                sources["status"] = (value, [*keys, one.id])
    return sources


def _has(found: Card, name: str, value: str) -> bool:
    return str(getattr(found, name)) == value


def _told(sources: Sources, names: set[str], members: Sequence[Difference]) -> Told:
    """What of each difference these fields of the card tell."""
    kinds = {one.id: one.kind for one in members}
    told: Told = {}
    for name, (_value, keys) in sources.items():
        for key in keys if name in names else []:
            said = "condition" if kinds[key] is DifferenceKind.CONDITION else name
            told.setdefault(key, []).append(said)
    return told


SPEAKING: Final = (ChangeKind.RECOVER, ChangeKind.STATUS, ChangeKind.ATTRIBUTES)


def _kind_for(found: Card, wants: Mapping[str, str]) -> tuple[ChangeKind | None, set[str]]:
    """The kind of change that tells most of what is wanted, from the card's status; the fields."""
    best: tuple[ChangeKind | None, set[str]] = (None, set())
    for kind in SPEAKING:
        rule = RULES[kind]
        tells = {one.name for one in changeable(found.type, kind)} & wants.keys()
        if "status" in tells and Status(wants["status"]) not in rule.choices:
            tells.discard("status")
        possible = found.status in rule.statuses and set(rule.requires) <= tells
        if possible and len(tells) > len(best[1]):
            best = kind, tells
    return best


def _details(by: By, kind: ChangeKind) -> dict[str, str]:
    return {"recovered_on": by.today} if kind is ChangeKind.RECOVER else {}


def _why_not(
    by: By, made: int, found: Card, sources: Sources, rest: Mapping[str, str],
    left: Sequence[Difference],
) -> dict[int, Why]:  # fmt: skip
    """Of what this change doesn't tell: that it waits for it, or that no draft can tell it."""
    review_id = changes.require(by.conn, by.actor, made).review_id
    waits = Refused("difference.waits", number=review.standing(by.conn, review_id).number)
    why: dict[int, Why] = {one.id: (waits,) for one in left}
    kind, _tells = _kind_for(found, rest)
    for name in rest:
        for key in sources[name][1]:
            why[key] = (waits,) if kind is not None else (_by_hand(rest),)
    return why


def _by_hand(wants: Mapping[str, str]) -> Refused:
    """Only a status can't be told by any draft: to whom, until when?"""
    return Refused("difference.by_hand", status=Status(wants["status"]).label)


def _condition(by: By, found: Card, left: Sequence[Difference], so_far: Step) -> Step:
    """What needs repair is sent there; what is damaged is to be disposed of, whatever else it was.

    `so_far`: of the card's other differences nothing could be drafted.
    """
    if not left:
        return so_far
    one = left[0]
    said, told = _reason(left), {one.id: ["condition"]}
    if one.after["condition"] == Condition.REPAIR:
        values = {"fault": said[:LONGEST_FAULT], "repairer": "待定", "repaired_from": by.today}
        made = _draft(by, ChangeKind.REPAIR, found, values, said)
    elif found.status is Status.TO_DISPOSE:
        return replace(so_far, settled=so_far.settled | told)
    else:
        values = {"status": Status.TO_DISPOSE.value}
        made = _draft(by, ChangeKind.STATUS, found, values, said)
    if isinstance(made, int):
        return replace(so_far, change=made, told=told)
    return replace(so_far, refusals=so_far.refusals | {one.id: made})


# ---- drafts


def _draft(
    by: By, kind: ChangeKind, found: Card, values: Mapping[str, str], reason: str
) -> int | Why:
    before = changes.before_of(by.conn, found)
    asked = {one.name: before.get(one.name, "") for one in drafting.asked(kind, found.type)}
    typed = Typed(asked | dict(values), reason=reason)
    made = changes.draft(by.conn, by.actor, kind, found.code, typed, by.now, by.facts, by.note)
    return tuple(made.refusals.values()) if isinstance(made, Draft) else made


def _surplus(by: By, one: Difference) -> int | Why:
    """A surplus becomes a drafted card with its photos."""
    taken = uploads.of_unit(by.conn, by.actor.unit_id, "photo", one.photos)
    photos = tuple(each.digest for each in taken)
    typed = Typed(surplus.card_of(one, by.now), photos=photos, reason=_reason([one]))
    made = changes.draft(
        by.conn, by.actor, ChangeKind.REGISTER, "", typed, by.now, by.facts, by.note
    )
    return tuple(made.refusals.values()) if isinstance(made, Draft) else made


def _reason(members: Sequence[Difference]) -> str:
    """Why the card changes, for those who review it: each difference, its note, its explanation."""
    return "；".join(dict.fromkeys(map(_said, members)))[: drafting.LONGEST_REASON]


def _said(one: Difference) -> str:
    condition = one.after.get("condition")
    word = CONDITIONS[Condition(condition)].zh if condition else ""
    if one.kind is DifferenceKind.CONDITION:
        return f"{word}：{one.note or one.explanation}"
    head = f"{one.kind.label.zh}（{word}）" if word else one.kind.label.zh
    note = f"；{one.note}" if one.note and one.kind is DifferenceKind.SURPLUS else ""
    return f"{head}：{one.explanation}{note}"
