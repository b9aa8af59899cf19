"""Where webhooks may be sent: http(s), and no address inside the house that nobody allowed.

Checked when a webhook is written and again with every post: a name may lead elsewhere later.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from db import Refused
from registry.notices.settings import Network

LONGEST_URL: Final = 500
UNICAST: Final = ip_network("2000::/3")  # all of IPv6 that is given out to anybody
# Within those what leads elsewhere (6to4, Teredo and their like bear an IPv4 address) or nowhere.
SPECIAL: Final = tuple(
    ip_network(text)
    for text in (
        "2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20",
        "192.0.0.0/24", "192.88.99.0/24",
    )
)  # fmt: skip

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook's URL, taken apart."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as the request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def target(url: str) -> Target:
    """The parts of `url`; Refused 'webhook.url_malformed'."""
    malformed = Refused("webhook.url_malformed", field="url")
    if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise malformed
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise malformed from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise malformed
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise malformed
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, parts.hostname, port or (443 if secure else 80), path)


def resolve(one: Target) -> list[Address]:
    """The addresses that the host has now; [] where nobody knows it."""
    try:
        found = socket.getaddrinfo(one.host, one.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ip_address(text) for text in texts]


def allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether posts may go there: it is public, or in one of `networks`."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address.version == one.version and address in one for one in networks):
        return True
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    if any(address.version == one.version and address in one for one in SPECIAL):
        return False
    return address.is_global and not address.is_multicast


def check(url: str, networks: Iterable[Network]) -> None:
    """Refuse a URL that posts would not be sent to: 'webhook.url_malformed', 'webhook.url_private'.

    A name that isn't known today is no reason to refuse it: it is looked up with every post.
    """
    kept = tuple(networks)
    if not all(allowed(address, kept) for address in resolve(target(url))):
        raise Refused("webhook.url_private", field="url")
