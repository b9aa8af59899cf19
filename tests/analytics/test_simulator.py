"""On the simulator's estates: what is flagged is idle, and what is broken is never flagged."""

import pytest

from analytics.idle import Reason, Verdict
from firmware_sim.estate import parse
from firmware_sim.mix import random_estate
from tests.analytics.estates import Scored, scored
from tests.firmware_sim.estates import estate

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def assets() -> list[Scored]:
    """270 assets of three random estates."""
    found = []
    for seed in SEEDS:
        found += scored(parse(random_estate(90, 12, seed, "127.0.0.1", 1)), seed)
    return found


def flagged(assets: list[Scored]) -> list[Scored]:
    return [a for a in assets if a.assessed.judged.verdict is Verdict.IDLE]


def test_nearly_everything_flagged_is_truly_idle(assets: list[Scored]) -> None:
    found = flagged(assets)
    right = sum(a.truth["idle"] for a in found)
    assert right / len(found) >= 0.95, f"{right} of {len(found)}"


def test_most_of_what_is_truly_idle_and_healthy_is_flagged(assets: list[Scored]) -> None:
    idle = [a for a in assets if a.truth["idle"] and a.truth["fault"] in {"none", "gaps"}]
    found = sum(a.assessed.judged.verdict is Verdict.IDLE for a in idle)
    assert found / len(idle) >= 0.7, f"{found} of {len(idle)}"


@pytest.mark.parametrize("fault", ["dead", "stuck", "clock"])
def test_broken_sensor_makes_an_alarm_and_never_a_flag(assets: list[Scored], fault: str) -> None:
    broken = [a for a in assets if a.truth["fault"] == fault]
    assert broken
    verdicts = [a.assessed.judged.verdict for a in broken]
    assert Verdict.IDLE not in verdicts
    alarms = sum(verdict is Verdict.DEVICE_ALARM for verdict in verdicts)
    assert alarms >= 0.8 * len(broken)


def test_busy_and_healthy_assets_are_in_use_with_hours_near_the_truth(
    assets: list[Scored],
) -> None:
    busy = [a for a in assets if a.truth["fault"] == "none" and a.truth["utilisation"] >= 0.2]
    assert {a.assessed.judged.verdict for a in busy} <= {Verdict.IN_USE, Verdict.NOT_DETERMINABLE}
    errors = sorted(
        abs(a.assessed.in_use_s / 3600 - a.truth["hours_used"]) / a.truth["hours_used"]
        for a in busy
    )
    assert errors[len(errors) // 2] < 0.10
    assert errors[int(0.9 * len(errors))] < 0.25


def test_hours_never_exceed_what_was_heard(assets: list[Scored]) -> None:
    for asset in assets:
        judged = asset.assessed
        assert judged.in_use_s <= judged.covered_s <= judged.service_s
        whole = sum((s.ended_at - s.started_at).total_seconds() for s in asset.facts.sessions)
        assert whole == judged.in_use_s
        assert sum(asset.facts.hours.in_use) * 60 == judged.in_use_s
        assert sum(judged.days.in_use) * 60 == judged.in_use_s


def test_unused_asset_is_not_flagged_before_its_sensor_is_proven() -> None:
    unused = estate(
        ("desk", "0.0", "none", "photoelectric", "temperature"),
        ("desk", "1.0", "none", "photoelectric", "temperature"),
        ("room", "0.0", "none", "photoelectric", "pulses"),
    )
    before = scored(unused, 5, commissioned=False)
    assert [a.assessed.judged.verdict for a in before][::2] == [Verdict.INSUFFICIENT] * 2
    after = scored(unused, 5, commissioned=True)
    assert [a.assessed.judged.verdict for a in after] == [
        Verdict.IDLE,
        Verdict.IN_USE,
        Verdict.IDLE,
    ]


def test_drifting_sensor_makes_an_alarm_and_never_a_flag(assets: list[Scored]) -> None:
    """Also where somebody set it right in the middle of the window, and it drifts again."""
    drifting = [a for a in assets if a.truth["fault"] == "drift"]
    assert len(drifting) >= 5
    assert {a.assessed.judged.verdict for a in drifting} == {Verdict.DEVICE_ALARM}
    sound = [a for a in assets if a.truth["fault"] in {"none", "gaps", "outage"}]
    reasons = {reason for a in sound for reason in a.assessed.judged.reasons}
    assert Reason.SENSOR_DRIFTING not in reasons
