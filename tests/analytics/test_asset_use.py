"""I3: what an asset's sensors saw, weighed by each other."""

import numpy as np
import pytest

from analytics import asset_use
from analytics.asset_use import Use
from analytics.detect import Examined, Sensor
from analytics.grid import Bools
from analytics.health import Health
from analytics.hygiene import Cleaned
from analytics.kind import Seen

MINUTES = 7 * 1440
NOTHING = np.zeros(MINUTES, dtype=bool)
ALL = np.ones(MINUTES, dtype=bool)


def lit() -> Bools:
    """From nine to eleven each day."""
    of_day = np.arange(MINUTES) % 1440
    return np.asarray((of_day >= 540) & (of_day < 660))


def joined(light: Seen, warmth: Seen) -> Use:
    """One asset's use by a lamp and by warmth, both proven."""
    values = np.zeros(MINUTES)
    examined = [
        Examined(Sensor(n, 1, kind, values, proven=True), Cleaned(values, Health.OK, 1.0, 0), seen)
        for n, (kind, seen) in enumerate((("photoelectric", light), ("temperature", warmth)))
    ]
    return asset_use.combine(examined, MINUTES)


def test_light_that_is_likelier_anothers_is_so_beside_warmth_that_felt_nothing() -> None:
    light = Seen(lit(), ALL, able=True, detected=True, perhaps=NOTHING, weak=lit())
    found = joined(light, Seen(NOTHING, ALL, able=True, detected=False))
    assert not (found.use | found.perhaps).any()
    assert found.agree


@pytest.mark.parametrize("reacts", [True, False])
def test_the_assets_own_lamp_beside_warmth_that_felt_nothing_is_only_perhaps_a_use(
    reacts: bool,
) -> None:
    """The warmth sensor may have fallen off, or hang at another asset."""
    once = (np.arange(MINUTES) >= 900) & (np.arange(MINUTES) < 960) & reacts
    light = Seen(lit(), ALL, able=True, detected=True, perhaps=NOTHING, weak=NOTHING)
    found = joined(light, Seen(once, ALL, able=True, detected=reacts))
    assert np.array_equal(found.use, once)
    assert np.array_equal(found.perhaps, lit())
    assert not found.agree


def test_the_assets_own_lamp_that_warmth_felt_is_use() -> None:
    light = Seen(lit(), ALL, able=True, detected=True, perhaps=NOTHING, weak=NOTHING)
    found = joined(light, Seen(np.roll(lit(), 15), ALL, able=True, detected=True))
    assert found.use[lit()].all()
    assert not found.perhaps.any()


def test_a_short_rise_of_warmth_is_no_silence() -> None:
    light = Seen(lit(), ALL, able=True, detected=True, perhaps=NOTHING, weak=lit())
    found = joined(light, Seen(NOTHING, ALL, able=True, detected=False, perhaps=lit()))
    assert found.use[lit()].all()
