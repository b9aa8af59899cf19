"""What each kind of change asks, from which statuses, and what it makes of the card (A5)."""

from dataclasses import dataclass
from typing import Final

from registry.cards.field import (
    EVER,
    FOUNDED,
    NOTED,
    PLANNED,
    SOON,
    Choices,
    Days,
    Field,
    Form,
)  # fmt: skip
from registry.cards.kinds import ChangeKind, Group, Status
from registry.words import Label

K, S = ChangeKind, Status
YUAN: Final = Label("元", "yuan")

DISPOSAL_FORMS: Final[Choices] = (
    ("free_transfer", Label("无偿划转", "Free transfer")),
    ("donation", Label("对外捐赠", "Donation")),
    ("sale", Label("转让", "Sale")),
    ("exchange", Label("置换", "Exchange")),
    ("scrap", Label("报废", "Scrapping")),
    ("loss", Label("损失核销", "Write-off of a loss")),
)
LOANS: Final[Choices] = (
    ("leased", Label("出租", "Lease")),
    ("lent", Label("出借", "Loan")),
)
RECEIVED_BY_SOMEBODY: Final = frozenset({"free_transfer", "donation", "sale", "exchange"})


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """A kind: from which statuses, which status it leads to, what it asks beside the card.

    `becomes` None: the status stays, or is asked as a field of the card, then `choices` are those
    that may be chosen. `clears`: fields of the card that become empty. `scope`: its chain.
    """

    kind: ChangeKind
    hint: Label
    statuses: frozenset[Status]
    becomes: Status | None = None
    choices: tuple[Status, ...] = ()
    details: tuple[Field, ...] = ()
    clears: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    pictures: bool = True
    scope: str = "ordinary"


def _detail(
    name: str, label: Label, form: Form = Form.TEXT, *, required: bool = False,
    choices: Choices = (), measure: Label | None = None, days: Days = EVER, longest: int = 100,
) -> Field:  # fmt: skip
    return Field(name, label, Group.USE, form, required=required, choices=choices,
                 measure=measure, days=days, longest=longest)  # fmt: skip


ALIVE: Final = frozenset(Status) - {S.DISPOSED}
AT_HOME: Final = frozenset({S.IN_USE, S.IDLE, S.TO_DISPOSE})
AWAY: Final = frozenset({S.LEASED, S.LENT})

