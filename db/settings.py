"""Settings of the database room."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """Where the data lives; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL with TimescaleDB that somebody runs, as a `postgresql://` URL: "
        "a process's own (`panhuo db urls`), or the administrator's for an operator's commands. "
        "Unset: a private server is found or made (see `panhuo doctor`).",
    )
    data: Path = Field(
        default=Path("var/demo"),
        description="The data folder: photos, attachments, secrets, the private server's facts.",
    )
    database_port: int = Field(
        default=55432,
        ge=1,
        le=65535,
        description="First port to try for the private server; the next free one is taken.",
    )
    pool_size: int = Field(
        default=8, ge=1, le=100, description="Database connections that one process may hold."
    )
    pool_timeout_s: float = Field(
        default=5.0, gt=0, description="Seconds to wait for a free connection before giving up."
    )
