"""What is told of a difference: each of its facts, and what it says, in both languages."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from exchange.kinds import Ministry, State
from exchange.listings import ZONE
from exchange.ministry.comparison import STANDINGS
from exchange.ministry.difference import Difference
from exchange.ministry.refusals import reason_in_words
from registry.cards import Status
from registry.cards.fields import FIELDS
from registry.words import Label


class Fact(NamedTuple):
    """`inside`: part of what sheets and documents say, for whoever may read those."""

    label: Label
    value: Label
    inside: bool


NAMES: Final[Mapping[str, Label]] = {
    "document": Label("文件编号", "Document"),
    "error": Label("错误", "Error"),
    "since": Label("始于", "Since"),
    "here": Label("本系统", "Here"),
    "above": Label("汇总系统", "The aggregator"),
    "told": Label("已报", "Reported"),
    "fields": Label("不同的项", "Fields"),
    "status": Label("资产状态", "Status"),
    "sheet": Label("发布单", "Sheet"),
    "awaited": Label("等待的序号", "Awaited number"),
    "refused": Label("拒收原因", "Refused because"),
    "code": Label("资产编号", "Code"),
    "unit": Label("单位", "Unit"),
}
STANDINGS_OF: Final = frozenset({"here", "above", "told", "status"})
REASONS: Final = frozenset({"refused", "error"})
INSIDE: Final = frozenset({"code", "unit"})
NOTHING: Final = Label("没有", "nothing")
CALLED: Final[Mapping[str, Label]] = {
    **{field.name: field.label for field in FIELDS},
    "photo": Label("照片", "Photo"),
    "unit": Label("单位名称", "Unit's name"),
    "division": Label("财政区划", "Division"),
}
STANDS: Final[Mapping[str, Label]] = {
    **{one.value: one.label for one in State},
    **{one.value: one.label for one in Ministry},
    **{one.value: one.label for one in Status},
    **{name: ministry.label for name, ministry in STANDINGS.items()},
    "": NOTHING,
}


def facts(one: Difference) -> Iterator[Fact]:
    """Each fact of it, in its order."""
    for name, text in one.facts.items():
        yield Fact(NAMES.get(name, Label(name, name)), _value(name, text), name in INSIDE)


def _value(name: str, text: str) -> Label:
    if name == "fields":
        called = [CALLED.get(field, Label(field, field)) for field in text.split(", ")]
        return Label("、".join(one.zh for one in called), ", ".join(one.en for one in called))
    if name == "since":
        at = f"{datetime.fromisoformat(text).astimezone(ZONE):%Y-%m-%d %H:%M}"
        return Label(at, at)
    if name in REASONS:
        return reason_in_words(text)
    plain = Label(text, text)
    return STANDS.get(text, plain) if name in STANDINGS_OF else plain
