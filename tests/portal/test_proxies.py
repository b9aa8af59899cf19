"""Whose word about a request's address, scheme and host is believed."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from werkzeug.test import Client

from portal import PortalSettings
from portal.proxies import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TRUSTED = PortalSettings(trusted_proxies="127.0.0.1, 10.0.3.0/28, fd00::7").proxies
PEER = "127.0.0.1"
STRANGER = "203.0.113.9"


def _said(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME")
    left = [name for name in environ if "FORWARDED" in name or name == "HTTP_X_REAL_IP"]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([*(environ[name] for name in names), left]).encode()]


def asked(peer: str, **headers: str) -> list[object]:
    """What the application is told of a request: address, scheme, host, prefix, headers left."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client(Proxies(_said, TRUSTED)).get(
        "/", headers=named, environ_overrides={"REMOTE_ADDR": peer}
    )
    found = json.loads(answer.text)
    assert isinstance(found, list)
    return found


def test_nothing_that_a_stranger_says_of_itself_is_believed_or_left() -> None:
    said = asked(
        STRANGER, X_Forwarded_For=PEER, X_Forwarded_Proto="https", X_Forwarded_Host="evil.example",
        X_Forwarded_Prefix="/evil", X_Forwarded_Port="1", Forwarded="for=1.1.1.1", X_Real_Ip=PEER,
        Script_Name="/evil",
    )  # fmt: skip
    assert said == [STRANGER, "http", "localhost", "", []]


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.3.15", "fd00::7", "::ffff:127.0.0.1"])
def test_a_configured_proxy_is_believed(peer: str) -> None:
    said = asked(
        peer, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https",
        X_Forwarded_Host="panhuo.example", X_Forwarded_Prefix="/evil",
    )  # fmt: skip
    assert said[:4] == ["203.0.113.9", "https", "panhuo.example", ""]


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # the first is the client's own word
        ("127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.3.2", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.3.2, 10.0.3.3", "203.0.113.9"),
        ("10.0.3.2", "10.0.3.2"),  # the proxy asks for itself
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", PEER),
        ("203.0.113.9, <script>", PEER),
        ("", PEER),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    chain: str, client: str
) -> None:
    assert asked(PEER, X_Forwarded_For=chain)[0] == client


def test_scheme_of_two_proxies_is_the_outer_ones_or_the_only_one() -> None:
    two = "203.0.113.9, 10.0.3.2"
    assert asked(PEER, X_Forwarded_For=two, X_Forwarded_Proto="https, http")[1] == "https"
    assert asked(PEER, X_Forwarded_For=two, X_Forwarded_Proto="https")[1] == "https"
    assert asked(PEER, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="gopher")[1] == "http"


def test_a_count_of_proxies_is_no_address() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        PortalSettings(trusted_proxies="1")
