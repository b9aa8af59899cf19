"""What somebody registers of a listing, read and checked (D2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, LiteralString

from db import Connection, Refused
from db.like import holding, starting
from db.text import folded
from exchange.kinds import DESCRIPTIONS, Kind
from registry.cards.change_rules import YUAN
from registry.cards.field import EVER, FOUNDED, PLANNED, Choices, Days, Field, Form
from registry.cards.kinds import Group
from registry.cards.values import Known, Values, read_all
from registry.words import Label

WAYS: Final[Choices] = (
    ("free_transfer", Label("无偿划转", "Free transfer")),
    ("donation", Label("对外捐赠", "Donation")),
)


def _field(
    name: str, label: Label, form: Form = Form.TEXT, *, required: bool = False,
    choices: Choices = (), measure: Label | None = None, longest: int = 100,
    hint: Label | None = None, days: Days = EVER,
) -> Field:  # fmt: skip
    return Field(name, label, Group.USE, form, required=required, choices=choices,
                 measure=measure, longest=longest, hint=hint, days=days)  # fmt: skip


PARTNER: Final = _field(
    "partner", Label("对方单位", "Other party"), required=True,
    hint=Label(
        "输入名称或代码，从列表中选择",
        "Type a name or a code, and choose from the list",
    ),
)  # fmt: skip
WAY: Final = _field("way", Label("调剂方式", "Way"), Form.CHOICE, required=True, choices=WAYS)
USED: Final = Days(FOUNDED, 21 * 366)
DATES: Final = (
    _field("from_on", Label("使用起始日期", "Used from"), Form.DATE, required=True, days=PLANNED),
    _field(
        "until_on",
        Label("使用截止日期", "Used until"),
        Form.DATE,
        required=True,
        days=USED,
    ),
    _field("compensation", Label("补偿金额", "Compensation"), Form.MONEY, measure=YUAN),
)
OUTSIDE: Final = "outside"  # ticked: the other party is no unit of this system
TICKED: Final = "yes"
NOTE: Final = _field("note", Label("说明", "Note"), Form.LONG_TEXT, longest=500)


def fields(kind: Kind) -> tuple[Field, ...]:
    """What is asked, in the order of the form."""
    one = DESCRIPTIONS[kind]
    asked = (replace(PARTNER, label=one.partner),)
    return (*asked, *((WAY,) if one.disposes else ()), *(DATES if one.dated else ()), NOTE)


@dataclass(frozen=True, slots=True)
class Settling:
    """What was registered: the partner's id where it is in the system; money in yuan."""

    partner_unit: int | None
    partner: str
    way: str
    from_on: date | None
    until_on: date | None
    compensation: Decimal | None
    note: str


def read(
    conn: Connection, kind: Kind, typed: Mapping[str, str], today: date, *, correcting: bool = False
) -> tuple[Settling | None, Values, dict[str, Refused]]:
    """(what is registered, the values as typed, refusals by field); None where one is refused.
    `correcting`: of a use that may have ended.

    A name that no unit bears is taken only with `OUTSIDE` ticked: nearly right, it would give the
    asset to nobody.
    """
    values, refusals = read_all(fields(kind), typed, Known({}, frozenset(), today))
    begins, ends = values.get("from_on", ""), values.get("until_on", "")
    if ends and {"from_on", "until_on"}.isdisjoint(refusals):
        if ends < begins:
            refusals["until_on"] = Refused("settle.ends_before_it_begins", field="until_on")
        elif ends < today.isoformat() and not correcting:
            refusals["until_on"] = Refused("settle.ended_already", field="until_on")
    unit, name = partner_of(conn, values["partner"])
    values[OUTSIDE] = TICKED if typed.get(OUTSIDE) == TICKED else ""
    if "partner" not in refusals and unit is None and not values[OUTSIDE]:
        refusals["partner"] = Refused("settle.no_such_unit", field="partner", unit=name)
    if refusals:
        return None, values, refusals
    return Settling(
        unit,
        name,
        values.get("way", ""),
        date.fromisoformat(begins) if begins else None,
        date.fromisoformat(ends) if ends else None,
        Decimal(values["compensation"]) if values.get("compensation") else None,
        values["note"],
    ), values, refusals  # fmt: skip


UNIT: LiteralString = """
    SELECT id, name FROM unit
     WHERE active AND (lower(normalize(name, NFKC)) = %(text)s
                       OR lower(code) = split_part(%(text)s, ' ', 1))
     ORDER BY (lower(normalize(name, NFKC)) = %(text)s) DESC LIMIT 1
"""


def partner_of(conn: Connection, text: str) -> tuple[int | None, str]:
    """(id, name) of the unit that is meant by name, code or `code name`; (None, text) outside."""
    row = conn.execute(UNIT, {"text": folded(text)}).fetchone()
    return (row[0], row[1]) if row else (None, text)


# Who is to receive an asset has somebody who takes its card up (as `org.preparers_of`, D2).
UNITS_LIKE: LiteralString = """
    SELECT code, name FROM unit
     WHERE active AND id <> %(own)s
       AND (lower(normalize(name, NFKC)) LIKE %(part)s OR lower(code) LIKE %(start)s)
       AND (NOT %(receiving)s OR EXISTS (
            SELECT FROM app_user JOIN user_role ON user_role.user_id = app_user.id
             WHERE app_user.unit_id = unit.id AND app_user.active
               AND user_role.role = 'preparer'))
     ORDER BY code LIMIT 30
"""


def units_like(
    conn: Connection, own: int, text: str = "", *, receiving: bool
) -> list[tuple[str, str]]:
    """(code, name) of other units whose name holds this or whose code starts so; without it, the
    first: names are no secret.

    `receiving`: only those that can receive a card, as a transfer's partner must (D2).
    """
    typed = folded(text)
    facts = {"own": own, "part": holding(typed), "start": starting(typed), "receiving": receiving}
    return conn.execute(UNITS_LIKE, facts).fetchall()
