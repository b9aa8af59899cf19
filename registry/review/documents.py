"""The kinds of documents that are reviewed, and the scopes that each kind's chains differ by."""

from enum import StrEnum
from typing import Final

from registry.words import Label


class DocumentKind(StrEnum):
    """单据. Its prefix begins its numbers."""

    CARD_CHANGE = "card_change"

    @property
    def label(self) -> Label:
        """Its name."""
        return KINDS[self][0]

    @property
    def prefix(self) -> str:
        """The letters that its numbers begin with."""
        return KINDS[self][1]


KINDS: Final = {
    DocumentKind.CARD_CHANGE: (Label("卡片变动", "Card change"), "BD"),
}

# Each has its chain of nodes as rows of review_node (C1).
CHAINS: Final = {
    (DocumentKind.CARD_CHANGE, "ordinary"): Label("卡片变动", "Card changes"),
    (DocumentKind.CARD_CHANGE, "disposal"): Label("资产处置", "Disposals"),
}
