"""What linked systems push, as JSON or as a table, read item by item; every fault by its field."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

from db import Connection, Refused
from db.text import clean
from exchange.kinds import DESCRIPTIONS, Kind
from registry import outside_json
from registry.cards import Status
from registry.cards.field import Field, Form, named
from registry.cards.kinds import Group
from registry.cards.values import Known, Values, read_all
from registry.tables import Fault, Table
from registry.words import Label

MOST: Final = 5_000
LONGEST_KEY: Final = 100
B: Final = Group.BASIC
CARDS: Final = tuple(kind for kind in Kind if DESCRIPTIONS[kind].of_cards)
FIELDS: Final = (
    Field("key", Label("来源编号", "Key"), B, required=True, longest=LONGEST_KEY),
    Field("kind", Label("类型", "Kind"), B, Form.CHOICE, required=True, choices=named(CARDS)),
    Field("name", Label("资产名称", "Name"), B, required=True),
    Field("code", Label("资产编号", "Code"), B, Form.CODE),
    Field("category", Label("资产分类", "Category"), B, Form.CATEGORY, required=True),
    Field("quantity", Label("数量/面积", "Quantity or area"), B, Form.QUANTITY, required=True),
    Field("measure", Label("计量单位", "Unit of measure"), B, required=True, longest=12),
    Field("value", Label("原值", "Original value"), B, Form.MONEY),
    Field(
        "status", Label("资产状态", "Status"), B, Form.CHOICE, required=True,
        choices=named(one for one in Status if one is not Status.DISPOSED),
    ),
    Field("brand", Label("品牌", "Brand"), B),
    Field("model", Label("规格型号", "Model"), B),
    Field("place", Label("存放地点", "Place"), B),
    Field("description", Label("说明", "Description"), B, Form.LONG_TEXT, longest=1000),
    Field("division", Label("财政区划", "Division"), B, longest=9),
    Field("contact", Label("联系人", "Contact"), B, required=True, longest=50),
    Field("phone", Label("联系电话", "Phone"), B, Form.PHONE, required=True, longest=40),
    Field("address", Label("单位地址", "Address"), B, longest=200),
)  # fmt: skip
BY_NAME: Final = {one.name: one for one in FIELDS}
SENT: Final = frozenset({"items", "complete", "withdraw"})
TRANSFERABLE: Final = frozenset({Status.IDLE.value, Status.TO_DISPOSE.value})


@dataclass(frozen=True, slots=True)
class Sent:
    """A push as it came: items with their number (from 1, in a file its row), keys to take back.

    `complete`: these are all that the system has.
    """

    items: list[tuple[int, Mapping[str, object]]]
    complete: bool = False
    withdraw: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its canonical values, and its refusals by field."""

    number: int
    values: Values
    refusals: dict[str, Refused] = field(default_factory=dict)


def of_json(content: bytes) -> Sent:
    """A push from {"items": [{…}], "complete": false, "withdraw": ["key"]}.

    Figures keep their digits. Raises Refused 'linked.not_json', 'linked.shape' or
    'linked.field_unknown'.
    """
    try:
        sent = outside_json.parse(content, parse_float=str, parse_int=str)
    except outside_json.Unreadable as error:
        raise Refused("linked.not_json") from error
    if not isinstance(sent, dict):
        raise Refused("linked.shape", field="")
    for name in sent.keys() - SENT:
        raise Refused("linked.field_unknown", field=name[:40], name=name[:40])
    items, complete, keys = sent.get("items", []), sent.get("complete", False), sent.get("withdraw")
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise Refused("linked.shape", field="items")
    if not isinstance(complete, bool):
        raise Refused("linked.shape", field="complete")
    if not isinstance(keys or [], list) or not all(isinstance(key, str) for key in keys or []):
        raise Refused("linked.shape", field="withdraw")
    keys = [clean(key) for key in keys or []]
    if not items and not keys and not complete:
        raise Refused("linked.nothing", field="items")
    return _bounded(Sent(list(enumerate(items, 1)), complete, tuple(dict.fromkeys(keys))))


