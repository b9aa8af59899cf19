"""The password, asked for again before what would outlast a stolen session (J1).

The page that asks bears the form along that asked for it: nothing that was typed is lost.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Busy
from portal import asked, edge, errors, signed_in
from portal.language import gettext as _
from portal.language import language
from portal.words import words_for
from registry import org

View = TypeVar("View", bound=Callable[..., Any])
FIELD: Final = "present"
OWN: Final = (FIELD, "csrf_token")


def asks_password(view: View) -> View:
    """The view goes on once its caller has typed their password within the last minutes."""

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        return question() or view(*arguments, **named)

    return cast(View, guarded)


def question() -> ResponseReturnValue | None:
    """The page that asks; None where the password was given just now, or with this request."""
    if signed_in.present().is_confirmed(edge.now()):
        return None
    if FIELD not in request.form:
        return _page("")
    try:
        wrong = org.check_password(
            edge.database(),
            edge.viewer(),
            request.form[FIELD],
            edge.client_address(),
            edge.now(),
            edge.request_id(),
        )
    except Busy as busy:
        return _page(_("同时登录的人较多，请等几秒再试。")), 503, errors.later(busy)
    if wrong is not None:
        return _page(words_for(wrong, language())), 422
    signed_in.confirm()
    return None


def _page(refusal: str) -> str:
    borne = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    return render_template(
        "pages/password_asked.html",
        action=request.full_path.rstrip("?"),
        borne=borne,
        refusal=refusal,
        back=asked.came_from() or url_for("account.index"),
    )
