"""Settings of the ingest room."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """Where the broker is, and how the collector batches; read from the environment."""

    model_config = SettingsConfigDict(env_prefix="PANHUO_", extra="ignore")

    broker_host: str = Field(default="127.0.0.1", description="Where the MQTT broker is.")
    broker_port: int = Field(
        default=18883,
        ge=1,
        le=65535,
        description="The broker's port; for the private broker the first port to try.",
    )
    broker_user: str = Field(
        default="",
        description="The name by which the collector signs in to the broker. Empty: "
        "`panhuo-collector-` and its worker's name, as `panhuo broker configure` writes it.",
    )
    broker_password: SecretStr | None = Field(
        default=None, description="The collector's password at the broker."
    )
    broker_tls_ca: Path | None = Field(
        default=None,
        description="Certificate authority that signed the broker's certificate (PEM). "
        "Set: the connection is encrypted. Unset: it is not, which is for loopback only.",
    )
    broker_listen: str = Field(
        default="127.0.0.1",
        description="The address on which the broker of `panhuo broker configure` listens, at "
        "PANHUO_BROKER_PORT; `*`: on every address.",
    )
    broker_names: str = Field(
        default="",
        description="Host names and addresses by which gateways reach the broker, separated by "
        "commas: its own certificate is made for them, and for this machine's own name.",
    )
    broker_certificate: Path | None = Field(
        default=None,
        description="The broker's certificate and its chain (PEM), where another authority gives "
        "it. Unset: one of the installation's own authority, made by `panhuo broker configure`.",
    )
    broker_key: Path | None = Field(
        default=None, description="The key of PANHUO_BROKER_CERTIFICATE (PEM, no pass phrase)."
    )
    broker_plain: bool = Field(
        default=False, description="The broker listens without TLS; refused but on loopback."
    )
    broker_collectors: str = Field(
        default="1",
        pattern=r"^[A-Za-z0-9_-]{1,32}(,[A-Za-z0-9_-]{1,32})*$",
        description="The collectors that may sign in to the broker, by their "
        "PANHUO_COLLECTOR_WORKER, separated by commas; each has a user of its own.",
    )
    collector_worker: str = Field(
        default="1",
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
        description="This collector's fixed name. Each collector of one broker has its own, "
        "and keeps it over restarts: the broker holds its unacknowledged packs under it.",
    )
    collector_group: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]*$",
        description="The shared subscription that several collectors split among them, say "
        "`panhuo`. Empty, for a single collector: a subscription of its own, which Mosquitto "
        "keeps over its own restart; a shared one it forgets until the collector is back, and "
        "gateways then have to send again what came in between.",
    )
    collector_writers: int = Field(
        default=2,
        ge=1,
        le=8,
        description="Batches that one collector stores at the same time: while the database "
        "works on one, the next is made ready.",
    )
    flush_rows: int = Field(
        default=20_000, ge=1, description="Readings that make a batch worth storing at once."
    )
    flush_messages: int = Field(
        default=400,
        ge=1,
        le=1_000,
        description="Messages that do so; well below the broker's max_inflight_messages, "
        "so that more arrive while a batch is stored.",
    )
    flush_s: float = Field(
        default=0.25, gt=0, le=10, description="Longest time that a reading waits for its batch."
    )
    collector_queue_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="Bytes of payload that wait in memory at most; then the broker keeps them.",
    )
    sensors_refresh_s: float = Field(
        default=30.0, gt=0, description="How often the registered sensors are read again."
    )
    sensors_reload_s: float = Field(
        default=1.0,
        gt=0,
        description="Shortest time between two such reads when an unknown sensor speaks.",
    )
    readings_kept_days: int = Field(
        default=400,
        ge=1,
        description="Retention of raw readings; a reading from before it is refused.",
    )
    counters_every_s: float = Field(
        default=60.0, gt=0, description="How often the collector logs its counters."
    )
    collector_stop_s: float = Field(
        default=3.0, gt=0, le=60, description="How long a stopping collector finishes its commit."
    )
