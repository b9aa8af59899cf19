"""The closed sets of the exchange: transfer, share and demand are one mechanism, described here.

What differs between the three stands in `DESCRIPTIONS` as data; no other module asks which of the
three it has before it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.review import DocumentKind
from registry.words import Label


class Kind(StrEnum):
    """What is published: title moves, use only, or a wish."""

    TRANSFER = "transfer"
    SHARE = "share"
    DEMAND = "demand"

    @property
    def label(self) -> Label:
        """Its name."""
        return DESCRIPTIONS[self].label


class Scope(StrEnum):
    """调剂共享范围 (B1)."""

    NATIONAL = "national"
    LOCAL = "local"

    @property
    def label(self) -> Label:
        """Its name."""
        return SCOPES[self]


SCOPES: Final = {
    Scope.NATIONAL: Label("全国", "Nationwide"),
    Scope.LOCAL: Label("本省至本部门", "Within the province"),
}


@dataclass(frozen=True, slots=True)
class Description:
    """One of the three: its words, its document, where its pages stand, what settling asks.

    `room`: the first part of its addresses. `of_cards`: whether sheets hold cards, or a demand.
    `partner`: what the other party is called. `disposes`: whether settling asks for a disposal
    (D2). `dated`: whether it asks for dates and compensation.
    """

    kind: Kind
    label: Label
    document: DocumentKind
    room: str
    of_cards: bool
    partner: Label
    disposes: bool = False
    dated: bool = False


DESCRIPTIONS: Final = {
    one.kind: one
    for one in (
        Description(
            Kind.TRANSFER, Label("调剂资产", "Transfer"), DocumentKind.TRANSFER_SHEET, "transfer",
            of_cards=True, partner=Label("接收单位", "Receiving unit"), disposes=True,
        ),
        Description(
            Kind.SHARE, Label("共享资产", "Share"), DocumentKind.SHARE_SHEET, "share",
            of_cards=True, partner=Label("使用单位", "Using unit"), dated=True,
        ),
        Description(
            Kind.DEMAND, Label("需求", "Demand"), DocumentKind.DEMAND_SHEET, "demands",
            of_cards=False, partner=Label("提供单位", "Providing unit"),
        ),
    )
}  # fmt: skip


class State(StrEnum):
    """Where a listing stands (D1, D2)."""

    LISTED = "listed"
    SETTLING = "settling"  # the receiver is registered, the disposal is not approved yet
    SETTLED = "settled"
    DELISTED = "delisted"

    @property
    def label(self) -> Label:
        """Its name."""
        return STATES[self]

    @property
    def live(self) -> bool:
        """Whether it stands on a square."""
        return self in LIVE


STATES: Final = {
    State.LISTED: Label("上架", "Listed"),
    State.SETTLING: Label("已登记，待处置终审", "Registered, disposal under way"),
    State.SETTLED: Label("已登记结果", "Settled"),
    State.DELISTED: Label("下架", "Delisted"),
}
LIVE: Final = frozenset({State.LISTED, State.SETTLING})
# 调剂/共享状态, as a square says it (E2): whether it can be had.
ON_SQUARE: Final = {
    State.LISTED: Label("上架", "Listed"),
    State.SETTLING: Label("已有接收方", "Taker found"),
    State.SETTLED: Label("已登记", "Taken"),
    State.DELISTED: Label("下架", "Delisted"),
}
DEMAND_ON_SQUARE: Final = ON_SQUARE | {
    State.LISTED: Label("征集中", "Open"),
    State.SETTLED: Label("已满足", "Met"),
}


def state_label(kind: Kind, state: State) -> Label:
    """Where a listing stands, as a square says it."""
    return (DEMAND_ON_SQUARE if kind is Kind.DEMAND else ON_SQUARE)[state]


class Ministry(StrEnum):
    """Where a listing stands with the ministry (C3)."""

    NONE = "none"  # local: it is not reported
    UNREPORTED = "unreported"
    REPORTED = "reported"
    DECIDED = "decided"
    RETURNED = "returned"

    @property
    def label(self) -> Label:
        """As people know it."""
        return MINISTRY[self]

    @property
    def review_label(self) -> Label:
        """审核状态 (E2): what stands on a square has passed the province's review at least."""
        return PASSED_HERE if self is Ministry.NONE else MINISTRY[self]


