"""`panhuo sandbox-ministry`: a stand-in for the ministry's aggregator, for trying things out."""

import logging
import signal
import threading
from pathlib import Path

import click
from pydantic import SecretStr

from db import DatabaseSettings
from exchange.ministry import MinistrySettings
from ops import logs
from ops.sandbox_ministry import serving, shared_key
from ops.sandbox_ministry.ministry import Habits
from ops.sandbox_ministry.provinces import EVERY


@click.command("sandbox-ministry")
@click.option("--port", type=click.IntRange(0, 65535), default=8700, help="Where it answers.")
@click.option("--folder", type=click.Path(path_type=Path), help="Also exchange through this one.")
@click.option("--decide-after", type=float, help="Decide so many seconds after a report.")
@click.option("--return-every", type=click.IntRange(0), default=0, help="Return every nth report.")
@click.option("--others/--no-others", default=True, help="Send other provinces' listings down.")
def sandbox_ministry(
    port: int, folder: Path | None, decide_after: float | None, return_every: int, others: bool
) -> None:
    """Run until Ctrl-C. Its keys are PANHUO_MINISTRY_KEY and …_ACCEPTED_KEYS, seen from there."""
    logs.configure("ministry")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    data = DatabaseSettings().data
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    path = data / "sandbox-ministry.sqlite"
    habits = Habits(decide_after, return_every)
    with serving(
        path, _settings(data), habits, port, folder, others=EVERY if others else 0
    ) as served:
        click.echo(f"The sandbox ministry answers at {served.url}")
        over.wait()


def _settings(data: Path) -> MinistrySettings:
    """Without keys of its own it uses the secret that it shares with the demo."""
    settings = MinistrySettings()
    if settings.ministry_key.get_secret_value():
        return settings
    shared = SecretStr(shared_key(data))
    return settings.model_copy(update={"ministry_key": shared, "ministry_accepted_keys": shared})
