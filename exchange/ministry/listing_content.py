"""What a document says of another province's listing: read strictly before anything is stored."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from db.text import clean
from exchange import demand_fields
from exchange.kinds import Kind
from exchange.ministry.refusals import Unacceptable, Why
from registry.cards import CardType, Status, fields
from registry.cards.field import Field, Form

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=200)]
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,16}(\.[0-9]{1,2})?$")]
Longest = Annotated[str, Meta(max_length=4000)]
MOST_QUANTITY: Final = Decimal(10) ** 12
NUMBER: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")


class ListingContent(msgspec.Struct, frozen=True):
    """The listing as its province shows it; names that are not here are for later versions."""

    kind: Kind
    name: Name
    category: Annotated[str, Meta(pattern=r"^A[0-9]{8}$")]
    division: Annotated[str, Meta(pattern=r"^[0-9]{6,9}$")]
    quantity: Amount
    unit: Name
    facts: dict[str, Longest]
    contact: dict[str, Longest]
    listed_at: datetime
    division_name: Annotated[str, Meta(max_length=60)] | None = None
    code: Text = ""
    card_type: CardType | None = None
    status: Text = ""
    measure: Annotated[str, Meta(max_length=12)] = ""
    value: Amount = "0"
    until_on: date | None = None
    thumbnail: str | None = None


def read(content: Mapping[str, Any]) -> ListingContent:
    """Raises Unacceptable 'malformed' with the first thing that is wrong."""
    cleaned = {name: _cleaned(value) for name, value in content.items()}
    given = {name: value for name, value in cleaned.items() if value != ""}
    try:
        found = msgspec.convert(given, ListingContent)
    except msgspec.ValidationError as error:
        raise Unacceptable(Why.MALFORMED, str(error)[:200]) from error
    if not 0 < Decimal(found.quantity) < MOST_QUANTITY:
        raise Unacceptable(Why.MALFORMED, "quantity")
    if found.listed_at.tzinfo is None:
        raise Unacceptable(Why.MALFORMED, "listed_at has no offset")
    if found.status not in _statuses(found.kind):
        raise Unacceptable(Why.MALFORMED, "status")
    if (found.card_type is None) != (found.kind is Kind.DEMAND):
        raise Unacceptable(Why.MALFORMED, "card_type")
    return found


def _cleaned(value: Any) -> Any:
    """A text as ours are kept; those of facts and contact keep their lines."""
    if isinstance(value, dict):
        return {
            name: clean(text, lines=True) if isinstance(text, str) else text
            for name, text in value.items()
        }
    return clean(value) if isinstance(value, str) else value


def _statuses(kind: Kind) -> set[str]:
    if kind is Kind.DEMAND:
        return {value for value, _ in demand_fields.WANTED}
    return {status.value for status in Status}


def facts_of(content: ListingContent) -> dict[str, str]:
    """Its facts, as far as we know their fields. Raises Unacceptable 'malformed'."""
    if content.card_type is None:
        known = {field.name: field for field in demand_fields.FIELDS}
    else:
        known = {field.name: field for field in fields.fields_of(content.card_type)}
    kept = {name: text for name, text in content.facts.items() if name in known}
    for name, text in kept.items():
        if text and not _fits(known[name], text):
            raise Unacceptable(Why.MALFORMED, f"facts.{name}")
    # Our list of divisions doesn't have other provinces': squares show what theirs are called.
    return dict.fromkeys(known, "") | kept | {"division_name": content.division_name or ""}


def _fits(field: Field, text: str) -> bool:
    check = CHECKS.get(field.form)
    return check(field, text) if check else len(text) <= max(field.longest, 200)


def _choice(field: Field, text: str) -> bool:
    return any(text == value for value, _ in field.choices)


def _day(_field: Field, text: str) -> bool:
    try:
        return len(text) == len("2026-01-01") and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _number(_field: Field, text: str) -> bool:
    return bool(NUMBER.fullmatch(text))


CHECKS: Final[dict[Form, Callable[[Field, str], bool]]] = {
    Form.CHOICE: _choice,
    Form.YES_NO: lambda _field, text: text in {"true", "false"},
    Form.DATE: _day,
    Form.MONEY: _number,
    Form.QUANTITY: _number,
    Form.WHOLE: _number,
}
