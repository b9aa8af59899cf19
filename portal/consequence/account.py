"""What ending one's sessions and devices will mean (J1, H3)."""

from flask import url_for

from db import Connection
from portal import edge, signed_in
from portal.browser_names import browser_name
from portal.consequence import Consequence, where
from portal.language import gettext as _
from portal.language import ngettext
from registry.org import sessions
from registry.org.sessions import Listed
from registry.stocktake import devices
from registry.stocktake.devices import Device


def of_session(conn: Connection, owner: int, session_id: int) -> Listed | None:
    """A session of the owner's that goes on."""
    found = sessions.of_user(conn, owner, signed_in.limits(), edge.now())
    return next((one for one in found if one.id == session_id), None)


def of_device(conn: Connection, owner: int, device: int) -> Device | None:
    """A device of the owner's that counts."""
    found = devices.of_user(conn, owner)
    return next((one for one in found if one.id == device and one.revoked_at is None), None)


def ending_session(session_id: int) -> Consequence | None:
    """One of one's sessions."""
    with edge.database().transaction("before ending session") as conn:
        one = of_session(conn, edge.viewer().id, session_id)
    return None if one is None else session(one)


def session(one: Listed) -> Consequence:
    """The end of a session, whosever it is."""
    return Consequence(
        _("退出这处登录"),
        f"{browser_name(one.user_agent) or '–'} · {one.address}",
        [
            _("那里立即退出，没有保存的内容会丢失。"),
            _("要再用，须重新输入口令登录。"),
        ],
        _("退出这处登录"),
        None,
        url_for("account.index", _anchor="sessions"),
    )


def revoking_device(device: int) -> Consequence | None:
    """One of one's guns and phones."""
    with edge.database().transaction("before revoking device") as conn:
        one = of_device(conn, edge.viewer().id, device)
    return None if one is None else revoked(one)


def revoked(one: Device) -> Consequence:
    """The end of a gun or phone, whosever it is."""
    return Consequence(
        _("停用设备"),
        one.name,
        [
            _("它的令牌立即失效，不能恢复；要再用，须重新添加。"),
            _("还留在设备里、没有上传的盘点，要由人重新登录后再传。")
            if one.phone
            else _("还留在设备里、没有上传的盘点，换上新令牌后才能上传。"),
        ],
        _("停用设备"),
        None,
        url_for("account.index", _anchor="devices"),
    )


def signing_out_everywhere() -> Consequence | None:
    """All sessions but this one, all guns and phones."""
    viewer = edge.viewer()
    with edge.database().transaction("before signing out everywhere") as conn:
        found = sessions.of_user(conn, viewer.id, signed_in.limits(), edge.now())
        held = [one for one in devices.of_user(conn, viewer.id) if one.revoked_at is None]
    others = sum(one.id != signed_in.present().id for one in found)
    return Consequence(
        _("退出其他设备"),
        viewer.name,
        [
            *where(others, ngettext(
                "其他 %(num)s 处登录立即退出。", "%(num)s other session ends at once.", others
            )),
            *where(len(held), ngettext(
                "%(num)s 台设备（扫码枪和手机）的令牌失效，要重新添加或登录。",
                "The token of %(num)s device (guns and phones) ends: add it or sign in anew.",
                len(held),
            )),
            _("没有保存、没有上传的内容可能丢失；本机的登录不受影响。"),
        ],
        _("退出其他设备"),
        None,
        url_for("account.index"),
    )  # fmt: skip
