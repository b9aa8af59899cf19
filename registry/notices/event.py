"""What people and their systems are told of (J2): a closed set, each with its sentence."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from registry.words import Label


class Event(StrEnum):
    """Something that concerns somebody."""

    REVIEW_WAITING = "review.waiting"
    REVIEW_RETURNED = "review.returned"
    REVIEW_APPROVED = "review.approved"
    REVIEW_REVOKED = "review.revoked"
    REVIEW_RECALLED = "review.recalled"
    REVIEW_NOBODY = "review.nobody"
    REVIEW_INHERITED = "review.inherited"
    LISTING_DELISTED = "listing.delisted"
    LISTING_RETURNED = "listing.returned"
    LISTING_SETTLED = "listing.settled"
    SETTLEMENT_CORRECTED = "listing.corrected"
    CARD_RECEIVED = "card.received"
    LINKED_VANISHED = "linked.vanished"
    NOTICE_OVER = "notice.over"
    MATCH_FOUND = "match.found"
    CAMPAIGN_REMINDER = "campaign.reminder"
    COUNT_ASSIGNED = "count.assigned"
    COUNT_DUE = "count.due"
    COUNT_DUE_SOONER = "count.due_sooner"
    COUNT_SEEN = "count.seen"
    SUGGESTION_AGREED = "suggestion.agreed"

    @property
    def label(self) -> Label:
        """Its name, as preferences and webhooks list it."""
        return EVENTS[self].label

    @property
    def sentence(self) -> Label:
        """What a notice of it says; {facts} are filled in by `said`."""
        return EVENTS[self].sentence

    @property
    def waits(self) -> bool:
        """Whether it tells of what a list of waiting documents shows as well."""
        return self is Event.REVIEW_WAITING


class Words(NamedTuple):
    """The name of an event and the sentence of its notice."""

    label: Label
    sentence: Label


EVENTS: Final = {
    Event.REVIEW_WAITING: Words(
        Label("待审核", "Waiting for review"),
        Label("待您审核：{title}（{number}）", "For your review: {title} ({number})"),
    ),
    Event.REVIEW_RETURNED: Words(
        Label("单据被退回", "Document returned"),
        Label("已退回修改：{title}（{number}）", "Returned to you: {title} ({number})"),
    ),
    Event.REVIEW_APPROVED: Words(
        Label("单据已终审", "Document approved"),
        Label("已终审：{title}（{number}）", "Approved: {title} ({number})"),
    ),
    Event.REVIEW_REVOKED: Words(
        Label("审核被取消", "Approval revoked"),
        Label("审核已取消：{title}（{number}）", "Approval revoked: {title} ({number})"),
    ),
    Event.REVIEW_RECALLED: Words(
        Label("送审被取消", "Submission recalled"),
        Label("送审已取消：{title}（{number}）", "Recalled by its preparer: {title} ({number})"),
    ),
    Event.REVIEW_NOBODY: Words(
        Label("单据无人可审", "Nobody can review"),
        Label(
            "{title}有 {number} 份单据无人可审，请指定审核岗",
            "{number} documents wait at {title}, where nobody can review them: name a reviewer",
        ),
    ),
    Event.REVIEW_INHERITED: Words(
        Label("接手审核", "Reviews taken over"),
        Label("您有 {number} 份单据待审核", "{number} documents wait for your review"),
    ),
    Event.LISTING_DELISTED: Words(
        Label("发布已下架", "Listing taken down"),
        Label("已下架：{title}（{number}）", "Taken down: {title} ({number})"),
    ),
    Event.LISTING_RETURNED: Words(
        Label("财政部退回", "Returned by the ministry"),
        Label(
            "财政部退回：{title}（{number}），{opinion}",
            "Returned by the ministry: {title} ({number}), {opinion}",
        ),
    ),
    Event.LISTING_SETTLED: Words(
        Label("调剂已完成", "Transfer done"),
        Label("调剂已完成：{title}（{number}）", "Transfer done: {title} ({number})"),
    ),
    Event.SETTLEMENT_CORRECTED: Words(
        Label("登记结果已更正", "Registration corrected"),
        Label(
            "登记结果已更正：{title}（{number}），由{actor}更正",
            "Registration corrected: {title} ({number}), by {actor}",
        ),
    ),
    Event.CARD_RECEIVED: Words(
        Label("收到调入资产", "Asset received"),
        Label(
            "调入资产待建卡：{title}，来自{actor}",
            "Received, its card is drafted: {title}, from {actor}",
        ),
    ),
    Event.LINKED_VANISHED: Words(
        Label("来源系统不再推送", "Vanished at its source"),
        Label(
            "{title}不再推送 {number} 条在架资产，请核实",
            "{title} no longer pushes {number} of what is listed: check it",
        ),
    ),
    Event.NOTICE_OVER: Words(
        Label("公示期满", "Notice period over"),
        Label(
            "公示期满无人承接，可办理处置：{title}（{number}）",
            "Nobody took it in its notice period; it may be disposed of: {title} ({number})",
        ),
    ),
    Event.MATCH_FOUND: Words(
        Label("供需匹配", "Matches"),
        Label("新的匹配 {number} 项：{title}", "New matches, {number}: {title}"),
    ),
    Event.CAMPAIGN_REMINDER: Words(
        Label("发布进度提醒", "Reminder to publish"),
        Label(
            "请在 {deadline} 前完成发布：{title}，还有 {number} 张卡片未发布",
            "Please publish by {deadline}: {title}, {number} cards to go",
        ),
    ),
    Event.COUNT_ASSIGNED: Words(
        Label("盘点任务", "Count assigned"),
        Label("请盘点：{title}", "Please count: {title}"),
    ),
    Event.COUNT_DUE: Words(
        Label("盘点将到期", "Count due"),
        Label("盘点即将到期或已逾期：{title}", "Count due or late: {title}"),
    ),
    Event.COUNT_DUE_SOONER: Words(
        Label("盘点提前截止", "Count due sooner"),
        Label("盘点提前到 {deadline} 截止：{title}", "Count due by {deadline}, sooner: {title}"),
    ),
    Event.COUNT_SEEN: Words(
        Label("别人看到了您的待盘资产", "Yours was seen by somebody"),
        Label("{actor}看到了您的待盘资产：{title}", "{actor} has seen yours to count: {title}"),
    ),
    Event.SUGGESTION_AGREED: Words(
        Label("闲置建议待起草", "Idle suggestion to draft"),
        Label(
            "{actor}同意闲置建议，请起草状态变动：{title}（{number}）",
            "{actor} agrees with an idle suggestion, please draft the change: {title} ({number})",
        ),
    ),
}
QUEUED: Final = [event.value for event in Event if event.waits]

FACT: Final = re.compile(r"\{(\w+)\}")
SPACE: Final = re.compile(r"\s+")


def said(event: Event, facts: Mapping[str, str], language: str) -> str:
    """The event's sentence on one line; a fact that is missing is left blank.

    Facts are what people wrote: they are put in as they are, never read as a template.
    """
    sentence = event.sentence.of(language)
    filled = FACT.sub(lambda found: facts.get(found[1], ""), sentence)
    return SPACE.sub(" ", filled).strip()