MINISTRY: Final = {
    Ministry.NONE: Label("不上报", "Not reported"),
    Ministry.UNREPORTED: Label("03-省内审核中（未上报）", "03 In the province (not reported)"),
    Ministry.REPORTED: Label("01-待财政部审核", "01 Before the ministry"),
    Ministry.DECIDED: Label("02-财政部已审核", "02 Passed by the ministry"),
    Ministry.RETURNED: Label("财政部退回", "Returned by the ministry"),
}


PASSED_HERE: Final = Label("省内已终审", "Approved in the province")


class Origin(StrEnum):
    """Whose a listing is."""

    OWN = "own"
    FOREIGN = "foreign"  # another province's, sent down by the aggregator
    LINKED = "linked"  # pushed by a linked system (F4)


class Reason(StrEnum):
    """Why a listing was delisted."""

    BY_HAND = "by_hand"
    DISPOSED = "disposed"
    SPLIT = "split"
    RETURNED = "returned"  # to the store
    NOT_ELIGIBLE = "not_eligible"
    REVOKED = "revoked"  # the sheet's final approval, before the report (C4)
    CLOSED = "closed"  # past the closing date (G1)
    SENDER = "sender"  # who sent it took it back: another province or a linked system
    UNIT_CLOSED = "unit_closed"

    @property
    def label(self) -> Label:
        """In words."""
        return REASONS[self]


REASONS: Final = {
    Reason.BY_HAND: Label("单位下架", "Taken down by its unit"),
    Reason.DISPOSED: Label("资产已处置", "The asset was disposed of"),
    Reason.SPLIT: Label("信息卡已拆分", "The card was split"),
    Reason.RETURNED: Label("资产已退库", "The asset went back to the store"),
    Reason.NOT_ELIGIBLE: Label("不再符合发布条件", "No longer eligible"),
    Reason.REVOKED: Label("终审已取消", "The final approval was revoked"),
    Reason.CLOSED: Label("需求已到结束日期", "The demand's closing date has passed"),
    Reason.SENDER: Label("来源系统撤回", "Withdrawn where it came from"),
    Reason.UNIT_CLOSED: Label("发布单位已停用", "Its unit was closed"),
}


class Happened(StrEnum):
    """What happens to a listing: its history."""

    LISTED = "listed"
    REFRESHED = "refreshed"
    UNIT_CHANGED = "unit_changed"
    DELISTED = "delisted"
    SETTLING = "settling"
    RESTORED = "restored"  # a settlement was cancelled
    SETTLED = "settled"
    CORRECTED = "corrected"  # what was registered
    REPORTED = "reported"
    DECIDED = "decided"
    RETURNED = "returned"
    NOTICE_OVER = "notice_over"

    @property
    def label(self) -> Label:
        """In words."""
        return HAPPENED[self]


HAPPENED: Final = {
    Happened.LISTED: Label("上架", "Listed"),
    Happened.REFRESHED: Label("随卡片更新", "Updated with its card"),
    Happened.UNIT_CHANGED: Label("随单位信息更新", "Updated with its unit"),
    Happened.DELISTED: Label("下架", "Delisted"),
    Happened.SETTLING: Label("登记接收方", "Receiver registered"),
    Happened.RESTORED: Label("撤销登记", "Registration cancelled"),
    Happened.SETTLED: Label("登记结果", "Settled"),
    Happened.CORRECTED: Label("更正登记", "Registration corrected"),
    Happened.REPORTED: Label("已上报汇总系统", "Reported to the aggregator"),
    Happened.DECIDED: Label("财政部已审核", "Passed by the ministry"),
    Happened.RETURNED: Label("财政部退回", "Returned by the ministry"),
    Happened.NOTICE_OVER: Label("公示期满", "Notice period over"),
}


class Document(StrEnum):
    """What goes up to the ministry about a listing (F3)."""

    PUBLISH = "publish"
    UPDATE = "update"
    SETTLE = "settle"
    DELIST = "delist"
