"""The closed sets of a stocktake: methods, answers, conditions, differences (H2, H4)."""

from enum import StrEnum
from typing import Final

from registry.cards.kinds import CardType
from registry.words import Label


class Method(StrEnum):
    """How something is counted (H2)."""

    APP = "app"
    GUN = "gun"
    HAND = "hand"
    PICTURE = "picture"

    @property
    def label(self) -> Label:
        """Its name."""
        return METHODS[self]


METHODS: Final = {
    Method.APP: Label("手机 App", "Phone app"),
    Method.GUN: Label("扫码枪", "Barcode gun"),
    Method.HAND: Label("手工", "By hand"),
    Method.PICTURE: Label("照片识别", "From a picture"),
}


class Outcome(StrEnum):
    """What a scan is answered (H2)."""

    FOUND = "found"
    AGAIN = "again"
    ELSEWHERE = "elsewhere"  # another person's, section's or unit's
    UNKNOWN = "unknown"  # kept in the bin
    SURPLUS = "surplus"  # a thing without a card

    @property
    def label(self) -> Label:
        """In words."""
        return OUTCOMES[self]


OUTCOMES: Final = {
    Outcome.FOUND: Label("已盘", "Counted"),
    Outcome.AGAIN: Label("已盘过", "Counted before"),
    Outcome.ELSEWHERE: Label("不在本任务", "Not in this task"),
    Outcome.UNKNOWN: Label("没有这个编号", "Unknown code"),
    Outcome.SURPLUS: Label("盘盈", "Surplus"),
}


class Standing(StrEnum):
    """What a count is worth."""

    VALID = "valid"  # of a card one: it counts
    AGREES = "agrees"  # stands beside it: tells what it doesn't, and contradicts nothing
    NOTED = "noted"  # kept as a note: it counts nothing
    SUPERSEDED = "superseded"  # tells nothing more, or was corrected by who made it
    OVERRULED = "overruled"  # contradicted what was decided for
    UNDONE = "undone"
    CONFLICT = "conflict"  # contradicts another person's: somebody decides (H3)


class Condition(StrEnum):
    """The state in which a thing was seen (H4)."""

    GOOD = "good"
    REPAIR = "repair"
    DAMAGED = "damaged"

    @property
    def label(self) -> Label:
        """In words."""
        return CONDITIONS[self]


CONDITIONS: Final = {
    Condition.GOOD: Label("完好", "Good"),
    Condition.REPAIR: Label("待修", "Needs repair"),
    Condition.DAMAGED: Label("损坏", "Damaged"),
}


class DifferenceKind(StrEnum):
    """How books and things differ (H4)."""

    MISSING = "missing"  # nobody has seen it: told once counting is over
    ELSEWHERE = "elsewhere"  # not counted, and seen all the same: never a loss
    SURPLUS = "surplus"
    UNLISTED = "unlisted"  # a card of the unit, found though it was not to be counted
    CHANGED = "changed"
    CONDITION = "condition"

    @property
    def label(self) -> Label:
        """In words."""
        return DIFFERENCES[self]


DIFFERENCES: Final = {
    DifferenceKind.MISSING: Label("盘亏", "Missing"),
    DifferenceKind.ELSEWHERE: Label("别处盘到", "Found elsewhere"),
    DifferenceKind.SURPLUS: Label("盘盈", "Surplus"),
    DifferenceKind.UNLISTED: Label("不在应盘范围", "Not on the list"),
    DifferenceKind.CHANGED: Label("信息不符", "Differs from the card"),
    DifferenceKind.CONDITION: Label("实物情况", "Condition"),
}


class Cause(StrEnum):
    """What became of a card that nobody has seen (H4): only what is lost is written off."""

    SEARCHED = "searched"
    PRESENT = "present"
    DISPOSED = "disposed"
    LOST = "lost"

    @property
    def label(self) -> Label:
        """In words."""
        return CAUSES[self]


CAUSES: Final = {
    Cause.SEARCHED: Label("继续查找，暂不核销", "Still being searched for"),
    Cause.PRESENT: Label("实物仍在，本次未盘到", "Still there, not counted this time"),
    Cause.DISPOSED: Label("已处置，账上未销", "Disposed of, still on the books"),
    Cause.LOST: Label("确认丢失，申请损失核销", "Lost: to be written off"),
}
# Nobody loses these (H4): what happened to them is told by another form of disposal or change.
NEVER_LOST: Final = {
    CardType.BUILDING: Label(
        "已拆除的按“报废”、已划转的按“无偿划转”在卡片上起草处置；坐落或面积不符的起草信息变更。",
        "Draft from the card: its scrapping where it was pulled down, a free transfer where it was "
        "transferred, a change of attributes where address or area differ.",
    ),
    CardType.LAND: Label(
        "已收回或划转的按“无偿划转”在卡片上起草处置；坐落或面积不符的起草信息变更。",
        "Draft from the card: a free transfer where it was taken back or transferred, a change of "
        "attributes where address or area differ.",
    ),
}  # fmt: skip


class Stage(StrEnum):
    """Where a task stands."""

    PLANNED = "planned"
    RUNNING = "running"
    COUNTED = "counted"  # closed: what is missing is known, and explained before it is submitted
    IN_REVIEW = "in_review"
    DONE = "done"

    @property
    def label(self) -> Label:
        """In words."""
        return STAGES[self]


STAGES: Final = {
    Stage.PLANNED: Label("未开始", "Planned"),
    Stage.RUNNING: Label("盘点中", "Counting"),
    Stage.COUNTED: Label("已盘完，待送审", "Counted, to be submitted"),
    Stage.IN_REVIEW: Label("审核中", "Under review"),
    Stage.DONE: Label("已终审", "Approved"),
}
