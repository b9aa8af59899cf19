"""`make score`: the table, and one JSON object."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from bench.score import figures, rooms, worlds
from bench.score.cases import Tried, tried
from bench.score.figures import Figure
from bench.score.named import CASES
from bench.score.worlds import Scored

# Anything that was looked at while a threshold was chosen. No figure that counts rests on these.
TUNING_SEEDS: Final = frozenset(range(1, 1_000))
SEEDS: Final = (1_001, 1_002)
MIXES: Final = ("normal", "stress")


def main(arguments: Sequence[str] | None = None) -> int:
    """Score and print; the exit code is 2 where nothing was scored."""
    asked = _arguments(arguments)
    seeds, tuning = asked.seeds or list(SEEDS), os.environ.get("TUNING") == "1"
    refused = sorted(TUNING_SEEDS & set(seeds))
    if refused and not tuning:
        print(f"seeds {refused} are for tuning; TUNING=1 scores them, and the score counts nothing")
        return 2
    began = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        tasks = [(seed, mix, asked.assets) for seed in seeds for mix in MIXES]
        scored = list(pool.map(_mixed, tasks))
        cases = list(pool.map(_tried, asked.case or [case.name for case in CASES]))
    by_mix = {
        mix: [
            one
            for task, found in zip(tasks, scored, strict=True)
            if task[1] == mix
            for one in found
        ]
        for mix in MIXES
    }
    found = figures.of_mixes(by_mix["normal"], by_mix["stress"], cases) | real_rooms()
    _table(by_mix, found)
    _cases(cases)
    print(f"{time.monotonic() - began:.0f} s")
    print(json.dumps({**found, "cases": {one.name: one.verdicts for one in cases}}))
    return 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.score", description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int)
    parser.add_argument("--assets", type=int, default=worlds.ASSETS, help="of each mix, a seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    names = [case.name for case in CASES]
    parser.add_argument("--case", action="append", choices=names, help="only these named cases")
    return parser.parse_args(given)


def _mixed(task: tuple[int, str, int]) -> list[Scored]:
    seed, mix, assets = task
    return list(worlds.score(worlds.mixed(seed, mix, assets), seed, worlds.last_day(seed)))


def _tried(name: str) -> Tried:
    return tried(next(case for case in CASES if case.name == name))


def real_rooms() -> dict[str, Figure]:
    """The figures of the real rooms; None where their data are not there."""
    office = [rooms.office(rounded=rounded) for rounded in (False, True)]
    known, room = [one for one in office if one is not None], rooms.room()
    return {
        "uci_accuracy": round(min(one.accuracy for one in known), 4) if known else None,
        "uci_hours_error": round(max(one.hours_error for one in known), 4) if known else None,
        "uci_room_accuracy": None if room is None else round(room.accuracy, 4),
    }


def _table(by_mix: dict[str, list[Scored]], found: dict[str, Figure]) -> None:
    for mix, scored in by_mix.items():
        verdicts = [one.found.verdict for one in scored]
        counted = ", ".join(f"{word} {verdicts.count(word)}" for word in sorted(set(verdicts)))
        sound = sum(map(figures.healthy, scored))
        print(f"{mix}: {len(scored)} assets, {sound} healthy and determinable; {counted}")
        _named(
            f"{mix}: wrong flags", [o for o in scored if figures.flagged(o) and figures.wrong(o)]
        )
        _named(f"{mix}: busy called idle", figures.busy_idle(scored))
        _named(f"{mix}: flags on faulty", figures.faulty_flags(scored))
    width = max(map(len, found))
    for name, value in found.items():
        print(f"  {name:<{width}}  {'-' if value is None else f'{value:g}'}")


def _cases(cases: Sequence[Tried]) -> None:
    """Each named case: whether it was right, and its six verdicts."""
    width = max(len(one.name) for one in cases)
    for one in cases:
        hours = [f"{s.found.hours:.0f}/{s.truth['hours_used']:.0f}" for s in one.scored]
        counted = ", ".join(f"{w} {one.verdicts.count(w)}" for w in sorted(set(one.verdicts)))
        bad = " BUSY CALLED IDLE" if one.busy and "idle" in one.verdicts else ""
        print(
            f"  {one.name:<{width}}  right {one.right} of {len(one.scored)}: {counted}{bad}; h {' '.join(hours)}"
        )


def _named(title: str, scored: Sequence[Scored]) -> None:
    """The assets of a list, so that one can look at them."""
    for one in scored[:20]:
        kinds = ",".join(fault["kind"] for fault in one.truth["faults"]) or "healthy"
        print(f"  {title}: {one.code} {one.truth['archetype']} {one.truth['utilisation']} {kinds}")


if __name__ == "__main__":
    sys.exit(main())
