"""A stocktake's report as pages draw it: what a reviewer should look at, what approval brings."""

from collections.abc import Mapping

from portal.formats import count
from portal.language import gettext as _
from portal.review_drawn import Check
from registry.review import Standing
from registry.stocktake import Stocktake
from registry.stocktake.kinds import DifferenceKind


def checks(found: Stocktake, by_kind: Mapping[DifferenceKind, tuple[int, int]]) -> list[Check]:
    """What stands for and against the report; `by_kind`: (all, unexplained) of each kind."""
    missing = by_kind.get(DifferenceKind.MISSING, (0, 0))[0]
    differences = sum(number for number, _open in by_kind.values())
    unexplained = sum(open_ones for _number, open_ones in by_kind.values())
    counted = f"{count(found.counted)} / {count(found.expected)}"
    return [
        Check(_("应盘都已盘"), counted, found.counted == found.expected),
        Check(_("盘亏"), count(missing), not missing),
        Check(_("差异都有说明"), count(differences), not unexplained),
    ]


def approved(after: Standing) -> str:
    """What final approval has brought about."""
    return _("%(number)s 已终审，经办可以生成卡片变动。", number=after.number)
