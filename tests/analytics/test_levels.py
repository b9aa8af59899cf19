"""I7: off, standby and work are told by levels that each asset's own readings show, or not at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import asset_use, kinds, levels
from analytics.detect import Examined, Sensor
from analytics.grid import Bools, Floats
from analytics.health import Health
from analytics.hygiene import Cleaned, clean
from analytics.kind import Seen, Signal
from analytics.kinds.power import SCALE
from tests.fixtures.examples import examples

DAY = 1440
DAYS = 14
MINUTES = DAYS * DAY
HOURS = ((9, 11), (14, 17))


def used(days: range = range(DAYS)) -> Bools:
    """Two uses a day."""
    use = np.zeros((DAYS, DAY), dtype=bool)
    for start, end in HOURS:
        use[days.start : days.stop, start * 60 : end * 60] = True
    return use.ravel()


def by_day() -> Bools:
    """What is switched on in the morning and off in the evening."""
    on = np.zeros((DAYS, DAY), dtype=bool)
    on[:, 8 * 60 : 19 * 60] = True
    return on.ravel()


def metered(watts: Floats, seed: int = 1, scatter: float = 0.01, step: float = 0.1) -> Floats:
    """What a meter says of that."""
    rng = np.random.default_rng(seed)
    said = watts * rng.normal(1.0, scatter, watts.size) + np.abs(rng.normal(0, 0.05, watts.size))
    rounded: Floats = np.round(said / step) * step
    return rounded


def seen(values: Floats, *, proven: bool = False, on: float | None = None) -> Seen:
    signal = Signal(values, np.zeros(values.size, dtype=bool), proven=proven, on=on)
    return levels.see(signal, SCALE)


def every(values: Floats, minutes: int) -> Floats:
    """The same, a reading each so many minutes."""
    sparse = np.full(values.size, np.nan)
    sparse[::minutes] = values[::minutes]
    return sparse


@settings(max_examples=examples(40))
@given(
    standby=st.floats(0.0, 60.0),
    times=st.floats(6.0, 60.0),
    scatter=st.floats(0.001, 0.04),
    step=st.sampled_from([0.01, 0.1, 1.0]),
    seed=st.integers(0, 2**16),
    rhythm=st.sampled_from([1, 5, 10]),
)
def test_work_is_told_from_a_standby_of_any_height(
    standby: float, times: float, scatter: float, step: float, seed: int, rhythm: int
) -> None:
    work = max(standby, 2.0) * times
    use = used()
    said = every(metered(np.where(use, work, standby), seed, scatter, step), rhythm)
    found = seen(said)
    assert found.able
    assert found.heard[:-rhythm].all()
    assert (found.use != use).sum() <= 2 * len(HOURS) * DAYS * rhythm


@settings(max_examples=examples(40))
@given(
    standby=st.floats(0.0, 60.0),
    work=st.floats(5.0, 3000.0),
    taken=st.lists(st.tuples(st.integers(0, MINUTES), st.integers(1, 4 * DAY)), max_size=6),
    seed=st.integers(0, 2**16),
)
def test_what_was_taken_away_is_not_heard_and_never_unused(
    standby: float, work: float, taken: list[tuple[int, int]], seed: int
) -> None:
    said = metered(np.where(used(), standby + work, standby), seed)
    for start, length in taken:
        said[start : start + length] = np.nan
    found = seen(said, proven=True)
    gone = np.isnan(said)
    inner = gone & np.roll(gone, 3) & np.roll(gone, -3)
    lost = np.zeros(MINUTES, dtype=bool)  # within a gap that no rhythm explains
    for start, length in taken:
        if length > 12:
            lost[start + 3 : min(start + length, MINUTES) - 3] = True
    assert not found.heard[inner & lost].any()
    assert not (found.use & ~found.heard).any()


@settings(max_examples=examples(30))
@given(
    levels_of=st.lists(st.floats(80.0, 3000.0), min_size=1, max_size=6),
    rest=st.floats(0.0, 10.0),
    seed=st.integers(0, 2**16),
)
def test_a_busy_load_of_any_shape_is_never_called_rest(
    levels_of: list[float], rest: float, seed: int
) -> None:
    """Dimmed, stepped, wandering: whatever it draws while it works, it works."""
    use = used()
    drawn = np.random.default_rng(seed).choice(levels_of, MINUTES // 30).repeat(30)
    found = seen(metered(np.where(use, drawn, rest), seed))
    assert found.able
    assert (found.use & use).sum() >= 0.97 * use.sum()


def test_dimmed_lamp_works_at_every_brightness() -> None:
    use = used()
    dimmed = np.random.default_rng(3).uniform(5.0, 60.0, MINUTES // 60).repeat(60)
    found = seen(metered(np.where(use, dimmed, 0.0)))
    assert (found.use & use).sum() >= 0.97 * use.sum()


def test_three_levels_are_off_standby_and_work() -> None:
    """The standby stands by day only, behind a strip that is switched off at night."""
    watts = np.where(used(), 300.0, np.where(by_day(), 12.0, 0.0))
    found = seen(metered(watts))
    assert (found.use != used()).sum() <= 2 * len(HOURS) * DAYS
    assert found.detected
    assert found.on == pytest.approx(300.0, rel=0.05)


def test_standby_that_work_is_not_far_above_is_unclear_by_day_and_not_heard() -> None:
    watts = np.where(used(), 180.0, np.where(by_day(), 50.0, 0.0))
    found = seen(metered(watts))
    standing = by_day() & ~used()
    assert found.heard[standing].mean() < 0.05
    assert found.heard[~standing].mean() > 0.95


def test_asset_that_never_worked_is_unused_only_where_it_is_proven() -> None:
    said = metered(np.full(MINUTES, 8.0))
    assert not seen(said).able
    proven = seen(said, proven=True)
    assert (proven.able, proven.detected) == (True, False)
    assert proven.heard.all()
    assert not proven.use.any()
    tested = seen(said, proven=True, on=230.0)
    assert tested.able
    assert not tested.use.any()


def test_what_draws_nothing_is_unused_and_that_proves_nothing() -> None:
    found = seen(metered(np.zeros(MINUTES)))
    assert (found.able, found.detected) == (True, False)
    assert not found.use.any()


def test_constant_power_tells_nothing_but_where_its_work_is_known() -> None:
    for watts in (25.0, 400.0):
        said = metered(np.full(MINUTES, watts))
        assert not seen(said).able
        known = seen(said, proven=True, on=watts)
        assert known.able
        assert known.use.all()
    assert not seen(metered(np.full(MINUTES, 400.0)), proven=True).able


def test_small_load_that_may_be_a_standby_is_use_and_proves_nothing() -> None:
    """A monitor, a lamp: {nothing, 20 W} is work, but one can't know."""
    said = metered(np.where(used(), 20.0, 0.0))
    found = seen(said)
    assert (found.use != used()).sum() <= 2 * len(HOURS) * DAYS
    assert not found.detected
    assert seen(said, proven=True, on=21.0).detected


