"""What a draft says, checked: from what was typed to the values before and after (A4, A5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from db import Refused
from db.text import clean
from registry.cards import split
from registry.cards.change_rules import LONGEST_LEASE, RECEIVED_BY_SOMEBODY, RULES, ChangeRule
from registry.cards.field import YES_OR_NO, Choices, Field, Form
from registry.cards.fields import BY_NAME, changeable, fields_of
from registry.cards.kinds import CardType, ChangeKind, Status
from registry.cards.values import Known, Values, across, read_all
from registry.words import Label

LONGEST_REASON: Final = 500
PHOTOS: Final = "photos"  # in before and after: digests, joined by commas
ATTACHMENTS: Final = "attachments"
MOST_PHOTOS: Final = 12
MOST_ATTACHMENTS: Final = 20
PART_FIELDS: Final = (*split.SUMMED, "name", "status", "shareable", "place")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed: values of the card and of the kind's details, a split's parts.

    `photos` and `attachments`: digests as they are to be; None where the form didn't ask.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Mapping[str, str]] = ()
    photos: tuple[str, ...] | None = None
    attachments: tuple[str, ...] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is kept; `refusals` by field say what must be mended first."""

    after: Values
    details: Values
    parts: list[Values]
    reason: str
    refusals: dict[str, Refused]


def asked(kind: ChangeKind, card_type: CardType) -> tuple[Field, ...]:
    """The card's fields that the form of this kind asks for."""
    rule, fields = RULES[kind], changeable(card_type, kind)
    if kind is ChangeKind.SPLIT:
        return ()
    return tuple(
        replace(
            one, required=one.required or one.name in rule.requires, choices=_choices(one, rule)
        )
        for one in fields
    )


BECOMES_ANOTHER: Final = {ChangeKind.STATUS: "status", ChangeKind.SHAREABLE: "shareable"}


def offered(kind: ChangeKind, card_type: CardType, before: Values) -> tuple[Field, ...]:
    """As `asked`, without the choice that `check` refuses: of what is to change, what it is."""
    changes = BECOMES_ANOTHER.get(kind)
    return tuple(
        replace(one, choices=tuple(c for c in choices_of(one) if c[0] != before.get(one.name)))
        if one.name == changes
        else one
        for one in asked(kind, card_type)
    )


def choices_of(one: Field) -> Choices:
    """What may be chosen, of yes and no too."""
    return YES_OR_NO if one.form is Form.YES_NO and not one.choices else one.choices


def _choices(one: Field, rule: ChangeRule) -> Choices:
    """The statuses that this kind may choose; any other field's choices as they are."""
    if one.name != "status" or not rule.choices:
        return one.choices
    return tuple((key, label) for key, label in one.choices if Status(key) in rule.choices)


def check(kind: ChangeKind, before: Values, typed: Typed, known: Known) -> Draft:
    """The draft that `typed` makes of a card with the values `before` ({} for a new card).

    Never raises: what is wrong stands in `refusals`, by field; '' is the whole draft's.
    """
    rule = RULES[kind]
    card_type = _type_of(before, typed)
    fields = asked(kind, card_type)
    values, refusals = read_all(fields, typed.values, known)
    details, wrong = read_all(rule.details, typed.values, known)
    refusals |= wrong
    parts: list[Values] = []
    if kind is ChangeKind.SPLIT:
        parts, wrong = _parts(card_type, before, typed.parts, known)
        refusals |= wrong
    legible = {name: value for name, value in {**before, **values}.items() if name not in refusals}
    refusals = across(legible) | refusals
    if not refusals:
        refusals |= _of_kind(kind, before, values, details)
    refusals = _of_dates(rule, before, details, refusals, known.today) | refusals
    after = _after(rule, before, values, details)
    refusals |= _add_files(after, before, typed)
    reason = clean(typed.reason, lines=True)
    if len(reason) > LONGEST_REASON:
        refusals["reason"] = Refused("change.reason_long", field="reason", most=LONGEST_REASON)
    if not refusals and not after and kind in MUST_CHANGE:
        refusals[""] = Refused("change.nothing_changed")
    return Draft(after, details, parts, reason, refusals)


MUST_CHANGE: Final = frozenset({ChangeKind.ATTRIBUTES, ChangeKind.STATUS, ChangeKind.SHAREABLE})


def _type_of(before: Values, typed: Typed) -> CardType:
    """The card's type; a new card's as typed, an illegible one counts as the commonest."""
    name = before.get("type") or typed.values.get("type", "")
    return CardType(name) if name in set(CardType) else CardType.GENERAL_EQUIPMENT


