"""What closing a unit will mean (F1)."""

from flask import url_for

from db import Refused
from exchange import listings
from portal import edge
from portal.consequence import Consequence, where
from portal.language import gettext as _
from portal.language import ngettext
from registry.org import structure


def closing(unit_id: int) -> Consequence | None:
    """What of it leaves the squares, and what stays."""
    try:
        with edge.database().transaction("before closing unit") as conn:
            one = structure.closable(conn, edge.viewer(), unit_id)
            shown = listings.live_of_unit(conn, unit_id)
    except Refused:
        return None
    means = [
        _("不能再给它新增人员和下级单位；卡片、单据和记录都保留。"),
        *where(shown, ngettext(
            "广场上的 %(num)s 项下架，恢复使用后也不会自动上架。",
            "%(num)s listing leaves the squares, and doesn't come back with the unit.",
            shown,
        )),
        _("以后可以恢复使用。"),
    ]  # fmt: skip
    back = url_for("admin_units.edit", unit_id=unit_id)
    return Consequence(_("停用单位"), f"{one.name} · {one.code}", means, _("停用"), None, back)
