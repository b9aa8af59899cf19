"""What each form calls its fields, for whoever has to be told of them outside of the form.

A field is known by the form that it is sent to, for two forms may call the same name differently:
first by the endpoint, then by its blueprint. A test holds these words to the forms that are drawn.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from exchange import DESCRIPTIONS, demand_fields, settle_form, sheet_form
from exchange.kinds import Scope
from portal.language import N_, gettext, language
from registry.cards import change_rules
from registry.cards.field import Field, Form
from registry.cards.fields import FIELDS
from registry.cards.kinds import CardType, Status
from registry.cards.showing import YES_NO
from registry.notices import Event
from registry.org import Role, UserType
from registry.org.units import UnitKind
from registry.review.nodes import Body
from registry.stocktake import Cause, Condition, Method

T = TypeVar("T")
REVIEW: Final = {"opinion": N_("审核意见")}
BATCH: Final = {"opinion": N_("退回原因")}
PERSON: Final = {"email": N_("电子邮箱"), "phone": N_("电话")}
ROOM: Final = {
    "": {"opinion": N_("审核意见"), "scope": N_("范围"), "cards": N_("资产")},
    ".delist": {"reason": N_("下架原因")},
    ".batch_delist": {"reason": N_("下架原因")},
    ".batch_approve": BATCH,
    ".batch_give_back": BATCH,
    ".register": {"outside": N_("系统外单位")},
    ".correct": {"outside": N_("系统外单位"), "reason": N_("更正原因")},
}
ROOMS: Final = {one.room: one for one in DESCRIPTIONS.values()}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "account": PERSON | {"events": N_("哪些通知同时发邮件")},
    "account.add_device": {"name": N_("设备名称")},
    "admin_calendar": {
        "unit": N_("单位"), "since": N_("第一天"), "until": N_("最后一天"), "reason": N_("原因"),
    },
    "admin_chains": {"body": N_("审核环节")},
    "admin_people": PERSON | {
        "login": N_("登录名"), "name": N_("姓名"), "unit": N_("单位"), "section": N_("部门"),
        "type": N_("用户类型"), "roles": N_("角色"),
    },
    "admin_second_factor": {"rules": N_("必须使用两步验证")},
    "admin_units": {
        "name": N_("单位名称"), "code": N_("单位编码"), "kind": N_("性质"),
        "division": N_("财政区划"), "parent": N_("上级单位"), "address": N_("地址"),
        "phone": N_("电话"),
    },
    "admin_units.add_section": {"name": N_("新部门的名称")},
    "admin_units.rename_section": {"name": N_("部门名称")},
    "campaign.start": {"name": N_("名称"), "deadline": N_("截止日期")},
    "card_files": {"code": N_("资产编号"), "reason": N_("变动说明"), "type": N_("卡片类型")},
    "cards.save_filter": {"name": N_("筛选方案的名称")},
    "change_batches": BATCH,
    "changes": REVIEW,
    "drafts": {"reason": N_("变动说明")},
    "inbox_batches": BATCH,
    "labels": {"code": N_("资产编号"), "format": N_("标签纸"), "start": N_("从第几个位置开始")},
    "linked": {
        "name": N_("系统名称"), "unit": N_("所属单位"), "complete": N_("这是该系统的全部资产"),
    },
    "shortlist": {"listing": N_("上架资产")},
    "squares": {"listing": N_("上架资产")},
    "stocktake_acts": {
        "section": N_("部门"), "person": N_("现在的盘点人"), "to": N_("交给"), "due_on": N_("改为"),
        "explanation": N_("差异原因"), "differences": N_("差异"), "card": N_("卡片编号"),
        "code": N_("编号"),
    },
    "stocktake_batches": BATCH,
    "stocktake_difference": {"cause": N_("去向"), "explanation": N_("差异原因")},
    "stocktake_hand": {
        "condition": N_("实物情况"), "status": N_("资产状态"), "place": N_("存放地点"),
        "custodian": N_("使用人"), "note": N_("说明"), "doubtful": N_("存疑，还要再看"),
    },
    "stocktake_review": REVIEW,
    "stocktakes": {
        "name": N_("任务名称"), "due_on": N_("截止日期"), "methods": N_("盘点方式"),
        "sections": N_("部门"), "categories": N_("资产分类"), "note": N_("说明"),
    },
    "suggestions.dismiss": {"reason": N_("不采纳的原因")},
    "webhooks": {"name": N_("名称"), "url": N_("地址"), "events": N_("事件")},
} | {room + page: words for room in ROOMS for page, words in ROOM.items()}  # fmt: skip
# What a choice is called, where a field offers a closed set.
CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {room: {"scope": Scope} for room in ROOMS} | {
    "account": {"events": Event},
    "admin_chains": {"body": Body},
    "admin_people": {"type": UserType, "roles": Role},
    "admin_units": {"kind": UnitKind},
    "card_files": {"type": CardType},
    "stocktake_difference": {"cause": Cause},
    "stocktake_hand": {"condition": Condition, "status": Status},
    "stocktakes": {"methods": Method},
    "webhooks": {"events": Event},
}
_DETAILS: Final = tuple(one for rule in change_rules.RULES.values() for one in rule.details)


def label_of(endpoint: str, name: str) -> str:
    """What the form that is sent to `endpoint` calls its field, in the reader's language; '' where
    it has none of that name.
    """
    if words := _of(WORDS, endpoint, name):
        return gettext(words)
    field = described(endpoint, name)
    return field.label.of(language()) if field else ""


def choice_of(endpoint: str, name: str, value: str) -> str:
    """A choice as the form showed it; anything else as it was typed."""
    if closed := _of(CHOICES, endpoint, name):
        return closed(value).label.of(language()) if value in set(closed) else value
    field = described(endpoint, name)
    if field is None:
        return value
    choices = YES_NO if field.form is Form.YES_NO else dict(field.choices)
    return choices[value].of(language()) if value in choices else value


def described(endpoint: str, name: str) -> Field | None:
    """The field of a form that is drawn from descriptions."""
    room, _dot, page = endpoint.partition(".")
    if one := ROOMS.get(room):
        settles = page in {"register", "correct"}
        fields = settle_form.fields(one.kind) if settles else sheet_form.HEAD
        wish = () if settles or one.of_cards else demand_fields.FIELDS
        return _named((*wish, *fields), name)
    if room == "drafts":
        return _named((*FIELDS, *_DETAILS), name)
    return _named(FIELDS, name) if room == "stocktake_surplus" else None


def _named(fields: Sequence[Field], name: str) -> Field | None:
    return next((one for one in fields if one.name == name), None)


def _of(table: Mapping[str, Mapping[str, T]], endpoint: str, name: str) -> T | None:
    """A row of the endpoint itself, or of its blueprint."""
    blueprint = endpoint.partition(".")[0]
    return next(
        (table[one][name] for one in (endpoint, blueprint) if name in table.get(one, {})), None
    )
