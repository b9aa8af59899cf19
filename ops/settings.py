"""Settings of running the product."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class OpsSettings(BaseSettings):
    """How processes log, and what the demo is made of; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is logged."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="`console` for people, `json` for machines."
    )
    demo_days: int = Field(
        default=28, ge=14, le=90, description="Days of history that the demo's gateways send."
    )
    demo_speed: float = Field(
        default=1.0,
        gt=0,
        le=3600,
        description="How fast the demo's gateways live on after their history; "
        "60 is a minute a second.",
    )
    demo_gateways: int | None = Field(
        default=None,
        ge=1,
        description="How many of the demo's gateways send; fewer for a small machine. Unset: all.",
    )
    mosquitto: Path | None = Field(
        default=None, description="The mosquitto program; unset: found on this machine."
    )
