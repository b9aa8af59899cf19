"""Settings of the exchange."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ExchangeSettings(BaseSettings):
    """How long listings are shown; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    notice_days: int = Field(
        default=15, ge=1, le=365,
        description="How many days an asset that is to be disposed of is shown before (F2).",
    )  # fmt: skip
    settled_days: int = Field(
        default=90, ge=0, le=3650,
        description="How many days the local tab shows what was settled, with who took it (E1).",
    )  # fmt: skip
