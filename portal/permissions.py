"""Permission at the door: every route names the one that it needs, or that it needs none."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user

from registry.org import Permission

View = TypeVar("View", bound=Callable[..., Any])
NEEDS = "__panhuo_needs__"
# All that is open to whoever has a temporary password.
OWN_PASSWORD: Final = ("account.password", "account.change_password")
# All that is open to whoever has not yet the second factor that their role asks for.
OWN_SECOND_FACTOR: Final = (
    "account.second_factor_form",
    "account.begin_second_factor",
    "account.confirm_second_factor",
)


def needs(permission: Permission) -> Callable[[View], View]:
    """Only who has this permission comes in: others are sent to sign in, or refused with 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            if not current_user.is_authenticated:
                return cast(Any, current_app.extensions["panhuo.login"]).unauthorized()
            if (first := comes_first()) is not None:
                return redirect(url_for(first))
            if not current_user.user.may(permission):
                abort(403)
            return view(*arguments, **named)

        setattr(guarded, NEEDS, permission)
        return cast(View, guarded)

    return decorate


def comes_first() -> str | None:
    """The endpoint that whoever is signed in is led to before any other page; None: to none."""
    if current_user.user.must_change_password:
        return None if request.endpoint in OWN_PASSWORD else OWN_PASSWORD[0]
    if current_user.session.needs_second_factor:
        return None if request.endpoint in OWN_SECOND_FACTOR else OWN_SECOND_FACTOR[0]
    return None


def public(view: View) -> View:
    """Anybody comes in."""
    setattr(view, NEEDS, None)
    return view


def needed(app: Flask, endpoint: str) -> Permission | None:
    """The permission that an endpoint names, None where it is public; KeyError without either."""
    view = app.view_functions[endpoint]
    if not hasattr(view, NEEDS):
        raise KeyError(endpoint)
    return cast(Permission | None, getattr(view, NEEDS))


def check_all_named(app: Flask) -> None:
    """Refuse to start with a route that names nothing."""
    nameless = [name for name, view in app.view_functions.items() if not hasattr(view, NEEDS)]
    if nameless:
        raise RuntimeError(f"routes without a permission: {', '.join(nameless)}")
