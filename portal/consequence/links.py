"""What renewing, switching off or deleting what links other systems will mean (F4, J2)."""

from collections.abc import Sequence

from flask import request, url_for

from db import Refused
from exchange.linked import systems
from exchange.linked.systems import System
from portal import edge
from portal.consequence import Consequence, where
from portal.language import gettext as _
from portal.language import ngettext
from registry.notices import deliveries, webhooks
from registry.notices.webhooks import Webhook


def _switches_off() -> bool:
    return request.form.get("active") != "true"


def _system(system: int) -> System | None:
    try:
        with edge.database().transaction("before changing linked system") as conn:
            return systems.require(conn, edge.viewer(), system)
    except Refused:
        return None


def renewing_token(system: int) -> Consequence | None:
    """The old token opens nothing any more."""
    one = _system(system)
    if one is None:
        return None
    means = [
        _("旧令牌立即失效，不能恢复；“%(name)s”换上新令牌之前推送不进来。", name=one.name),
        *_shown(one),
        _("新令牌只显示一次。"),
    ]
    return _of_system(one, _("换新令牌"), means)


def switching_system(system: int) -> Consequence | None:
    """Nothing is taken from it any more; on is no matter."""
    one = _system(system)
    if one is None or not one.active or not _switches_off():
        return None
    means = [_("不再接收“%(name)s”的推送，直到重新启用。", name=one.name), *_shown(one)]
    return _of_system(one, _("停用"), means)


def _shown(one: System) -> Sequence[str]:
    said = ngettext(
        "它已上架的 %(num)s 项留在广场上，期间不会更新。",
        "Its %(num)s listing stays on the squares, and is not updated meanwhile.",
        one.live,
    )
    return where(one.live, said)


def _of_system(one: System, title: str, means: list[str]) -> Consequence:
    back = url_for("linked.show", system=one.id)
    return Consequence(title, f"{one.name} · {one.unit_name}", means, title, None, back)


def _hook(webhook: int) -> Webhook | None:
    try:
        with edge.database().transaction("before changing webhook") as conn:
            return webhooks.require(conn, edge.viewer(), webhook)
    except Refused:
        return None


def renewing_secret(webhook: int) -> Consequence | None:
    """What is posted from now on is signed by another one."""
    one = _hook(webhook)
    if one is None:
        return None
    means = [
        _("旧密钥立即失效，不能恢复；接收方换上新密钥之前，会认为签名不对。"),
        *where(one.waiting, ngettext(
            "还没发出的 %(num)s 条用新密钥签名。",
            "%(num)s post that waits is signed by the new one.",
            one.waiting,
        )),
        _("新密钥只显示一次。"),
    ]  # fmt: skip
    return _of_hook(one, _("换新密钥"), means)


def switching_hook(webhook: int) -> Consequence | None:
    """What waits is given up; on is no matter."""
    one = _hook(webhook)
    if one is None or not one.active or not _switches_off():
        return None
    given_up = where(one.waiting, ngettext(
        "还没发出的 %(num)s 条不再发送，以后可以逐条重发。",
        "%(num)s post that waits is given up; it can be sent again by hand.",
        one.waiting,
    ))  # fmt: skip
    return _of_hook(one, _("关闭推送"), [_("不再推送，直到重新开启。"), *given_up])


def removing_hook(webhook: int) -> Consequence | None:
    """It goes with all that was noted of its posts."""
    one = _hook(webhook)
    if one is None:
        return None
    with edge.database().transaction("before removing webhook") as conn:
        noted = deliveries.count_of(conn, webhook)
    means = [
        _("不再推送，不能恢复；要再用，须重新添加，密钥也会不同。"),
        *where(one.waiting, ngettext(
            "还没发出的 %(num)s 条不再发送。", "%(num)s post that waits is not sent.", one.waiting
        )),
        *where(noted, ngettext(
            "%(num)s 条发送记录一并删除。", "%(num)s record of a post is deleted with it.", noted
        )),
    ]  # fmt: skip
    return _of_hook(one, _("删除这个地址"), means)


def _of_hook(one: Webhook, title: str, means: list[str]) -> Consequence:
    back = url_for("webhooks.index")
    return Consequence(title, f"{one.name} · {one.url}", means, title, None, back)
