"""Analytics' speed: from arrays to facts, against hmmlearn and pandas, and against binary COPY.

python -m bench.analytics [--assets 1000] [--days 30] [--stored 1000] [--rounds 3] [--peers]; the
last line is JSON. Times are medians of rounds in which all take turns, after one that counts
nothing and compiles; those without the database are CPU seconds, of one core.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from analytics.grid import Floats
from analytics.kinds import light as light_kind
from analytics.lamp_heights import own_lamp
from analytics.light_minutes import marks
from analytics.light_steps import NEAR, Place, Room
from analytics.recurrences import lamp_path
from bench import analytics_store, analytics_world
from bench.analytics_world import DAYS, Office

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements-bench.lock"
PEERS: Final = ROOT / "var" / "bench-peers"
ONE_CORE: Final = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
USUAL_LX: Final = 150.0  # of a lamp where none is seen
ASSETS: Final = 1_000

Found = dict[str, float | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table and one JSON object."""
    parser = argparse.ArgumentParser(prog="bench.analytics", description=__doc__)
    parser.add_argument("--assets", type=int, default=ASSETS, help="judged from arrays")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument(
        "--stored", type=int, default=ASSETS, help="judged from a database; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peers", action="store_true", help=f"install {LOCK.name} first, into var/"
    )
    asked = parser.parse_args(arguments)
    if asked.peers:
        install_peers()
    office = analytics_world.office(asked.assets, asked.days)
    found = from_arrays(office, asked.rounds) | against_peers(office, asked.rounds)
    if asked.stored:
        smaller = (
            office
            if asked.stored == asked.assets
            else analytics_world.office(asked.stored, asked.days)
        )
        found |= from_database(smaller, asked.rounds)
    _table(office, asked.stored, found)
    print(
        json.dumps({"assets": office.assets, "stored": asked.stored, "days": asked.days, **found})
    )
    return 0


def cpu_seconds(act: Callable[[], object]) -> float:
    """CPU seconds that it takes."""
    began = time.process_time()
    act()
    return time.process_time() - began


def from_arrays(office: Office, rounds: int) -> Found:
    """From time stamps and values to facts, in CPU seconds for 1,000 assets and 30 days."""

    def judge() -> None:
        for desks in office.gateways:
            analytics_world.facts(desks, office)

    analytics_world.facts(office.gateways[0], office)
    took = statistics.median(cpu_seconds(judge) for _ in range(rounds))
    return {
        "seconds_1000x30": round(took * ASSETS / office.assets * DAYS / office.window.days, 2),
        "readings_a_second": round(office.readings / took),
    }


def install_peers() -> None:
    """The locked peers, in an environment of their own."""
    venv.create(PEERS, with_pip=True, clear=True)
    pip = [str(PEERS / "bin/python"), "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--require-hashes", "-r", str(LOCK)], check=True)


def against_peers(office: Office, rounds: int) -> Found:
    """The peers' time for one gateway, over ours for the same."""
    missing: Found = {"vs_hmmlearn": None, "vs_hmmlearn_whole": None, "vs_pandas": None}
    if not (PEERS / "bin/python").exists():
        print("hmmlearn and pandas are not installed: --peers installs them", file=sys.stderr)
        return missing
    light, desks = analytics_world.light(office), office.gateways[0]
    lamps, places = _lamps(light), [Place(n) for n in range(light.shape[0])]

    def ours() -> dict[str, float]:
        return {
            "lamp": cpu_seconds(lambda: [lamp_path(*one) for one in lamps]),
            "light": cpu_seconds(lambda: light_kind.see(light, places)),
            "facts": cpu_seconds(lambda: analytics_world.facts(desks, office)),
        }

    with tempfile.TemporaryDirectory() as folder:
        path = _handed_over(office, light, Path(folder))
        ours()
        each = [ours() | _peers(path) for _ in range(rounds)]
    took = {name: statistics.median(one[name] for one in each) for name in each[0]}
    return {
        "vs_hmmlearn": round(took["decode"] / took["lamp"], 1),
        "vs_hmmlearn_whole": round((took["fit"] + took["decode"]) / took["light"], 1),
        "vs_pandas": round(took["pandas"] / took["facts"], 1),
        **{f"ms_a_sensor_{name}": round(1e3 * took[name] / len(lamps), 2) for name in took},
    }


def _lamps(light: Floats) -> list[tuple[Floats, Floats, float, float]]:
    """What `lamp_path` is asked for each sensor of the room."""
    room, found = Room(light, [Place(n) for n in range(light.shape[0])]), []
    for sensor, row in enumerate(light):
        steps = room.steps(sensor)
        lamp = own_lamp(steps, None)
        marked = marks(steps.at, np.where(steps.own > 0, steps.own, -1.0), NEAR, row.size)
        noise = max(1.0, 2.0 * float(room.noise[sensor]))
        found.append((row, marked, lamp.height if lamp else USUAL_LX, noise))
    return found


def _handed_over(office: Office, light: Floats, folder: Path) -> Path:
    heard, path = office.gateways[0].heard, folder / "room.npz"
    columns: dict[str, Any] = {f"at_{n}": one.at for n, one in enumerate(heard)}
    columns |= {f"values_{n}": one.values[:, 0] for n, one in enumerate(heard)}
    lamp = np.array([one.kind == "photoelectric" for one in heard])
    np.savez(path, light=light, lamp=lamp, **columns)
    return path


def _peers(room: Path) -> dict[str, float]:
    command = [str(PEERS / "bin/python"), str(ROOT / "bench/analytics_peers.py"), str(room)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_CORE}, check=True, capture_output=True, text=True
    )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def from_database(office: Office, rounds: int) -> Found:
    """Runs over the database, against COPY; and after one new pack a gateway, against whole ones."""
    whole, copied, after_a_pack = [], [], []
    now = office.now
    with analytics_store.stored(office) as on:
        on.run_seconds(now, everything=True)
        on.copy_seconds()
        for _ in range(rounds):
            now += timedelta(minutes=5)
            on.say_more(now)
            after_a_pack.append(on.run_seconds(now, everything=False))
            whole.append(on.run_seconds(now, everything=True))
            copied.append(on.copy_seconds())
    took = statistics.median(whole)
    return {
        "vs_copy_out": round(statistics.median(copied) / took, 3),
        "incremental_share": round(statistics.median(after_a_pack) / took, 3),
        "run_seconds": round(took, 2),
        "copy_out_seconds": round(statistics.median(copied), 2),
        "run_readings_a_second": round(on.readings / took),
    }


MEANS: Final = {
    "seconds_1000x30": "CPU s from arrays to facts, 1,000 assets x 30 days x 2 channels (goal 5)",
    "readings_a_second": "the same, readings a CPU second",
    "vs_hmmlearn": "times as long as our lamp's course: hmmlearn's decoding of two states",
    "vs_hmmlearn_whole": "times as long as our whole reading of light: its fit and decoding",
    "vs_pandas": "times as long as our arrays to facts: the usual steps in pandas",
    "vs_copy_out": "of the rate of a binary COPY out: from the database to facts (goal 0.5)",
    "incremental_share": "of a whole run's time: a scheduled one after a new pack a gateway",
}


def _table(office: Office, stored: int, found: Found) -> None:
    sizes = (
        f"{office.assets} assets from arrays, {stored} from a database, {office.window.days} days"
    )
    table = Table(title=sizes, title_justify="left")
    for name in ("figure", "", "what it says"):
        table.add_column(name, justify="left" if name else "right")
    for name, value in found.items():
        table.add_row(name, "-" if value is None else f"{value:,g}", MEANS.get(name, ""))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
