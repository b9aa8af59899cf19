"""Choices that an address asks. What is none of them is never passed over in silence (J3): a filter
or an order that isn't there is said on the page, a tab that isn't there is a page that isn't there.
"""

from collections.abc import Iterable
from typing import Final

from flask import Flask, abort, g, request

from portal import asked, paging
from portal.language import N_
from portal.language import gettext as _

LONGEST: Final = 40  # of what is said again
NAMES: Final = {
    "action": N_("操作"),
    "band": N_("价值"),
    "days": N_("上架时间"),
    "dir": N_("升序或降序"),
    "format": N_("标签纸"),
    "from": N_("起始时间"),
    "kind": N_("种类"),
    "ministry": N_("财政部审核状态"),
    "of": N_("范围"),
    "outcome": N_("盘点结果"),
    "person": N_("盘点人"),
    "photo": N_("照片"),
    "role": N_("角色"),
    "scope": N_("范围"),
    "section": N_("使用部门"),
    "shareable": N_("是否共享共用"),
    "sheet": N_("发布单"),
    "sort": N_("排序"),
    "start": N_("从第几个位置开始"),
    "state": N_("状态"),
    "status": N_("资产状态"),
    "task": N_("盘点任务"),
    "to": N_("截止时间"),
    "type": N_("类型"),
    "unit": N_("单位"),
    "user": N_("用户"),
    "verdict": N_("判断"),
    "view": N_("显示方式"),
    "what": N_("查询内容"),
    "year": N_("年度"),
}


def member(name: str, choices: Iterable[str], otherwise: str = "") -> str:
    """What is chosen of `choices`; `otherwise` where nothing is, or nothing that there is."""
    value = request.args.get(name, "")
    if value in set(choices):
        return value
    if value:
        not_understood(name, value)
    return otherwise


def members(name: str, choices: Iterable[str]) -> list[str]:
    """All that are chosen of `choices`, in the order asked."""
    known = set(choices)
    values = [one for one in request.args.getlist(name) if one]
    for value in values:
        if value not in known:
            not_understood(name, value)
    return [one for one in values if one in known]


def tab(choices: Iterable[str], otherwise: str, name: str = "tab") -> str:
    """The part of a page that is asked for; 404 for one that there isn't."""
    value = request.args.get(name, "")
    if value and value not in set(choices):
        abort(404)
    return value or otherwise


def number(name: str) -> int | None:
    """As `asked.number`, of a filter."""
    return _filter(name, asked.number(name))


def key(name: str) -> int | None:
    """As `asked.key`, of a filter."""
    return _filter(name, asked.key(name))


def _filter(name: str, found: int | None) -> int | None:
    if found is None and (value := request.args.get(name, "")):
        not_understood(name, value)
    return found


def not_understood(name: str, value: str) -> None:
    """To be said on the page that answers."""
    noted: dict[str, str] = g.setdefault("not_understood", {})
    noted[name] = value[:LONGEST]


def said() -> list[str]:
    """What this request's address asks that wasn't understood, in words."""
    noted: dict[str, str] = g.get("not_understood", {})
    return [
        _(
            "“%(name)s”没有“%(value)s”这个选项，按没有选择处理。",
            name=_(NAMES[name]) if name in NAMES else name,
            value=value,
        )
        for name, value in noted.items()
    ]


def without() -> str:
    """This page's address without what wasn't understood."""
    left: dict[str, None] = dict.fromkeys(g.get("not_understood", {}))
    return paging.again("", **left)


def install(app: Flask) -> None:
    """Give templates what they say."""
    app.jinja_env.globals.update(not_understood=said, without_not_understood=without)
