"""I4: idle needs low use, low at its upper bound too, by sensors that are known to react."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import idle
from analytics.assess import ALARM
from analytics.idle import Norm, Observed, Reason, Verdict

DESK = Norm(
    rated_hours=4.0, threshold=0.10, upper_limit=0.20,
    minimum_days=10, minimum_coverage=0.75, class_hours=1.25,
)  # fmt: skip
UNUSED = Observed(
    hours=0.0, sessions=0, valid_days=20, coverage=0.97,
    proven=True, able=True, agree=True, alarms=(),
)  # fmt: skip

# χ²₀.₉ with 2, 4, 10, 20 and 40 degrees of freedom, from the printed tables (NIST/SEMATECH
# e-Handbook of Statistical Methods, 1.3.6.7.4).
QUANTILES = {0: 4.605, 1: 7.779, 4: 15.987, 9: 28.412, 19: 51.805}


@pytest.mark.parametrize("events", QUANTILES)
def test_poisson_bound_is_half_the_tables_chi_square(events: int) -> None:
    assert 2 * idle.poisson_upper(events, 0.9) == pytest.approx(QUANTILES[events], abs=5e-4)


def test_poisson_bound_of_very_many_sessions_does_not_overflow() -> None:
    assert 20_000 < idle.poisson_upper(20_000, 0.9) < 20_300


def test_unused_asset_with_a_proven_sensor_is_idle() -> None:
    judged = idle.judge(UNUSED, DESK)
    assert judged.verdict is Verdict.IDLE
    assert judged.reasons == (Reason.LOW_USE,)
    assert judged.utilisation == 0.0
    # χ²₀.₇(2)/(2·20) · 1.25/4; χ²(2) is −2·ln(1 − 0.7)
    assert judged.upper_bound == pytest.approx(2.40795 / 40 * 1.25 / 4, rel=1e-5)


@pytest.mark.parametrize(
    ("seen", "verdict", "reason"),
    [
        (replace(UNUSED, proven=False), Verdict.INSUFFICIENT, Reason.NOT_PROVEN),
        (replace(UNUSED, valid_days=9), Verdict.INSUFFICIENT, Reason.TOO_FEW_DAYS),
        (replace(UNUSED, valid_days=0), Verdict.INSUFFICIENT, Reason.TOO_FEW_DAYS),
        (replace(UNUSED, coverage=0.74), Verdict.INSUFFICIENT, Reason.TOO_LITTLE_HEARD),
        (replace(UNUSED, able=False), Verdict.NOT_DETERMINABLE, Reason.NO_SIGNAL_OF_USE),
        (replace(UNUSED, agree=False), Verdict.NOT_DETERMINABLE, Reason.SENSORS_DISAGREE),
        (replace(UNUSED, perhaps=16.0), Verdict.NOT_DETERMINABLE, Reason.PERHAPS_USED),
        (replace(UNUSED, unheard=16.0), Verdict.INSUFFICIENT, Reason.TOO_LITTLE_HEARD),
        (
            replace(UNUSED, hours=4.0, sessions=3, perhaps=6.0, unheard=6.0),
            Verdict.INSUFFICIENT,
            Reason.TOO_LITTLE_HEARD,
        ),
        (
            replace(UNUSED, hours=7.9, sessions=12, valid_days=20),
            Verdict.INSUFFICIENT,
            Reason.BOUND_TOO_HIGH,
        ),
        (replace(UNUSED, hours=8.0, sessions=6), Verdict.IN_USE, Reason.USED_ENOUGH),
    ],
)
def test_anything_short_of_proof_is_not_idle(
    seen: Observed, verdict: Verdict, reason: Reason
) -> None:
    norm = replace(DESK, class_hours=8.0) if reason is Reason.BOUND_TOO_HIGH else DESK
    judged = idle.judge(seen, norm)
    assert judged.verdict is verdict
    assert reason in judged.reasons


@pytest.mark.parametrize("alarm", sorted(ALARM.values()))
def test_any_sensor_alarm_is_a_device_alarm_and_never_idle(alarm: Reason) -> None:
    judged = idle.judge(replace(UNUSED, alarms=(alarm,)), DESK)
    assert judged.verdict is Verdict.DEVICE_ALARM
    assert judged.reasons == (alarm,)


@given(
    sessions=st.integers(0, 400), mean=st.floats(0.02, 8.0), days=st.integers(1, 250),
    rated=st.floats(0.1, 24.0), usual=st.floats(0.05, 8.0),
)  # fmt: skip
def test_more_sessions_never_lower_the_bound_at_the_same_mean_length(
    sessions: int, mean: float, days: int, rated: float, usual: float
) -> None:
    norm = replace(DESK, rated_hours=rated, class_hours=usual)
    fewer = idle.upper_bound(sessions * mean, sessions, days, norm)
    more = idle.upper_bound((sessions + 1) * mean, sessions + 1, days, norm)
    assert fewer is not None
    assert more is not None
    length = (sessions * mean + 3 * usual) / (sessions + 3)
    next_length = ((sessions + 1) * mean + 3 * usual) / (sessions + 4)
    if next_length >= length:
        assert more > fewer


@given(sessions=st.integers(0, 300), mean=st.floats(0.02, 8.0), days=st.integers(1, 250))
def test_bound_is_above_use_where_sessions_have_their_usual_length(
    sessions: int, mean: float, days: int
) -> None:
    norm = replace(DESK, class_hours=mean)
    share = idle.utilisation(sessions * mean, days, norm)
    bound = idle.upper_bound(sessions * mean, sessions, days, norm)
    assert share is not None
    assert bound is not None
    assert bound > share


@given(
    hours=st.floats(0, 300), sessions=st.integers(0, 300), days=st.integers(0, 28),
    coverage=st.floats(0, 1), proven=st.booleans(), able=st.booleans(), agree=st.booleans(),
    alarms=st.sampled_from([(), (Reason.SENSOR_SILENT,)]),
)  # fmt: skip
def test_idle_only_with_every_condition_met(
    hours: float, sessions: int, days: int, coverage: float,
    proven: bool, able: bool, agree: bool, alarms: tuple[Reason, ...],
) -> None:  # fmt: skip
    seen = Observed(hours, sessions, days, coverage, proven, able, agree, alarms)
    judged = idle.judge(seen, DESK)
    assert judged.reasons
    if judged.verdict is Verdict.IDLE:
        assert proven
        assert able
        assert agree
        assert not alarms
        assert days >= 10
        assert coverage >= 0.75
        assert judged.utilisation is not None
        assert judged.utilisation < 0.10
        assert judged.upper_bound is not None
        assert judged.upper_bound < 0.20
