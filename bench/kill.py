"""Kill the collector with -9 in the middle of a million readings; count what is there after."""

import argparse
import json
import signal
import sys
import time

from rich.console import Console
from rich.table import Table

from bench import stage
from bench.stage import Load, Stage
from db import single_connection

GATEWAYS = 100
PATIENCE_S = 300.0


def collect_through_kills(on: Stage, load: Load, kills: int) -> float:
    """Publish the load, kill the collector `kills` times on the way; seconds until it is all in."""
    collector = on.start_collector()
    time.sleep(2.0)  # it has started and subscribed
    publisher = on.start_publisher(load)
    began = time.monotonic()
    goals = [load.readings * (number + 1) // (kills + 1) for number in range(kills)]
    try:
        while (stored := on.stored_quickly()) < load.readings:
            if time.monotonic() - began > PATIENCE_S:
                break
            if goals and stored >= goals[0]:
                goals.pop(0)
                collector.send_signal(signal.SIGKILL)
                collector.wait()
                collector = on.start_collector()
            time.sleep(0.02)
        if goals:
            raise SystemExit(f"{len(goals)} of {kills} kills came too late; give it more packs")
        return time.monotonic() - began
    finally:
        publisher.wait(60)
        collector.send_signal(signal.SIGTERM)
        collector.wait(10)


def main() -> None:
    """Measure, print a table, and as the last line the same figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    packs = asked.readings // stage.READINGS
    with stage.running(GATEWAYS) as on:
        load = stage.make_load(on, packs, on.data / "load")
        took = collect_through_kills(on, load, asked.kills)
        stored, different = on.stored()
        with single_connection(on.url()) as conn:
            again = on.packs(conn) - packs
    figures = {
        "readings": load.readings,
        "stored": stored,
        "missing": load.readings - different,
        "doubled": stored - different,
        "kills": asked.kills,
        "packs_stored_again": again,
        "seconds": round(took, 1),
    }
    table = Table(title="kill -9 in the middle of a run")
    table.add_column("what")
    table.add_column("count", justify="right")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(table)
    print(json.dumps(figures))
    if figures["missing"] or figures["doubled"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
