"""Readings a second from broker to table, as a ratio to binary COPY of the same rows."""

import argparse
import json
import os
import signal
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import stage
from bench.stage import Load, Stage
from db import single_connection
from db.roles import DatabaseRole
from ingest import columns
from ingest.columns import Columns
from ingest.store import COPY_READINGS

GATEWAYS = 1_000
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Round:
    """Readings a second of each way, in one round."""

    copied: float
    copied_sorted: float
    collected: float
    repeated: float


def copy_seconds(on: Stage, rows: Columns) -> float:
    """Seconds for one binary COPY and its commit, the bytes made beforehand."""
    sent = columns.binary(rows)
    on.empty()
    with single_connection(on.url(DatabaseRole.COLLECTOR)) as conn:
        began = time.perf_counter()
        with conn.cursor().copy(COPY_READINGS) as copy:
            for start in range(0, len(sent), 1_048_576):
                copy.write(sent[start : start + 1_048_576])
        conn.commit()
        return time.perf_counter() - began


def in_index_order(rows: Columns) -> Columns:
    """The same rows as the unique index has them."""
    order = np.lexsort((rows.times, rows.sensors))
    return Columns(rows.sensors[order], rows.times[order], rows.values[order])


def collect_seconds(on: Stage, load: Load, packs_before: int = 0) -> float:
    """Seconds from the first packet sent until the last pack is stored, by one collector."""
    collector = on.start_collector()
    try:
        time.sleep(2.0)  # it has started and subscribed
        publisher = on.start_publisher(load)
        assert publisher.stdout is not None
        began = float(publisher.stdout.readline())
        with single_connection(on.url(), autocommit=True) as conn:
            _wait(lambda: on.packs(conn) >= packs_before + load.packs)
        took = time.time() - began
        publisher.wait(30)
        return took
    finally:
        collector.send_signal(signal.SIGTERM)
        collector.wait(10)


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("the collector didn't finish; see its log")
        time.sleep(0.05)


def one_round(on: Stage, load: Load) -> Round:
    """Both ways, one after the other, so that a noisy machine is noisy for both."""
    copied = copy_seconds(on, load.rows)
    copied_sorted = copy_seconds(on, in_index_order(load.rows))
    on.empty()
    collected = collect_seconds(on, load)
    if on.stored() != (load.readings, load.readings):
        raise SystemExit(f"stored {on.stored()}, sent {load.readings}")
    repeated = collect_seconds(on, load, packs_before=load.packs)
    if on.stored() != (load.readings, load.readings):
        raise SystemExit(f"after a replay stored {on.stored()}, sent {load.readings}")
    return Round(*(load.readings / took for took in (copied, copied_sorted, collected, repeated)))


def main() -> None:
    """Measure, print a table, and as the last line the same figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    console = Console(stderr=True)
    rounds: list[Round] = []
    with stage.running(GATEWAYS) as on:
        load = stage.make_load(on, asked.packs, on.data / "load")
        for number in range(asked.rounds):
            console.print(f"round {number + 1} of {asked.rounds}")
            rounds.append(one_round(on, load))
    show(rounds, asked.packs)


def show(rounds: list[Round], packs: int) -> None:
    """The medians over the rounds; a ratio is taken within each round first."""

    def median(value: Callable[[Round], float]) -> float:
        return statistics.median(value(one) for one in rounds)

    rows = (
        ("binary COPY, rows as sent", "copied", median(lambda one: one.copied)),
        ("binary COPY, rows sorted", "copied_sorted", median(lambda one: one.copied_sorted)),
        ("broker to table, 1 collector", "collected", median(lambda one: one.collected)),
        ("the same packs once more", "repeated", median(lambda one: one.repeated)),
    )
    table = Table(title=f"{packs} packs of {stage.READINGS} readings, QoS 1, {len(rounds)} rounds")
    for heading in ("way", "readings/s", "ratio to COPY"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    ratios = {
        name: median(lambda one, name=name: getattr(one, name) / one.copied)  # type: ignore[misc]
        for _, name, _ in rows
    }
    for words, name, rate in rows:
        table.add_row(words, f"{rate:,.0f}", f"{ratios[name]:.2f}")
    Console().print(table)
    figures = {
        "ratio_1": round(ratios["collected"], 3),
        "ratio_1_sorted_copy": round(median(lambda one: one.collected / one.copied_sorted), 3),
        "ratio_repeated": round(ratios["repeated"], 3),
        "readings_per_s": round(rows[2][2]),
        "copy_rows_per_s": round(rows[0][2]),
        "rounds": len(rounds),
        "packs": packs,
        "cores": os.cpu_count(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
