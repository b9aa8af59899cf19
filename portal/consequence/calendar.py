"""What deleting a closure from a unit's calendar will mean (I3)."""

from flask import url_for

from portal import edge
from portal.consequence import Consequence
from portal.language import gettext as _
from registry.org import closures


def opening_days(closure_id: int) -> Consequence | None:
    """Days that count again."""
    with edge.database().transaction("before removing closure") as conn:
        one = closures.closure(conn, edge.viewer(), closure_id)
    if one is None:
        return None
    days = str(one.since)
    if one.days > 1:
        days = _("%(first)s 至 %(last)s", first=one.since, last=one.until)
    means = [
        _("这些天里的工作日重新算作工作日，这个单位和下级单位的资产按此重新判断。"),
        _("闲置建议可能因此提出。"),
        _("不能恢复；要再用，须重新新增。"),
    ]
    back = url_for("admin_calendar.edit", closure_id=closure_id)
    title = _("删除暂停办公")
    subject = f"{one.unit_name} · {days} · {one.reason}"
    return Consequence(title, subject, means, _("删除"), None, back)
