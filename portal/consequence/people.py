"""What an administrator's acts on other people's logins will mean (J1)."""

from flask import url_for

from db import Connection
from portal import edge, signed_in
from portal.consequence import Consequence, account, where
from portal.language import gettext as _
from portal.language import ngettext
from registry.org import people, sessions
from registry.org.people import Person
from registry.stocktake import devices


def _kept(conn: Connection, user_id: int) -> Person | None:
    """Somebody whom the viewer keeps, and who is not the viewer."""
    one = people.person(conn, edge.viewer(), user_id)
    return None if one is None or one.id == edge.viewer().id else one


def giving_password(user_id: int) -> Consequence | None:
    """Their old password opens nothing any more."""
    with edge.database().transaction("before giving a password") as conn:
        one = _kept(conn, user_id)
        if one is None or not one.active:
            return None
        found = sessions.of_user(conn, one.id, signed_in.limits(), edge.now())
        held = [each for each in devices.of_user(conn, one.id) if each.revoked_at is None]
    means = [
        _("现在的口令立即失效；您会看到一个临时口令，只显示一次，要转告本人。"),
        *where(len(found), ngettext(
            "其 %(num)s 处登录立即退出。", "%(num)s session of theirs ends at once.", len(found)
        )),
        *where(len(held), ngettext(
            "其 %(num)s 台设备（扫码枪和手机）在本人改掉临时口令前不能盘点。",
            "%(num)s device of theirs (guns and phones) can't count before they have changed it.",
            len(held),
        )),
    ]  # fmt: skip
    return _of(one, _("重置为临时口令"), means)


def turning_off_second_factor(user_id: int) -> Consequence | None:
    """From now on the password is all that is asked for."""
    with edge.database().transaction("before turning second factor off") as conn:
        one = _kept(conn, user_id)
    if one is None or not one.second_factor:
        return None
    means = [
        _("登录只问口令，直到本人重新开启；其手机验证器和恢复码都失效。"),
        _("先核实是本人提出的：冒充本人的人也会这样请求。"),
    ]
    return _of(one, _("关闭其两步验证"), means)


def revoking_device(user_id: int, device: int) -> Consequence | None:
    """One of their guns and phones."""
    with edge.database().transaction("before revoking their device") as conn:
        one = _kept(conn, user_id)
        held = account.of_device(conn, user_id, device) if one else None
    return _theirs(one, account.revoked(held)) if one and held else None


def ending_session(user_id: int, session_id: int) -> Consequence | None:
    """One of their sessions."""
    with edge.database().transaction("before ending their session") as conn:
        one = _kept(conn, user_id)
        found = account.of_session(conn, user_id, session_id) if one else None
    return _theirs(one, account.session(found)) if one and found else None


def _theirs(one: Person, said: Consequence) -> Consequence:
    subject = f"{one.name} · {said.subject}"
    return Consequence(said.title, subject, said.means, said.act, None, _back(one))


def _of(one: Person, title: str, means: list[str]) -> Consequence:
    return Consequence(title, f"{one.name} · {one.unit_name}", means, title, None, _back(one))


def _back(one: Person) -> str:
    return url_for("admin_people.edit", user_id=one.id)
