"""The command `firmware-sim`."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeVar

import click
from rich.console import Console

from firmware_sim import hard_mix, mix, toml
from firmware_sim import truth as truths
from firmware_sim.clock import DAY_S, ZONE_S, on_grid
from firmware_sim.estate import Estate, EstateError, read
from firmware_sim.gateway import Options
from firmware_sim.play import Window, play
from firmware_sim.screen import screen
from firmware_sim.state import StateError

ZONE: Final = timezone(timedelta(seconds=ZONE_S))
FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)

Command = TypeVar("Command", bound=Callable[..., Any])


class _Moment(click.ParamType[Any]):
    name = "ISO time"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time, such as 2026-03-01T08:00+08:00", param, ctx)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).timestamp()


class _Interval(click.ParamType[Any]):
    name = "seconds"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        seconds = int(value) if str(value).isdecimal() else 0
        if not 1 <= seconds <= 3_600 or DAY_S % seconds:
            self.fail(f"{value!r} must be 1 to 3600 seconds and divide a day", param, ctx)
        return seconds


def _what(command: Command) -> Command:
    """The options that say what an estate did: with these equal, its readings are equal."""
    for option in (
        click.option("--interval", type=_Interval(), default=60, show_default=True,
                     help="Seconds between two readings of a sensor."),
        click.option("--seed", type=int, default=7, show_default=True),
        click.option("--until", type=_Moment(), default=None,
                     help="End of the history; without a zone it is UTC+8. Default: now."),
        click.option("--days", type=click.IntRange(1, 3_660), default=28, show_default=True,
                     help="Days of history."),
        click.option("--estate", "estate_file", type=FILE, required=True,
                     help="The estate file (TOML)."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
@click.version_option(package_name="firmware-sim")
def main() -> None:
    """A simulated estate of gateways and sensors, spoken over MQTT."""


@main.command("play")
@_what
@click.option("--live", is_flag=True, help="After the history go on in real time.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 86_400),
    default=None,
    help="After the history go on so many times faster (implies --live). Give --until "
    "in the past: collectors refuse readings that are more than a day ahead.",
)
@click.option(
    "--truth", "truth_file", type=FILE, default=None, help="Write the history's ground truth here."
)
@click.option(
    "--state",
    "folder",
    type=FOLDER,
    default=None,
    help="Keep each gateway's buffer here, and go on from it at the next start.",
)
@click.option(
    "--window",
    "in_flight",
    type=click.IntRange(1, 1_000),
    default=64,
    show_default=True,
    help="Packs in flight, a gateway.",
)
@click.option(
    "--resend-after",
    type=click.FloatRange(1),
    default=120,
    show_default=True,
    help="Seconds to wait for `committed` before a pack is sent again.",
)
@click.option("--quiet", is_flag=True, help="No progress; only what goes wrong.")
def play_command(
    *, estate_file: Path, days: int, until: float | None, seed: int, interval: int,
    live: bool, speed: float | None, truth_file: Path | None, folder: Path | None,
    in_flight: int, resend_after: float, quiet: bool,
) -> None:  # fmt: skip
    """Send days of history at full speed and then, with --live, the present.

    Without --live it ends when everything was committed. SIGINT and SIGTERM end it cleanly: in
    live play with exit code 0, otherwise with 130, for something may be left to send.
    """
    estate = _estate(estate_file)
    now = time.time() if until is None else until
    start, end = _window(now, days, interval)
    pace = speed if speed is not None else (1.0 if live else None)
    if truth_file is not None:
        _write(truth_file, truths.truth(estate, seed, start, end))
    stop = _stopped_by_signals()
    options = Options(seed, interval, in_flight, resend_after, folder)
    with screen(Console(stderr=True), quiet=quiet) as (show, say):
        try:
            window = Window(start, end, pace, now)
            progress = play(estate, options, window, stop, show=show, say=say)
        except StateError as error:
            raise click.ClickException(str(error)) from error
    if pace is None and progress.left:
        raise SystemExit(130)


@main.command("truth")
@_what
@click.option(
    "--truth",
    "-o",
    "truth_file",
    type=FILE,
    default=None,
    help="Where to; default: standard output.",
)
def truth_command(
    *, estate_file: Path, days: int, until: float | None, seed: int, interval: int,
    truth_file: Path | None,
) -> None:  # fmt: skip
    """Write the ground truth alone, and send nothing."""
    estate = _estate(estate_file)
    start, end = _window(time.time() if until is None else until, days, interval)
    content = truths.truth(estate, seed, start, end)
    if truth_file is None:
        click.echo(truths.text(content), nl=False)
    else:
        _write(truth_file, content)


@main.command("estate")
@click.option("--assets", type=click.IntRange(1, 100_000), default=90, show_default=True)
@click.option("--gateways", type=click.IntRange(1, 300), default=12, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=1_883, show_default=True)
@click.option(
    "--mix",
    "words",
    type=click.Choice(["plain", *hard_mix.MIXES]),
    default="plain",
    show_default=True,
    help="normal and stress: rooms harder than life, on gateways of 4 to 15 assets.",
)
@click.option(
    "--until",
    type=_Moment(),
    default=None,
    help="What befalls a hard estate falls into the 28 days before. Default: now.",
)
@click.option("--output", "-o", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def estate_command(
    *, assets: int, gateways: int, seed: int, host: str, port: int,
    words: str, until: float | None, output: Any,
) -> None:  # fmt: skip
    """Write a random estate file with a realistic mix."""
    if words == "plain":
        output.write(mix.random_estate(assets, gateways, seed, host, port))
        return
    last = datetime.fromtimestamp(time.time() if until is None else until, ZONE).date()
    broker = {"broker": {"host": host, "port": port}}
    output.write(toml.text(broker | hard_mix.estate(assets, seed, hard_mix.MIXES[words], last)))


def _window(until: float, days: int, interval: int) -> tuple[int, int]:
    """The history, [start, end): `until` is cut to the minute, so that a rerun can repeat it."""
    end = on_grid(int(until) // 60 * 60, interval)
    return end - days * DAY_S, end


def _estate(path: Path) -> Estate:
    try:
        return read(path)
    except EstateError as error:
        raise click.ClickException(str(error)) from error


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        truths.write(path, content)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


def _stopped_by_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set; a second signal ends the process at once."""
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    return stop
