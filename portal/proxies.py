"""Forwarders' headers: believed where a configured proxy sends them, taken away elsewhere."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network

FOR: Final = "HTTP_X_FORWARDED_FOR"
PROTO: Final = "HTTP_X_FORWARDED_PROTO"
HOST: Final = "HTTP_X_FORWARDED_HOST"


class Proxies:
    """What a request says of itself (address, scheme, host), by the nearest one to be believed."""

    def __init__(self, application: "WSGIApplication", trusted: tuple[Network, ...]) -> None:
        self._application, self._trusted = application, trusted

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not trusts(self._trusted, environ.get("REMOTE_ADDR", "")):
            for name in [one for one in environ if _is_forwarders(one)]:
                del environ[name]
            return self._application(environ, start_response)
        named, schemes = _values(environ, FOR), _values(environ, PROTO)
        proxies = self._proxies(named)
        # A proxy may put its own word in the place of those that were said before it.
        scheme = min(proxies, len(schemes))
        believed = ProxyFix(
            self._application,
            x_for=proxies if named and _is_address(named[-proxies]) else 0,
            x_proto=scheme if scheme and schemes[-scheme] in {"http", "https"} else 0,
            x_host=min(proxies, len(_values(environ, HOST))),
        )
        return believed(environ, start_response)

    def _proxies(self, named: list[str]) -> int:
        """Through how many of ours it came: the one that is connected, and those that it names."""
        count = 1
        while count < len(named) and trusts(self._trusted, named[-count]):
            count += 1
        return count


def trusts(proxies: Iterable[Network], address: str) -> bool:
    """Whether `address` is one of ours."""
    if not _is_address(address):
        return False
    one = ip_address(address)
    one = getattr(one, "ipv4_mapped", None) or one
    return any(one.version == network.version and one in network for network in proxies)


def _is_forwarders(name: str) -> bool:
    return name.startswith("HTTP_X_FORWARDED_") or name in {"HTTP_FORWARDED", "HTTP_X_REAL_IP"}


def _values(environ: "WSGIEnvironment", name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _is_address(text: str) -> bool:
    """Whether it is one: a proxy may say 'unknown'."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
