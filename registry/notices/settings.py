"""Settings of notices: e-mail, webhooks and the notifier."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Network = IPv4Network | IPv6Network


class NoticeSettings(BaseSettings):
    """How people and systems are told outside of the portal; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    portal_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://\S+$",
        description="Where people reach the portal: the links in e-mails and webhooks begin so.",
    )
    smtp_host: str = Field(
        default="", description="The mail server. Unset: no e-mails are written."
    )
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Its port.")
    smtp_user: str = Field(default="", description="Login at the mail server; unset: none.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="none",
        description="`starttls` (usually port 587), `tls` from the first byte (usually 465), "
        "or `none`.",
    )
    smtp_from: str = Field(
        default="panhuo@localhost", description="The sender's address of e-mails."
    )
    webhook_networks: str = Field(
        default="",
        description="Networks of one's own that webhooks may be sent into, as "
        "`10.20.0.0/16,192.168.1.0/24`. Unset: public addresses only.",
    )
    notifier_workers: int = Field(
        default=4, ge=1, le=32, description="E-mails and webhooks sent at one time."
    )
    notifier_poll_s: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two looks for what is to be sent."
    )
    notifier_timeout_s: float = Field(
        default=10.0, gt=0, le=60, description="Seconds that a receiver may take."
    )
    notifier_claim_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds after which what a notifier has begun and not ended is sent again.",
    )
    notifier_attempts: int = Field(
        default=20, ge=1, le=100, description="Tries before a delivery is given up."
    )
    notifier_first_wait_s: float = Field(
        default=10.0, gt=0, description="Wait after the first failure; it doubles each time."
    )
    notifier_longest_wait_s: float = Field(
        default=21_600.0, gt=0, description="The longest wait between two tries."
    )
    deliveries_kept_days: int = Field(
        default=90, ge=1, description="Days for which deliveries that were sent are listed."
    )

    notices_kept_days: int = Field(
        default=400, ge=1, description="Days for which notices that were read or settled are kept."
    )

    @field_validator("webhook_networks")
    @classmethod
    def _readable(cls, text: str) -> str:
        for part in _parts(text):
            ip_network(part)
        return text

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks of `webhook_networks`."""
        return tuple(ip_network(part) for part in _parts(self.webhook_networks))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
