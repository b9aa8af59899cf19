"""What a mosquitto.conf lacks: limits without which readings are lost, and who is let in how."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """A line of the configuration without which readings are lost, and what else would do."""

    name: str
    wanted: str
    enough: Callable[[str], bool]


def _days(text: str) -> int:
    """`14d` in days; mosquitto also has hours, weeks, months and years."""
    units = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}
    return int(int(text[:-1]) * units[text[-1]])


# Mosquitto's own defaults lose what comes while its subscriber is away.
LIMITS: Final = (
    Limit("max_inflight_messages", "1000", lambda text: int(text) >= 1_000),
    Limit("max_queued_messages", "5000000", lambda text: int(text) == 0 or int(text) >= 5_000_000),
    Limit("max_queued_bytes", "0", lambda text: int(text) == 0),
    Limit("persistence", "true", lambda text: text == "true"),
    Limit("autosave_interval", "10", lambda text: 0 < int(text) <= 10),
    Limit("persistent_client_expiration", "14d", lambda text: _days(text) >= 14),
)


def check_limits(text: str) -> list[str]:
    """What the text of a mosquitto.conf lacks of LIMITS, one line each; empty: nothing is lost."""
    said = dict(_settings(text))
    lacks = []
    for limit in LIMITS:
        found = said.get(limit.name, "")
        try:
            kept = bool(found) and limit.enough(found)
        except (ValueError, KeyError):
            kept = False
        if not kept:
            lacks.append(f"{limit.name} {limit.wanted} (is {found or 'not set'})")
    return lacks


def check_listeners(text: str) -> list[str]:
    """What is wrong with the listeners of a mosquitto.conf, one line each.

    Off loopback without TLS, passwords can be read on the way; with client ids that are chosen
    freely, a gateway can take over another's session, or the collector's.
    """
    listeners: list[dict[str, str]] = []
    for name, value in _settings(text):
        if name == "listener":
            listeners.append({"listener": value})
        elif listeners:
            listeners[-1][name] = value
    lacks = []
    for one in listeners:
        if "certfile" not in one and not is_loopback(one["listener"].partition(" ")[2] or "*"):
            lacks.append(f"listener {one['listener']} has no TLS")
        if one.get("use_username_as_clientid") != "true":
            lacks.append(f"listener {one['listener']} lacks use_username_as_clientid true")
    return lacks


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there; `*` is every address."""
    try:
        return ip_address(host.strip()).is_loopback
    except ValueError:
        return host.strip() == "localhost"


def _settings(text: str) -> list[tuple[str, str]]:
    lines = (line.strip().partition(" ") for line in text.splitlines())
    return [(name, value.strip()) for name, _, value in lines if name and name[0] != "#"]