def test_plugged_in_every_morning_and_never_at_work_is_not_called_unused() -> None:
    said = metered(np.where(by_day(), 9.0, 0.0))
    found = seen(said, proven=True)
    assert not found.heard[by_day()].any()
    tested = seen(said, proven=True, on=150.0)
    assert tested.heard.all()
    assert not tested.use.any()


def test_long_uses_of_a_small_load_on_some_days_are_work() -> None:
    """What is there from morning to evening is a standby only where it is so on most days."""
    watts = np.zeros((DAYS, DAY))
    watts[::4, 9 * 60 : 17 * 60] = 20.0
    found = seen(metered(watts.ravel()), proven=True)
    assert found.heard.all()
    assert (found.use != (watts.ravel() > 0)).sum() <= 4 * DAYS


def test_overshoot_of_switching_on_is_no_work_that_proves() -> None:
    watts = np.where(by_day(), 9.0, 0.0)
    watts[8 * 60 :: DAY] = 400.0
    assert not seen(metered(watts)).detected


def test_overshoot_above_work_does_not_make_a_standby_of_it() -> None:
    watts = np.where(used(), 40.0, 0.0)
    for hour, _end in HOURS:
        watts[hour * 60 :: DAY] = 400.0
        watts[hour * 60 + 1 :: DAY] = 380.0
    found = seen(metered(watts), proven=True)
    assert (found.use & used()).sum() >= 0.97 * used().sum()


