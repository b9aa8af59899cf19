"""The kinds of documents that are reviewed, and the scopes that each kind's chains differ by."""

from enum import StrEnum
from typing import Final

from registry.org import Role
from registry.words import Label


class DocumentKind(StrEnum):
    """单据. Its prefix begins its numbers."""

    CARD_CHANGE = "card_change"
    TRANSFER_SHEET = "transfer_sheet"
    SHARE_SHEET = "share_sheet"
    DEMAND_SHEET = "demand_sheet"
    STOCKTAKE = "stocktake"

    @property
    def label(self) -> Label:
        """Its name."""
        return KINDS[self][0]

    @property
    def prefix(self) -> str:
        """The letters that its numbers begin with."""
        return KINDS[self][1]

    @property
    def preparers(self) -> frozenset[Role]:
        """Who of its unit may draft and submit it."""
        return KINDS[self][2]


PREPARERS: Final = frozenset({Role.PREPARER})
# E6: who may publish a demand goes by the type of user, so reviewers may as well [A].
ANY_OFFICER: Final = frozenset({Role.PREPARER, Role.REVIEWER})

KINDS: Final = {
    DocumentKind.CARD_CHANGE: (Label("卡片变动", "Card change"), "BD", PREPARERS),
    DocumentKind.TRANSFER_SHEET: (Label("调剂资产发布单", "Transfer sheet"), "TJ", PREPARERS),
    DocumentKind.SHARE_SHEET: (Label("共享资产发布单", "Share sheet"), "GX", PREPARERS),
    DocumentKind.DEMAND_SHEET: (Label("需求发布单", "Demand"), "XQ", ANY_OFFICER),
    DocumentKind.STOCKTAKE: (Label("盘点报告", "Stocktake"), "PD", PREPARERS),
}

# Each has its chain of nodes as rows of review_node (C1).
CHAINS: Final = {
    (DocumentKind.CARD_CHANGE, "ordinary"): Label("卡片变动", "Card changes"),
    (DocumentKind.CARD_CHANGE, "disposal"): Label("资产处置", "Disposals"),
    (DocumentKind.TRANSFER_SHEET, "local"): Label(
        "调剂资产 · 本省至本部门", "Transfers within the province"
    ),
    (DocumentKind.TRANSFER_SHEET, "national"): Label("调剂资产 · 全国", "Transfers nationwide"),
    (DocumentKind.SHARE_SHEET, "local"): Label(
        "共享资产 · 本省至本部门", "Shares within the province"
    ),
    (DocumentKind.SHARE_SHEET, "national"): Label("共享资产 · 全国", "Shares nationwide"),
    (DocumentKind.DEMAND_SHEET, "local"): Label(
        "需求 · 本省至本部门", "Demands within the province"
    ),
    (DocumentKind.DEMAND_SHEET, "national"): Label("需求 · 全国", "Demands nationwide"),
    (DocumentKind.STOCKTAKE, "ordinary"): Label("盘点报告", "Stocktakes"),
}