RULES: Final = {
    rule.kind: rule
    for rule in (
        ChangeRule(
            K.REGISTER, Label("把一件资产登记成卡片", "Put an asset on a card of its own"),
            frozenset(), choices=(S.IN_USE, S.IDLE, S.TO_DISPOSE),
        ),
        ChangeRule(
            K.IMPORT, Label("用 XLSX 或 CSV 一次登记多张卡片", "Many cards at once from XLSX or CSV"),
            frozenset(), choices=tuple(ALIVE), pictures=False,
        ),
        ChangeRule(
            K.ATTRIBUTES, Label("改正或补充卡片的信息、照片和附件", "Correct or complete the card, its photos and attachments"),
            ALIVE,
        ),
        ChangeRule(
            K.STATUS, Label("在用、闲置、待处置之间的变动", "Between in use, idle and to dispose"),
            AT_HOME, choices=(S.IN_USE, S.IDLE, S.TO_DISPOSE), requires=("status",),
        ),
        ChangeRule(
            K.SHAREABLE, Label("可否供其他单位共享共用", "Whether other units may share it"),
            ALIVE, requires=("shareable",),
        ),
        ChangeRule(
            K.REQUISITION, Label("由部门和个人领用，状态变为在用", "Taken by a section and a person; it becomes in use"),
            frozenset({S.IDLE, S.TO_DISPOSE, S.IN_USE}), becomes=S.IN_USE,
            requires=("using_section", "custodian"),
            details=(_detail("taken_on", Label("领用日期", "Taken on"), Form.DATE, required=True, days=SOON),),
        ),
        ChangeRule(
            K.RETURN, Label("交回库房，状态变为闲置", "Back to the store; it becomes idle"),
            frozenset({S.IN_USE}), becomes=S.IDLE, clears=("using_section", "custodian"),
            details=(
                _detail("returned_on", Label("退库日期", "Returned on"), Form.DATE, required=True, days=NOTED),
                _detail("condition", Label("完好情况", "Condition"), longest=200),
            ),
        ),
        ChangeRule(
            K.REPAIR, Label("登记一次维修，状态不变", "Note a repair; the status stays"), ALIVE,
            details=(
                _detail("fault", Label("故障与维修内容", "Fault and repair"), Form.LONG_TEXT, required=True, longest=500),
                _detail("repairer", Label("维修单位", "Repaired by"), required=True),
                _detail("repaired_from", Label("送修日期", "From"), Form.DATE, required=True, days=SOON),
                _detail("repaired_until", Label("修复日期", "Until"), Form.DATE, days=PLANNED),
                _detail("cost", Label("维修费用", "Cost"), Form.MONEY, measure=YUAN),
            ),
        ),
        ChangeRule(
            K.LEASE_LEND, Label("出租或出借给其他单位", "Leased or lent to somebody else"),
            frozenset({S.IN_USE, S.IDLE}),
            details=(
                _detail("loan", Label("方式", "Kind"), Form.CHOICE, required=True, choices=LOANS),
                _detail("taker", Label("承租（借用）方", "Taker"), required=True),
                _detail("from_on", Label("起始日期", "From"), Form.DATE, required=True, days=PLANNED),
                _detail("until_on", Label("到期日期", "Until"), Form.DATE, required=True, days=Days(FOUNDED, 21 * 366)),
                _detail("rent", Label("租金（年）", "Rent a year"), Form.MONEY, measure=YUAN),
                _detail("agreement", Label("合同（批复）号", "Agreement")),
            ),
        ),
        ChangeRule(
            K.RECOVER, Label("收回出租出借的资产，并判断收回后的状态", "Take back what was leased or lent, and say its status"),
            AWAY, choices=(S.IDLE, S.TO_DISPOSE, S.IN_USE), requires=("status",),
            details=(
                _detail("recovered_on", Label("收回日期", "Recovered on"), Form.DATE, required=True, days=NOTED),
                _detail("condition", Label("完好情况", "Condition"), longest=200),
            ),
        ),
        ChangeRule(
            K.SPLIT, Label("拆成几张卡片，数量与价值合计不变", "Into several cards; quantities and values add up"),
            AT_HOME, choices=(S.IN_USE, S.IDLE, S.TO_DISPOSE), pictures=False,
        ),
        ChangeRule(
            K.DISPOSE, Label("按六种形式之一处置，终审后卡片不再变动", "In one of six forms; after it the card changes no more"),
            AT_HOME, becomes=S.DISPOSED, scope="disposal",
            details=(
                _detail("form", Label("处置形式", "Form of disposal"), Form.CHOICE, required=True, choices=DISPOSAL_FORMS),
                _detail("receiver", Label("接收方", "Receiver")),
                _detail("proceeds", Label("处置收入", "Proceeds"), Form.MONEY, measure=YUAN),
                _detail("approval", Label("批复文号", "Approval number")),
                _detail("disposed_on", Label("处置日期", "Disposed on"), Form.DATE, required=True, days=PLANNED),
            ),
        ),
    )
}  # fmt: skip


LONGEST_LEASE: Final = 20  # years: Civil Code, article 705
# What an act ends: it can't come before the last act of that kind, by the dates that both say.
ENDS: Final = {
    K.RETURN: (K.REQUISITION, "taken_on", "returned_on"),
    K.RECOVER: (K.LEASE_LEND, "from_on", "recovered_on"),
}


def possible(status: Status) -> tuple[ChangeRule, ...]:
    """The kinds of change that a card of this status may have."""
    return tuple(rule for rule in RULES.values() if status in rule.statuses)
