"""Why a document of the exchange can't be taken: a closed set, with its words."""

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
PASSING: Final = frozenset({Why.GAP, Why.FAILED})


class Unacceptable(PanhuoError):
    """This document can't be taken."""

    def __init__(self, why: Why, detail: str = "") -> None:
        """`detail`: for the operator, what exactly is wrong."""
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why = why
        self.detail = detail
