"""Settings of the portal, and limits that nobody need set."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one process waits for a client (seconds), and how much it takes (bytes)."""

    idle_s: float = 15  # for a request to begin
    head_s: float = 15  # then for its headers, all of them
    body_s: float = 30  # then for its body, and a second more for each `rate` bytes that came
    send_s: float = 30  # for the answer to be taken, and a second more for each `rate` bytes taken
    rate: int = 8 * 1024
    head: int = 32 * 1024
    body: int = 32 * 1024 * 1024  # above what the application takes, which says so in words
    connections: int = 1000
    of_address: int = 200  # an office behind one address; no limit for a trusted proxy


class PortalSettings(BaseSettings):
    """Where the portal answers and how long people stay signed in; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    portal_host: str = Field(default="127.0.0.1", description="Address on which it listens.")
    portal_port: int = Field(default=8000, ge=1, le=65535, description="Port on which it listens.")
    portal_workers: int = Field(
        default=2, ge=1, le=64, description="Processes that answer; each has eight threads."
    )
    portal_secret: SecretStr | None = Field(
        default=None,
        description="Signs sessions. Unset: made once and kept in the data folder. Several "
        "machines that serve one portal need the same.",
    )
    default_language: Literal["zh", "en"] = Field(
        default="zh", description="Language of whoever has not chosen one."
    )
    province: str = Field(default="海南省", description="The name beside the mark.")
    help_contact: str = Field(
        default="",
        description="Who helps whoever can't sign in, or when the system fails: name and phone. "
        "Everybody can read it, strangers too.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the reverse proxies whose X-Forwarded headers are "
        "believed, separated by commas: `127.0.0.1,10.0.3.0/28`. Never the network of the people.",
    )
    session_idle_minutes: int = Field(
        default=120, ge=5, description="A session ends after so long without a request."
    )
    session_hours: int = Field(
        default=12, ge=1, description="A session ends after so long in any case."
    )
    device_days: int = Field(
        default=180,
        ge=1,
        le=3650,
        description="A gun's or phone's token ends after so many days, however often it is used.",
    )
    temporary_password_hours: int = Field(
        default=72, ge=1, description="A temporary password opens nothing after so long."
    )
    development: bool = Field(
        default=False, description="Show `/design`, the living page of components."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _readable(cls, text: str) -> str:
        for part in _parts(text):
            ip_network(part)
        return text

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of `trusted_proxies`."""
        return tuple(ip_network(part) for part in _parts(self.trusted_proxies))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
