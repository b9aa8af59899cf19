"""`panhuo scan`: a gun at a serial port or a USB input device, sent to the portal (H2)."""

import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from db import DatabaseSettings, Refused
from ops.words import language, refusal
from registry.notices import NoticeSettings
from registry.stocktake import Outcome
from scanner.decode import serial
from scanner.sending import Answer, Door, Scan, Spool, send_all

# A sound for each answer, as a terminal can: bells.
BELLS = {
    Outcome.FOUND: "",
    Outcome.AGAIN: "\a",
    Outcome.ELSEWHERE: "\a\a",
    Outcome.UNKNOWN: "\a\a\a",
}


@click.command()
@click.option(
    "--device", required=True, type=click.Path(path_type=Path),
    help="/dev/ttyACM0, /dev/input/by-id/…-event-kbd",
)  # fmt: skip
@click.option("--stocktake", required=True, type=int, help="The task's number.")
@click.option(
    "--token", required=True, envvar="PANHUO_SCAN_TOKEN", help="A device's, from /account."
)
@click.option("--portal", help="Its address; unset: PANHUO_PORTAL_URL.")
@click.option("--baud", default=9_600, type=click.Choice(list(serial.SPEEDS)), show_default=True)
@click.option("--spool", type=click.Path(path_type=Path), help="Where unsent scans are kept.")
@click.option(
    "--resend", type=int, metavar="TASK",
    help="Send again what was refused for this task, to that of --stocktake; the gun isn't read.",
)  # fmt: skip
def scan(
    device: Path,
    stocktake: int,
    token: str,
    portal: str | None,
    baud: int,
    spool: Path | None,
    resend: int | None,
) -> None:
    """Count with the gun at DEVICE; unsent scans survive, and each counts once.

    What the portal refuses is kept beside them, with the reason, until it is sent again.
    """
    kept = Spool(spool or DatabaseSettings().data / f"scans-{device.name}.jsonl")
    door = Door(portal or NoticeSettings().portal_url, token)
    stop, fresh = threading.Event(), threading.Event()
    wrong: list[Refused] = []
    sender = threading.Thread(target=_send, args=(kept, door, stop, fresh, wrong))
    sender.start()
    try:
        if resend is not None:
            click.echo(f"重新发送 / sent again: {kept.again(resend, stocktake)}")
        else:
            _read(kept, device, baud, stocktake, fresh, wrong)
    except KeyboardInterrupt:
        click.echo("")
    finally:
        stop.set()
        fresh.set()
        sender.join()
    _tell_refused(kept)
    if wrong:
        raise wrong[0]


def _read(kept: Spool, device: Path, baud: int, stocktake: int, fresh: threading.Event,
          wrong: list[Refused]) -> None:  # fmt: skip
    with serial.opened(device, baud) as texts:
        click.echo(f"扫码枪已就绪 / ready: {device}")
        for text in texts:
            kept.add(Scan.made(stocktake, text, datetime.now(UTC)))
            fresh.set()
            if wrong:
                break


def _tell_refused(kept: Spool) -> None:
    """How many wait for a person, by task, and where."""
    tasks = Counter(one.scan.stocktake for one in kept.refused())
    for task, number in tasks.items():
        click.echo(
            f"{number} 条被退回，已保存 / refused and kept: {kept.refused_path} (--resend {task})",
            err=True,
        )


def _send(kept: Spool, door: Door, stop: threading.Event, fresh: threading.Event,
          wrong: list[Refused]) -> None:  # fmt: skip
    try:
        send_all(kept, door, _tell, _away, stop, fresh)
    except Refused as refused:
        wrong.append(refused)
        click.echo(f"panhuo: {refusal(refused)}", err=True)


def _away() -> None:
    said = "门户暂时连不上，扫到的已保存，连上后自动发送。"
    if language() != "zh":
        said = "The portal is out of reach: scans are kept, and sent when it is back."
    click.echo(f"\a\a\a{said}", err=True)


def _tell(scan: Scan, answer: Answer) -> None:
    """One line, and its bells."""
    if "refusal" in answer:
        click.echo(f"\a\a\a{scan.raw}: {answer['refusal']['detail']}", err=True)
        return
    for one in (answer, *answer.get("also", ())):
        outcome = Outcome(one["outcome"])
        says = " ".join(part for part in (one["code"], one["name"], one["place"]) if part)
        click.echo(f"{BELLS.get(outcome, '')}{outcome.label.of(language())} {says}")
