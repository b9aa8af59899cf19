"""Settings of labels and decoding."""

import re
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ScannerSettings(BaseSettings):
    """What labels are written with, and what guns send; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    label_font: Path | None = Field(
        default=None,
        description="The font of labels (TTF, OTF or TTC with Chinese). Unset: Noto Sans CJK "
        "as this machine has it.",
    )
    gun_prefix: str = Field(
        default="", description="What the guns are set to send before each code, taken away again."
    )
    gun_suffix: str = Field(default="", description="The same after each code; Enter needs none.")
    code_shapes: str = Field(
        default="[A-Z]{2}[0-9]{10}",
        description="What the codes of cards look like here, as regular expressions separated by "
        "spaces: by them codes are found that ran together or stand among other words.",
    )

    @field_validator("code_shapes")
    @classmethod
    def _readable(cls, text: str) -> str:
        for part in text.split():
            try:
                re.compile(part)
            except re.error as error:
                raise ValueError(f"{part}: {error}") from error
        return text
