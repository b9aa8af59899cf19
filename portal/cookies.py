"""Cookies that carry authority: kept from scripts, and by HTTPS bound to it and to this host."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

from portal.edge import is_secure


class Sessions(SecureCookieSessionInterface):
    """Flask's, with a name and a `Secure` that follow from how the portal is reached."""

    def get_cookie_name(self, app: Flask) -> str:
        """What the session's cookie is called for this request."""
        return name(super().get_cookie_name(app))

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether browsers send it over HTTPS only."""
        return is_secure()


def name(plain: str) -> str:
    """A cookie's name. Browsers take `__Host-` over HTTPS only, and from no other host."""
    return f"__Host-{plain}" if is_secure() else plain


def get(plain: str) -> str:
    """What the request's cookie called `plain` holds; '' where it has none."""
    return request.cookies.get(name(plain), "")
