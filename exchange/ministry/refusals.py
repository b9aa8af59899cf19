"""Why a document of the exchange can't be taken: a closed set, with its words."""

import re
from enum import StrEnum
from typing import Final

from db import PanhuoError
from registry.words import Label


class Why(StrEnum):
    """The reasons for refusing a document (docs/ministry-exchange.md)."""

    MALFORMED = "malformed"
    VERSION = "version"
    KEY = "key"
    SIGNATURE = "signature"
    SENDER = "sender"
    RECEIVER = "receiver"
    HASH = "hash"
    GAP = "gap"
    REPLAY = "replay"
    UNKNOWN_LISTING = "unknown_listing"
    NOT_REPORTED = "not_reported"
    UNKNOWN_DOCUMENT = "unknown_document"
    FAILED = "failed"

    @property
    def label(self) -> Label:
        """In words."""
        return WORDS[self]

    @property
    def passing(self) -> bool:
        """Whether the same document may be taken later: it is not answered, and comes again."""
        return self in PASSING


WORDS: Final = {
    Why.MALFORMED: Label("内容不符合约定", "Its content is not as agreed"),
    Why.VERSION: Label("版本不受支持", "Its version is not supported"),
    Why.KEY: Label("签名密钥未知", "Signed with an unknown key"),
    Why.SIGNATURE: Label("签名错误", "Wrong signature"),
    Why.SENDER: Label("发送方未知", "Unknown sender"),
    Why.RECEIVER: Label("不是发给本系统的", "Meant for another receiver"),
    Why.HASH: Label("内容与摘要不符", "The content does not match its hash"),
    Why.GAP: Label("序号跳号，前面的文件未到", "Ahead of its turn: an earlier one has not come"),
    Why.REPLAY: Label("序号已用于另一份文件", "Its sequence number was another document's"),
    Why.UNKNOWN_LISTING: Label("没有这条发布", "No such listing"),
    Why.NOT_REPORTED: Label("这条发布没有上报过", "That listing was never reported"),
    Why.UNKNOWN_DOCUMENT: Label("没有发出过这份文件", "No such document was sent"),
    Why.FAILED: Label("本系统处理时出错", "Taking it failed here"),
}
# What exactly, as receipts and the kept reason say it; names of fields stand for themselves.
DETAILS: Final = tuple(
    (re.compile(pattern), Label(chinese, english))
    for pattern, chinese, english in (
        (r"(\d+) is next", "下一份应是第 {0} 号", "number {0} is next"),
        (r"(\d+) have been applied", "已处理到第 {0} 号", "{0} have been applied"),
        ("it is ours", "是本省的发布", "it is ours"),
        ("it is published already", "已经发布过", "it is published already"),
        ("of what was sent", "与发出的内容不符", "not that of what was sent"),
        ("too large", "文件过大", "the document is too large"),
        ("thumbnail: too large", "缩略图过大", "the thumbnail is too large"),
        ("no signature", "没有签名", "no signature"),
        ("no base64", "签名不是 base64", "the signature is no base64"),
        ("no statement", "不是对账清单", "no statement"),
        ("no JSON object", "不是 JSON 对象", "no JSON object"),
        ("nested too deeply", "嵌套过深", "nested too deeply"),
        ("a name that is not ASCII", "字段名不是 ASCII", "a name that is not ASCII"),
        ("a zero character, or half of a surrogate pair", "含有空字符或不完整的字符",
         "a zero character, or half of a surrogate pair"),
        ("a number that is too large", "数字过大", "a number that is too large"),
        (r"a ([a-z]+)", "不允许的类型 {0}", "a {0} is not allowed"),
        ("created_at or content", "created_at 或 content", "created_at or content"),
        ("listing or sequence is missing", "缺少 listing 或 sequence",
         "listing or sequence is missing"),
        ("listed_at has no offset", "listed_at 没有时区", "listed_at has no offset"),
        ("kind: it was another one", "kind 与原来的不同", "kind: it was another one"),
    )
)  # fmt: skip


def in_words(detail: str) -> Label:
    """What exactly is wrong, as `Unacceptable.detail` says it."""
    for pattern, words in DETAILS:
        if found := pattern.fullmatch(detail):
            return Label(words.zh.format(*found.groups()), words.en.format(*found.groups()))
    return Label(detail, detail)


def reason_in_words(reason: str) -> Label:
    """A kept reason, `why: detail`, in words; any other error as it is."""
    why, _, detail = reason.partition(": ")
    if why not in set(Why):
        return Label(reason, reason)
    label = WORDS[Why(why)]
    if not detail:
        return label
    words = in_words(detail)
    return Label(f"{label.zh}（{words.zh}）", f"{label.en} ({words.en})")


PASSING: Final = frozenset({Why.GAP, Why.FAILED})


class Unacceptable(PanhuoError):
    """This document can't be taken."""

    def __init__(self, why: Why, detail: str = "") -> None:
        """`detail`: for the operator, what exactly is wrong."""
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why = why
        self.detail = detail
