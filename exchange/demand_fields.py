"""The fields of a demand (G1), described as those of cards are."""

from datetime import date
from typing import Final

from db import Refused
from exchange.kinds import Kind
from registry.cards.field import FOUNDED, Choices, Days, Field, Form
from registry.cards.fields import ACCOUNTS
from registry.cards.kinds import Group
from registry.cards.values import Known, Values, read_all
from registry.words import Label

WANTED: Final[Choices] = (
    (Kind.TRANSFER.value, Label("调剂", "Transfer")),
    (Kind.SHARE.value, Label("共享", "Share")),
)
URGENCY: Final[Choices] = (
    ("ordinary", Label("一般", "Ordinary")),
    ("urgent", Label("紧急", "Urgent")),
    ("very_urgent", Label("特急", "Very urgent")),
)
B: Final = Group.BASIC
WANTED_WITHIN: Final = Days(FOUNDED, 3 * 366)  # budgets look three years ahead
# Scope, publishing unit, contact, address, phone and attachments stand on the sheet itself (B1).
FIELDS: Final = (
    Field("title", Label("需求标题", "Title"), B, required=True, longest=60),
    Field("wanted", Label("需求类型", "Type"), B, Form.CHOICE, required=True, choices=WANTED),
    Field("category", Label("资产分类", "Category"), B, Form.CATEGORY, required=True),
    Field("quantity", Label("资产数量/面积", "Quantity or area"), B, Form.QUANTITY, required=True),
    Field(
        "measure", Label("计量单位", "Unit of measure"), B, longest=12,
        suggestions=("台", "套", "辆", "件", "组", "个", "㎡"),
    ),
    Field(
        "description", Label("需求描述", "Description"), B, Form.LONG_TEXT, required=True,
        longest=1000,
    ),
    Field("division", Label("财政区划", "Division"), B, required=True),
    Field("wanted_by", Label("期望到货日期", "Wanted by"), B, Form.DATE, days=WANTED_WITHIN),
    Field(
        "closing_on", Label("需求结束日期", "Closing date"), B, Form.DATE, required=True,
        days=WANTED_WITHIN,
    ),
    Field("urgency", Label("紧急程度", "Urgency"), B, Form.CHOICE, required=True, choices=URGENCY),
    Field("ledger_account", Label("单位会计科目", "Ledger account"), B, suggestions=ACCOUNTS),
    Field("creator", Label("需求创建人", "Creator"), B, required=True, longest=50),
    Field("handler", Label("需求经办人", "Handler"), B, required=True, longest=50),
)  # fmt: skip


def read(
    typed: Values, known: Known, divisions: frozenset[str]
) -> tuple[Values, dict[str, Refused]]:
    """(canonical values, refusals by field) of a demand as it was typed."""
    values, refusals = read_all(FIELDS, typed, known)
    values["division"] = division = values["division"].split(" ")[0]
    if "division" not in refusals and division not in divisions:
        refusals["division"] = Refused("demand.division", field="division", value=division)
    if "closing_on" not in refusals and date.fromisoformat(values["closing_on"]) < known.today:
        refusals["closing_on"] = Refused("demand.closed_already", field="closing_on")
    wanted = values["wanted_by"] if "wanted_by" not in refusals else ""
    if wanted and date.fromisoformat(wanted) < known.today:
        refusals["wanted_by"] = Refused("demand.wanted_before", field="wanted_by")
    return values, refusals
