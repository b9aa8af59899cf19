"""Settings of the exchange with the ministry's aggregator."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from exchange.ministry.signing import KeyRing


class MinistrySettings(BaseSettings):
    """How reports go up to the aggregator, and decisions come down; read from the environment."""

    model_config = SettingsConfigDict(
        env_prefix="PANHUO_", extra="ignore", hide_input_in_errors=True
    )

    ministry_transport: Literal["none", "https", "folder"] = Field(
        default="none",
        description="How documents travel: `https`, `folder` for networks that are kept apart, "
        "or `none`: reports wait.",
    )
    ministry_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="With `https`: where the aggregator answers. Plain `http` is for the sandbox.",
    )
    ministry_ca: Path | None = Field(
        default=None, description="The authority of its certificate, as a PEM file; unset: public."
    )
    ministry_folder: Path | None = Field(
        default=None,
        description="With `folder`: where `out`, `in`, `done` and `refused` are, on one file "
        "system.",
    )
    ministry_province: str = Field(
        default="460000",
        pattern=r"^[A-Za-z0-9._-]{1,32}$",
        description="By which the aggregator knows us: the province's code.",
    )
    ministry_id: str = Field(
        default="100000",
        pattern=r"^[A-Za-z0-9._-]{1,32}$",
        description="By which the aggregator signs.",
    )
    ministry_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key that we sign with, as `panhuo ministry key` makes it.",
    )
    ministry_accepted_keys: SecretStr = Field(
        default=SecretStr(""),
        description="The aggregator's keys, separated by commas: while one is renewed, both.",
    )
    ministry_poll_s: float = Field(
        default=10.0, gt=0, le=3600, description="Seconds between two looks upward."
    )
    ministry_timeout_s: float = Field(
        default=20.0, gt=0, le=300, description="Seconds that the aggregator may take."
    )
    ministry_workers: int = Field(default=4, ge=1, le=32, description="Documents sent at one time.")
    ministry_claim_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds after which a document is sent again that was begun and not ended.",
    )
    ministry_receipt_s: float = Field(
        default=86_400.0,
        gt=0,
        description="With `folder`: seconds to wait for a receipt before it is written again.",
    )
    ministry_first_wait_s: float = Field(
        default=10.0, gt=0, description="Wait after the first failure; it doubles each time."
    )
    ministry_longest_wait_s: float = Field(
        default=3_600.0, gt=0, description="The longest wait between two tries."
    )
    ministry_attempts: int = Field(
        default=100, ge=1, le=10_000, description="Tries before a document is given up."
    )

    ministry_reconcile_s: float = Field(
        default=21_600.0, ge=10, description="Seconds between two comparisons with the aggregator."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.ministry_transport == "none":
            return self
        if self.ministry_transport == "https" and not self.ministry_url:
            raise ValueError("PANHUO_MINISTRY_URL is missing")
        if self.ministry_transport == "folder" and self.ministry_folder is None:
            raise ValueError("PANHUO_MINISTRY_FOLDER is missing")
        if self.ministry_province == self.ministry_id:
            raise ValueError("PANHUO_MINISTRY_PROVINCE and PANHUO_MINISTRY_ID are the same")
        _ = self.ring
        return self

    @property
    def ring(self) -> KeyRing:
        """The keys. ValueError where they are none."""
        own = self.ministry_key.get_secret_value()
        return KeyRing.read(own, self.ministry_accepted_keys.get_secret_value())