def _after(rule: ChangeRule, before: Values, values: Values, details: Values) -> Values:
    """What differs from before, and what the kind itself sets."""
    wanted = dict(values)
    if rule.becomes:
        wanted["status"] = rule.becomes.value
    if rule.kind is ChangeKind.LEASE_LEND and details.get("loan"):
        wanted["status"] = details["loan"]
    wanted |= dict.fromkeys(rule.clears, "")
    return {name: value for name, value in wanted.items() if value != before.get(name, "")}


def _add_files(after: Values, before: Values, typed: Typed) -> dict[str, Refused]:
    """Put the files that differ into `after`; more than a card has are refused, never cut (J3)."""
    refusals: dict[str, Refused] = {}
    for name, what, digests, most in (
        (PHOTOS, Label("照片", "photos"), typed.photos, MOST_PHOTOS),
        (ATTACHMENTS, Label("附件", "attachments"), typed.attachments, MOST_ATTACHMENTS),
    ):
        if digests is None:
            continue
        wanted = list(dict.fromkeys(digests))
        if len(wanted) > most:
            refusals[name] = Refused("change.too_many_files", field=name, what=what, most=most)
        elif ",".join(wanted) != before.get(name, ""):
            after[name] = ",".join(wanted)
    return refusals


def _of_kind(
    kind: ChangeKind, before: Values, values: Values, details: Values
) -> dict[str, Refused]:
    """Rules that belong to one kind."""
    found: dict[str, Refused] = {}
    if kind is ChangeKind.STATUS and values["status"] == before["status"]:
        found["status"] = Refused("change.same_status", field="status")
    received = details.get("form") in RECEIVED_BY_SOMEBODY
    if kind is ChangeKind.DISPOSE and received and not details["receiver"]:
        found["receiver"] = Refused("change.receiver_missing", field="receiver")
    return found


def part_fields() -> tuple[Field, ...]:
    """The fields of a split's part, with the choices that its rule takes (A5)."""
    rule = RULES[ChangeKind.SPLIT]
    return tuple(replace(BY_NAME[name], choices=_choices(BY_NAME[name], rule))
                 for name in PART_FIELDS)  # fmt: skip


PERIODS: Final = (("from_on", "until_on"), ("repaired_from", "repaired_until"))


def _of_dates(
    rule: ChangeRule, before: Values, details: Values, refusals: Mapping[str, Refused], today: date
) -> dict[str, Refused]:
    """Days of an act that can't be, beside each other and beside the card's own."""
    days = {
        one.name: date.fromisoformat(details[one.name])
        for one in rule.details
        if one.form is Form.DATE and details[one.name] and one.name not in refusals
    }
    found: dict[str, Refused] = {}
    acquired = before.get("acquired_on", "")
    for name, day in days.items():
        if acquired and day.isoformat() < acquired:
            found[name] = Refused("change.before_acquired", field=name, acquired=acquired)
    for early, late in PERIODS:
        if early in days and late in days and days[late] < days[early]:
            found[late] = Refused("change.ends_before_it_begins", field=late)
    if rule.kind is ChangeKind.LEASE_LEND and "until_on" in days and "until_on" not in found:
        begins, ends = days.get("from_on"), days["until_on"]
        if ends < today:
            found["until_on"] = Refused("change.ended_already", field="until_on")
        elif begins and (ends.year - begins.year, ends.month, ends.day) > (
            LONGEST_LEASE, begins.month, begins.day,
        ):  # fmt: skip
            found["until_on"] = Refused("change.lease_long", field="until_on", most=LONGEST_LEASE)
    return found


def _parts(
    card_type: CardType,
    before: Values,
    typed: Sequence[Mapping[str, str]],
    known: Known,
) -> tuple[list[Values], dict[str, Refused]]:
    """A split's parts; refusals by 'part-<n>-<field>', those of the whole by 'parts'."""
    present = {one.name for one in fields_of(card_type)}
    fields = [one for one in part_fields() if one.name in present]
    parts: list[Values] = []
    refusals: dict[str, Refused] = {}
    for number, row in enumerate(typed, 1):
        values, wrong = read_all(fields, row, known)
        parts.append(values)
        refusals |= {f"part-{number}-{name}": refused for name, refused in wrong.items()}
    if not refusals:
        try:
            split.check(before, parts)
        except Refused as refused:
            refusals["parts"] = refused
    return parts, refusals


def default_parts(before: Values, count: int = 2) -> list[Values]:
    """What the form of a split offers first: `count` parts as even as whole pieces allow."""
    quantity = Decimal(before["quantity"])
    weights = [Decimal(1)] * count
    if quantity == quantity.to_integral_value() and quantity >= count:
        whole, rest = divmod(int(quantity), count)
        quantities = [Decimal(whole + (n < rest)).quantize(split.CENT) for n in range(count)]
    else:
        quantities = split.shared_out(quantity, weights)
    parts = split.proposed(before, quantities)
    same = {name: before.get(name, "") for name in ("name", "status", "shareable", "place")}
    return [{**same, **part} for part in parts]