def _bounded(sent: Sent) -> Sent:
    if len(sent.items) > MOST or len(sent.withdraw) > MOST:
        raise Refused("linked.too_many", field="items", most=f"{MOST:,}")
    return sent


NOISE: Final = re.compile(r"[\s*：:]+|[（(](?:元|yuan)[)）]$")


def _plain(head: str) -> str:
    return NOISE.sub("", head).casefold()


HEADS: Final = {_plain(name): one for one in FIELDS
                for name in (one.name, one.label.zh, one.label.en)}  # fmt: skip


def of_table(table: Table, *, complete: bool) -> Sent:
    """A push from a file's first sheet, its columns named in either language or as in JSON.

    Raises Refused 'linked.field_unknown', 'import.column_twice' or 'linked.too_many'.
    """
    columns: list[Field | None] = []
    for head in table.heads:
        one = HEADS.get(_plain(head))
        if one is None and head:
            raise Refused("linked.field_unknown", field="file", name=head[:40])
        if one is not None and one in columns:
            raise Refused("import.column_twice", field="file", column=one.label)
        columns.append(one)
    items: list[tuple[int, Mapping[str, object]]] = []
    for number, cells in table.rows:
        item: dict[str, object] = {}
        for column, (one, cell) in enumerate(zip(columns, cells, strict=False)):
            if one:
                item[one.name] = table.fault(number, column, amount=one.form.numeric) or cell
        items.append((number, item))
    return _bounded(Sent(items, complete))


DIVISIONS: LiteralString = "SELECT code FROM division"


def read(conn: Connection, sent: Sent, known: Known) -> list[Item]:
    """Every item against the rules of its fields, and against the others of its push."""
    divisions = frozenset(code for (code,) in conn.execute(DIVISIONS))
    found = [_item(number, raw, known, divisions) for number, raw in sent.items]
    for name in ("key", "code"):
        first: dict[str, int] = {}
        for one in found:
            value = one.values[name]
            if not value or name in one.refusals:
                continue
            earlier = first.setdefault(value, one.number)
            if earlier != one.number:
                one.refusals[name] = Refused(
                    "linked.twice", field=name, label=BY_NAME[name].label, value=value, row=earlier
                )
    taken_back = set(sent.withdraw)
    for one in found:
        if one.values["key"] in taken_back:
            one.refusals["key"] = Refused("linked.both", field="key", key=one.values["key"])
    return found


def _item(number: int, raw: Mapping[str, object], known: Known, divisions: frozenset[str]) -> Item:
    typed: Values = {}
    wrong: dict[str, Refused] = {}
    for name, value in raw.items():
        if name not in BY_NAME:
            wrong[name[:40]] = Refused("linked.field_unknown", field=name[:40], name=name[:40])
        elif isinstance(value, str):
            typed[name] = value
        elif isinstance(value, Fault):
            wrong[name] = value.refused(name, BY_NAME[name].label)
        elif value is not None:
            wrong[name] = Refused("linked.no_text", field=name, label=BY_NAME[name].label)
    values, refusals = read_all(FIELDS, typed, known)
    refusals |= wrong
    if values["kind"] == Kind.TRANSFER and values["status"] not in TRANSFERABLE:
        refusals.setdefault("status", Refused("linked.status", field="status"))
    division = values["division"] = values["division"].split(" ")[0]
    if division and division not in divisions:
        refusals["division"] = Refused("demand.division", field="division", value=division)
    return Item(number, values, refusals)


CONTACT: Final = ("contact", "phone", "address")
FACTS: Final = ("brand", "model", "place", "description")


def row(values: Values) -> dict[str, Any]:
    """What a listing keeps of an item, by the columns of `listing`."""
    plain = ("key", "kind", "name", "code", "category", "quantity", "measure", "status", "division")
    return {
        **{name: values[name] for name in plain},
        "value": values["value"] or "0",
        "facts": {name: values[name] for name in FACTS if values[name]},
        "contact": {**{name: values[name] for name in CONTACT}, "note": ""},
    }


def wrong(items: Iterable[Item]) -> list[Item]:
    """Those that were refused."""
    return [one for one in items if one.refusals]
