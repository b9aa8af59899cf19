"""Pages for what went wrong: in words, in the frame, with the request's id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_url
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from db import Busy, Refused, Unavailable
from portal import asked, edge, typed_text
from portal.language import N_
from portal.language import gettext as _
from portal.typed_text import Text
from registry.org import contacts
from registry.org.contacts import Contact

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """What is said for one status: a heading, and what to do."""

    heading: str
    advice: str


PAGES: Final = {
    400: Page(N_("这个请求不完整"), N_("请返回上一页，重新填写后再提交。")),
    403: Page(N_("您不能打开这一页"), N_("您的岗位没有这项权限。")),
    404: Page(N_("没有这一页"), N_("地址可能有误，或者内容不在您可查看的范围内。")),
    405: Page(N_("不能这样操作"), N_("请从页面上的按钮操作。")),
    413: Page(N_("上传的内容太大"), N_("单次上传不超过 20 MB。")),
    500: Page(
        N_("系统出错了"), N_("已记入日志。请稍后再试；如仍出错，请把下面的编号告诉系统管理员。")
    ),
    503: Page(N_("数据库暂时连不上"), N_("您填写的内容没有丢失，请稍后刷新重试。")),
}
EXPIRED: Final = Page(N_("页面停留太久，或登录已过期"), N_("请重新登录，再打开原来的页面办理。"))
UNSAVED: Final = Page(
    EXPIRED.heading,
    N_("您填写的内容没有保存。请在新标签页登录并打开原来的页面，把下面的内容复制过去。"),
)
BUSY: Final = Page(N_("系统正忙"), N_("操作没有执行。请等几秒，返回上一页再提交一次。"))


def install(app: Flask) -> None:
    """Answer errors with pages."""
    app.register_error_handler(CSRFError, lambda _error: _unsaved() or _answer(EXPIRED, 400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(Exception, _unexpected)
    app.extensions["panhuo.login"].unauthorized_handler(_stranger)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    if code == 413 and request.content_length:
        return _answer(_too_large(request.content_length), code)
    page = PAGES.get(code, PAGES[400 if code < 500 else 500])
    return _answer(page, code, helpers=_helpers() if code == 403 else ())


def _helpers() -> Sequence[Contact]:
    """Who could give the reader the permission; of an administrator, the others."""
    if not current_user.is_authenticated:
        return ()
    viewer = edge.viewer()
    with edge.database().transaction("who administers") as conn:
        return contacts.administrators(conn, viewer.unit_id, but=viewer.id)


def _too_large(size: int) -> Page:
    """With the size, in bytes, of what was sent: it was not read, and the form still has it."""
    advice = _(
        "这次上传共 %(size)s MB，单次不超过 20 MB。"
        "请返回上一页，填写的内容还在；压缩文件或分几次上传。",
        size=f"{size / 10**6:.1f}",
    )
    return Page(PAGES[413].heading, advice)


def _unsaved() -> ResponseReturnValue | None:
    """What was typed, to be copied; None where nothing was."""
    typed = typed_text.typed()
    return _answer(UNSAVED, 400, typed) if typed else None


def _stranger() -> ResponseReturnValue:
    """To the sign-in, but never away from what somebody has typed; then back to where it was."""
    back = asked.opened_elsewhere() or request.url
    return _unsaved() or redirect(login_url("login.form", next_url=back))


def _unavailable(error: Unavailable) -> ResponseReturnValue:
    log.warning("database away", path=request.path, error=str(error))
    return *_answer(PAGES[503], 503), later(error)


def _busy(error: Busy) -> ResponseReturnValue:
    """What was typed is there to be copied, should the browser have lost it."""
    log.warning("busy", path=request.path, error=str(error))
    text, code = _answer(BUSY, 503, typed_text.typed())
    return text, code, later(error)


def busy_upload(error: Busy) -> ResponseReturnValue:
    """The same for a file that is dropped: what the page says beside it."""
    log.warning("busy", path=request.path, error=str(error))
    said = _("系统正忙，请 %(seconds)s 秒后再试。", seconds=error.retry_after_s)
    return {"refusal": said}, 503, later(error)


def later(error: Busy | Unavailable) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(error.retry_after_s)}


def retry_after(locked: Refused) -> dict[str, str]:
    """The same for 'org.sign_in_locked'."""
    until = locked.facts["until"]
    assert isinstance(until, datetime)
    return {"Retry-After": str(max(1, int((until - edge.now()).total_seconds())))}


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request failed", path=request.path, exc_info=error)
    return _answer(PAGES[500], 500)


def _answer(
    page: Page, code: int, typed: Sequence[Text] = (), helpers: Sequence[Contact] = ()
) -> tuple[str, int]:
    """In the frame where somebody is signed in, and plain where that itself can't be known."""
    try:
        framed = code not in {500, 503} and bool(current_user.is_authenticated)
    except Unavailable:
        framed = False
    layout = "layouts/frame.html" if framed else "layouts/plain.html"
    text = render_template(
        "pages/error.html",
        page=page,
        code=code,
        layout=layout,
        request_id=edge.request_id(),
        typed=typed,
        helpers=helpers,
        signing_in=typed_text.signing_in() if page is UNSAVED else "",
    )
    return text, code
