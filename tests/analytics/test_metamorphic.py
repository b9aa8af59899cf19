"""I3, I4: what must not change a judgement, whatever the readings are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.score import adapter, worlds
from bench.score.adapter import Heard, Room, Verdict
from firmware_sim import truth
from firmware_sim.clock import day_of, day_start
from firmware_sim.estate import build
from firmware_sim.hard_mix import NORMAL, STRESS, estate

SEED = 41  # one that thresholds may be chosen on
LAST = date(2026, 4, 1)
ASSETS = 16  # of each mix
Change = Callable[[Heard, np.random.Generator], Heard]


@cache
def rooms() -> tuple[Room, ...]:
    """The gateways of a small estate of each mix."""
    until = int(datetime(2026, 4, 1, 2, tzinfo=UTC).timestamp())
    start = day_start(day_of(until) - adapter.WINDOW_DAYS + 1)
    found = []
    for mix in (NORMAL, STRESS):
        made = build(estate(ASSETS, SEED, mix, LAST))
        known = truth.truth(made, SEED, start, until)["assets"]
        for plan in made.gateways:
            passing = {(a.code, s) for a in plan.assets for s in known[a.code]["telling"]}
            found.append(worlds.room(SEED, plan, start, until, passing))
    return tuple(found)


@cache
def before() -> tuple[list[Verdict], ...]:
    return tuple(adapter.judge(room) for room in rooms())


def changed(room: Room, change: Change, seed: int) -> Room:
    rng = np.random.default_rng(seed)
    return replace(room, heard=[change(one, rng) for one in room.heard])


def only(one: Heard, kept: NDArray[Any]) -> Heard:
    return replace(one, at=one.at[kept], values=one.values[kept])


def thinned(one: Heard, rng: np.random.Generator) -> Heard:
    """Without some of its readings, up to 60 %."""
    return only(one, rng.random(one.at.size) > rng.uniform(0.02, 0.6))


def cut(one: Heard, rng: np.random.Generator) -> Heard:
    """Without some stretches of minutes to a day."""
    kept = np.ones(one.at.size, dtype=bool)
    for _ in range(int(rng.integers(1, 40)) if one.at.size else 0):
        begins = rng.uniform(one.at.min(), one.at.max())
        lasts = np.exp(rng.uniform(np.log(600.0), np.log(86_400.0)))
        kept &= (one.at < begins) | (one.at > begins + lasts)
    return only(one, kept)


def twice(one: Heard, _rng: np.random.Generator) -> Heard:
    return only(one, np.repeat(np.arange(one.at.size), 2))


def shuffled(one: Heard, rng: np.random.Generator) -> Heard:
    return only(one, rng.permutation(one.at.size))


def assert_nothing_became_idle(after: list[list[Verdict]]) -> None:
    for room, found in zip(before(), after, strict=True):
        for was, now in zip(room, found, strict=True):
            assert not (was.verdict == "in_use" and now.verdict == "idle"), (was, now)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("change", [thinned, cut])
def test_taking_readings_away_makes_nothing_idle_that_is_used(change: Change, seed: int) -> None:
    assert_nothing_became_idle([adapter.judge(changed(room, change, seed)) for room in rooms()])


@pytest.mark.parametrize("change", [twice, shuffled])
def test_what_comes_twice_or_in_any_order_changes_nothing(change: Change) -> None:
    assert tuple(adapter.judge(changed(room, change, 7)) for room in rooms()) == before()


@pytest.mark.parametrize("kind", ["photoelectric", "temperature"])
def test_a_second_sensor_at_each_asset_makes_nothing_idle_that_is_used(kind: str) -> None:
    """Of the same kind, and it measures a little differently."""

    def with_another(room: Room) -> Room:
        rng = np.random.default_rng(3)
        more = [
            replace(one, values=one.values * rng.normal(1.0, 0.004, one.values.shape))
            for one in room.heard
            if one.kind == kind and one.card is not None
        ]
        return replace(room, heard=[*room.heard, *more])

    assert_nothing_became_idle([adapter.judge(with_another(room)) for room in rooms()])
