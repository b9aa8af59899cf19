"""What may differ between card, listing, outbox and aggregator (F3), and the step that mends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from registry.words import Label


class Kind(StrEnum):
    """A kind of difference."""

    DEAD = "dead"
    WAITING_LONG = "waiting_long"
    NOT_QUEUED = "not_queued"
    MISSING_ABOVE = "missing_above"
    BEHIND_ABOVE = "behind_above"
    AHEAD_ABOVE = "ahead_above"
    CONTENT = "content"
    STATE = "state"
    STANDING = "standing"
    DOUBLED_ABOVE = "doubled_above"
    DOUBLED_HERE = "doubled_here"
    MISSING_HERE = "missing_here"
    BEHIND_HERE = "behind_here"
    CARD_DIFFERS = "card_differs"
    UNIT_DIFFERS = "unit_differs"
    NOT_ELIGIBLE = "not_eligible"
    NO_LISTING = "no_listing"

    @property
    def label(self) -> Label:
        """What differs."""
        return WORDS[self].label

    @property
    def step(self) -> Label:
        """What mends it."""
        return WORDS[self].step


class Words(NamedTuple):
    """What differs, and what to do about it."""

    label: Label
    step: Label


ASK: Final = Label(
    "请汇总系统核对并重新下发", "Ask the aggregator to look at it, and to send its document again"
)
SEND_AGAIN: Final = Label(
    "查看拒收的文件，排除原因后请汇总系统重新下发",
    "Look at what was refused, mend its cause, and ask the aggregator to send it again",
)
RESEND_ALL: Final = Label(
    "panhuo ministry resend --listing 编号：从头重发这条发布的全部文件",
    "panhuo ministry resend --listing ID: send all documents of the listing again",
)
TELL: Final = Label(
    "panhuo ministry tell 编号：按卡片和单位更新发布并上报",
    "panhuo ministry tell ID: make the listing as its card and unit are, and report it",
)
WORDS: Final = {
    Kind.DEAD: Words(
        Label("有文件已停止发送", "A document was given up"),
        Label("排除原因后重发：panhuo ministry resend", "Mend the cause, then send it again"),
    ),
    Kind.WAITING_LONG: Words(
        Label("文件等待超过一天", "A document has waited for more than a day"),
        Label(
            "检查 exchange 进程和网络：panhuo ministry status",
            "Look at the exchange process and the network: panhuo ministry status",
        ),
    ),
    Kind.NOT_QUEUED: Words(
        Label("发布的变化没有上报", "What happened to the listing was not reported"), TELL
    ),
    Kind.MISSING_ABOVE: Words(
        Label("已上报，但汇总系统没有", "Reported, but the aggregator lacks it"), RESEND_ALL
    ),
    Kind.BEHIND_ABOVE: Words(
        Label("汇总系统缺少后来的文件", "The aggregator lacks later documents"), RESEND_ALL
    ),
    Kind.AHEAD_ABOVE: Words(
        Label(
            "汇总系统的序号比本系统新（本系统可能恢复过旧备份）",
            "The aggregator is ahead of us (was an old backup restored here?)",
        ),
        Label(
            "与汇总系统核对后，由双方约定序号", "Agree with the aggregator on the sequence number"
        ),
    ),
    Kind.CONTENT: Words(Label("内容与汇总系统不同", "The aggregator has another content"), TELL),
    Kind.STATE: Words(Label("状态与汇总系统不同", "The aggregator has another state"), TELL),
    Kind.STANDING: Words(
        Label("部级审核状态与汇总系统不同", "The aggregator has another decision"), ASK
    ),
    Kind.DOUBLED_ABOVE: Words(
        Label("汇总系统有重复", "The aggregator has it twice"),
        Label("请汇总系统撤销多余的一条", "Ask the aggregator to withdraw the surplus one"),
    ),
    Kind.DOUBLED_HERE: Words(
        Label("外省发布重复", "Another province's listing is here twice"),
        Label("请汇总系统撤销多余的一条", "Ask the aggregator to withdraw the surplus one"),
    ),
    Kind.MISSING_HERE: Words(
        Label("汇总系统有，本系统没有", "The aggregator has it, we don't"), SEND_AGAIN
    ),
    Kind.BEHIND_HERE: Words(
        Label(
            "汇总系统下发的文件一天未到，或被拒收",
            "A document of the aggregator's has not come for a day, or was refused here",
        ),
        SEND_AGAIN,
    ),
    Kind.CARD_DIFFERS: Words(Label("发布与卡片不同", "The listing is not as its card is"), TELL),
    Kind.UNIT_DIFFERS: Words(
        Label("发布的单位信息与单位登记不同", "The listing does not say its unit as that is"), TELL
    ),
    Kind.NOT_ELIGIBLE: Words(
        Label("卡片已不符合发布条件", "The card is no longer eligible"),
        Label(
            "panhuo ministry tell 编号，或在 管理 中下架",
            "panhuo ministry tell ID, or take it down on its page",
        ),
    ),
    Kind.NO_LISTING: Words(
        Label(
            "已终审发布单的卡片或需求没有上架",
            "A card of an approved sheet, or its demand, has no listing",
        ),
        Label(
            "取消该发布单的终审后重新终审；已上报或已处理、不能取消的，把这张卡片用新的发布单发布",
            "Revoke its final approval, and approve it again; where it was reported or dealt with"
            " and that is refused, publish the card on a new sheet",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: of which listing (None: we have none), and the facts of it."""

    kind: Kind
    name: str
    uid: UUID | None = None
    listing_id: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