def test_jobs_of_one_minute_are_seen() -> None:
    watts = np.full(MINUTES, 6.0)
    watts[9 * 60 : MINUTES : 97] = 500.0
    found = seen(metered(watts))
    assert found.detected
    assert found.use.sum() == (watts > 100).sum()


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_hours_are_right_on_average_at_any_rhythm(minutes: int) -> None:
    use = used()
    found = seen(every(metered(np.where(use, 500.0, 10.0)), minutes))
    assert found.heard[:-minutes].all()
    assert found.use.sum() == pytest.approx(use.sum(), rel=0.05)


@pytest.mark.parametrize("kind", ["power", "current", "contact"])
@pytest.mark.parametrize(("meter", "agree"), [(1.0, True), (0.0, False)])
def test_meter_that_sees_nothing_of_a_busy_lamp_leaves_the_asset_not_determinable(
    kind: str, meter: float, agree: bool
) -> None:
    """A second sensor never turns busy into idle: one of the two watches another asset."""
    use, heard = used(), np.ones(MINUTES, dtype=bool)
    said = {
        "photoelectric": Seen(use, heard, able=True, detected=True),
        kind: Seen(use & (meter > 0), heard, able=True, detected=meter > 0),
    }
    examined = [
        Examined(
            Sensor(n, 1, name, use.astype(np.float64), proven=True),
            Cleaned(use.astype(np.float64), Health.OK, 1.0, 0),
            seen_of,
        )
        for n, (name, seen_of) in enumerate(said.items())
    ]
    assert asset_use.combine(examined, MINUTES).agree is agree


def health(values: Floats) -> Health:
    return clean("power", values, DAY, MINUTES).health


def test_power_that_stands_to_the_last_digit_at_work_is_stuck_and_zero_is_not() -> None:
    assert health(np.zeros(MINUTES)) is Health.OK
    working = metered(np.where(used(), 300.0, 0.0))
    assert health(working) is Health.OK
    working[-8 * 60 :] = 301.7
    assert health(working) is Health.STUCK


@pytest.mark.parametrize(("step", "sticks"), [(0.01, True), (1.0, False)])
def test_zero_that_always_flickered_and_stops_is_stuck(step: float, sticks: bool) -> None:
    """Of a meter whose steps hide the flicker nobody can tell."""
    said = metered(np.where(used(), 300.0, 0.0), step=step)
    said[-2 * DAY :] = 0.0
    assert health(said) is (Health.STUCK if sticks else Health.OK)


def test_standby_that_a_coarse_meter_says_alike_all_night_is_not_stuck() -> None:
    assert health(metered(np.where(used(), 300.0, 12.0), step=1.0)) is Health.OK


def contact(values: Floats, *, proven: bool = False) -> Seen:
    signal = Signal(values, np.zeros(values.size, dtype=bool), proven=proven)
    (found,) = kinds.find("contact").see([signal])
    return found


def test_contact_is_in_use_while_it_is_closed_and_unknown_where_it_is_silent() -> None:
    said = used().astype(np.float64)
    said[3 * DAY : 4 * DAY] = np.nan
    found = contact(said)
    assert found.detected
    assert not found.heard[3 * DAY + 5 : 4 * DAY - 5].any()
    assert (found.use[found.heard] == used()[found.heard]).all()


def test_contact_that_is_always_closed_tells_nothing_until_it_is_proven() -> None:
    closed = np.ones(MINUTES)
    assert not contact(closed).able
    assert contact(closed, proven=True).use.all()
    unused = contact(np.zeros(MINUTES))
    assert (unused.able, unused.detected) == (True, False)
    assert clean("contact", np.zeros(MINUTES), DAY, MINUTES).health is Health.OK


def test_contact_that_chatters_proves_nothing() -> None:
    said = np.zeros(MINUTES)
    said[[100, 5000]] = 1.0
    assert not contact(said).detected
