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
