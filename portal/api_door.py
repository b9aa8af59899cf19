"""The door of the JSON API: a device's bearer token, or the session with its CSRF header (H3)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from db import Connection, Refused
from portal import edge, errors, problems, signed_in
from portal.language import gettext as _
from portal.permissions import public
from registry.org import Permission, User, throttle
from registry.stocktake import devices

View = TypeVar("View", bound=Callable[..., Any])
BEARER: Final = "Bearer "
ASKS: Final = "__panhuo_api_asks__"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; `device`: the id of the device whose token it was."""

    user: User
    device: int | None


def asks(permission: Permission) -> Callable[[View], View]:
    """Only a caller with this permission comes in: others get 401 or 403 as a problem document."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            found = _by_token() if "Authorization" in request.headers else _by_session()
            if isinstance(found, Response):
                return found
            if not found.user.may(permission):
                return problems.problem(403, _("您的岗位没有这项权限。"))
            g.api_caller = found
            return view(*arguments, **named)

        setattr(guarded, ASKS, permission)
        return public(cast(View, guarded))

    return decorate


def caller() -> Caller:
    """Who has come in."""
    return cast(Caller, g.api_caller)


def asked(app: Flask, endpoint: str) -> Permission | None:
    """The permission that an endpoint of the API asks for; None where the door isn't this one."""
    return getattr(app.view_functions[endpoint], ASKS, None)


def _by_token() -> Caller | Response:
    said = request.headers.get("Authorization", "")
    token = said.removeprefix(BEARER).strip() if said.startswith(BEARER) else ""
    with edge.database().transaction("device") as conn:
        address = edge.client_address()
        found = devices.signed_in(conn, token, edge.now(), address) if token else None
        locked = token_locked(conn) if found is None else None
    if locked is not None:
        return locked
    if found is None:
        return _who_are_you(_("令牌无效、已到期，或设备已停用。"))
    device, user = found
    return Caller(user, device)


def token_locked(conn: Connection) -> Response | None:
    """Count a token that opens nothing; the answer where too many came from the address (J1).

    Right ones are never asked here: nobody locks out the phones of an office.
    """
    tried = throttle.count(conn, throttle.of_token(edge.client_address()), edge.now())
    if not isinstance(tried, Refused):
        return None
    answer = problems.refused(429, tried)
    answer.headers.update(errors.retry_after(tried))
    return answer


def _by_session() -> Caller | Response:
    if not current_user.is_authenticated:
        return _who_are_you(_("请先登录，或带上设备令牌。"))
    user = edge.viewer()
    if user.must_change_password:
        return problems.problem(403, _("请先更改临时口令。"))
    if signed_in.present().needs_second_factor:
        return problems.problem(403, _("您的岗位要求两步验证，请先开启。"))
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return problems.problem(403, _("页面停留太久，请刷新后再试。"), code="csrf")
    return Caller(user, None)


def _who_are_you(detail: str) -> Response:
    answer = problems.problem(401, detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="panhuo"'
    return answer
