"""What a sheet says, read and checked before it is saved (B1, B2, B3, G1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused
from exchange import demand_fields, eligibility
from exchange.kinds import DESCRIPTIONS, Kind, Scope
from registry.cards.field import Field, Form
from registry.cards.kinds import Group
from registry.cards.known import known
from registry.cards.values import Values, read_all
from registry.org import User, UserType
from registry.words import Label

MOST_CARDS: Final = 200
MOST_ATTACHMENTS: Final = 20
SCOPE: Final = Field(
    "scope", Label("范围", "Scope"), Group.BASIC, Form.CHOICE, required=True,
    choices=tuple((one.value, one.label) for one in Scope),
)  # fmt: skip
HEAD: Final = (
    SCOPE,
    Field("contact", Label("联系人", "Contact"), Group.BASIC, required=True, longest=50),
    Field(
        "phone",
        Label("联系电话", "Phone"),
        Group.BASIC,
        Form.PHONE,
        required=True,
        longest=40,
    ),
    Field("address", Label("单位地址", "Address"), Group.BASIC, required=True, longest=200),
    Field("note", Label("说明", "Note"), Group.BASIC, Form.LONG_TEXT, longest=500),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed: values by field, codes of cards and digests of attachments in order."""

    values: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet as it would be kept; `refusals` by field, `refused_cards` by code (B3)."""

    values: Values
    demand: Values
    cards: tuple[str, ...]
    attachments: tuple[str, ...]
    refusals: dict[str, Refused]
    refused_cards: dict[str, Refused]

    @property
    def right(self) -> bool:
        """Whether it may be saved."""
        return not self.refusals and not self.refused_cards


# E6: who may publish a demand of which scope goes by the type of user alone.
DEMAND_SCOPES: Final = {
    UserType.FINANCE: frozenset({Scope.LOCAL}),
    UserType.BUDGET_UNIT: frozenset({Scope.LOCAL, Scope.NATIONAL}),
}


def scopes(kind: Kind, actor: User) -> frozenset[Scope]:
    """The scopes in which `actor` may publish this kind."""
    if DESCRIPTIONS[kind].of_cards:
        return frozenset(Scope)
    return DEMAND_SCOPES.get(actor.type, frozenset())


DIVISIONS: LiteralString = "SELECT code FROM division"


def check(
    conn: Connection, actor: User, kind: Kind, sheet: int | None, typed: Typed, now: datetime
) -> Checked:
    """The sheet that `typed` makes, with what is wrong; `sheet`: the one that is edited."""
    facts = known(conn, actor.unit_id, now)
    values, refusals = read_all(HEAD, typed.values, facts)
    if "scope" not in refusals and Scope(values["scope"]) not in scopes(kind, actor):
        refusals["scope"] = Refused("sheet.scope_not_yours", field="scope")
    demand: Values = {}
    cards = tuple(dict.fromkeys(typed.cards)) if DESCRIPTIONS[kind].of_cards else ()
    refused_cards: dict[str, Refused] = {}
    if DESCRIPTIONS[kind].of_cards:
        refused_cards = eligibility.check(conn, kind, actor.unit_id, sheet, cards)
        refusals |= _how_many(cards)
    else:
        divisions = frozenset(code for (code,) in conn.execute(DIVISIONS))
        demand, wrong = demand_fields.read(dict(typed.values), facts, divisions)
        refusals |= wrong
    attachments = tuple(dict.fromkeys(typed.attachments))
    if len(attachments) > MOST_ATTACHMENTS:
        many = Refused("sheet.too_many_files", field="attachments", most=MOST_ATTACHMENTS)
        refusals["attachments"] = many
    return Checked(values, demand, cards, attachments, refusals, refused_cards)


def _how_many(cards: tuple[str, ...]) -> dict[str, Refused]:
    if not cards:
        return {"cards": Refused("sheet.no_cards", field="cards")}
    if len(cards) > MOST_CARDS:
        return {"cards": Refused("sheet.too_many_cards", field="cards", most=MOST_CARDS)}
    return {}
