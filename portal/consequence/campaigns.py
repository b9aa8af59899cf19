"""What ending an entry campaign will mean (A9)."""

from flask import url_for

from exchange import campaign, progress
from exchange.progress import ProgressQuery
from portal import edge
from portal.consequence import Consequence, where
from portal.language import gettext as _
from portal.language import ngettext
from registry import org


def ending(campaign_id: int) -> Consequence | None:
    """Who is behind, and is reminded no more."""
    viewer = edge.viewer()
    with edge.database().transaction("before ending campaign") as conn:
        found = campaign.campaigns(conn, viewer)
        one = next((each for each in found if each.id == campaign_id and not each.ended_at), None)
        if one is None:
            return None
        query = ProgressQuery(org.visible_units(conn, viewer.id))
        sums = progress.totals(progress.of_units(conn, query))
    means = [
        *where(sums.behind, ngettext(
            "还有 %(num)s 个单位没有完成，不再收到提醒。",
            "%(num)s unit is behind, and is reminded no more.",
            sums.behind,
        )),
        *where(sums.open, ngettext(
            "还有 %(num)s 张可发布的卡片没有发布。",
            "%(num)s publishable card is not published.",
            sums.open,
        )),
        _("结束后不能恢复；要再催办，须重新设定截止日期。"),
    ]  # fmt: skip
    return Consequence(_("结束录入"), one.name, means, _("结束"), None, url_for("campaign.index"))
