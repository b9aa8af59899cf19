"""Settings of the analytics room."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AnalyticsSettings(BaseSettings):
    """How often usage is computed; what makes an asset idle is data (idle_rule), not settings."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    analytics_every_s: float = Field(
        default=300.0, ge=5, description="Seconds between two scheduled runs of analytics."
    )
    silent_after_h: float = Field(
        default=24.0, gt=0, description="Hours without a reading after which a sensor is silent."
    )
