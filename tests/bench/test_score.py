"""What `make score` counts, on verdicts made up; and that it never scores what was tuned on."""

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from bench.score import __main__ as command
from bench.score import adapter, figures, worlds
from bench.score.adapter import Heard, Room, Verdict
from bench.score.cases import SEEDS, Tried, tried
from bench.score.named import CASES
from bench.score.worlds import Scored

KEYS = [
    *("precision_normal", "precision_stress", "recall_unused", "recall_lt2", "recall_2to10"),
    *("flags_on_faulty", "busy_called_idle", "hours_error_normal", "hours_error_stress"),
    *("false_hours_unused", "abstained_healthy", "uci_accuracy", "uci_hours_error"),
    "uci_room_accuracy",
]


def scored(verdict: str, used: float | None, *, hours: float = 0.0, **truth: Any) -> Scored:
    """An asset's verdict beside a truth: healthy and determinable unless it says else."""
    whole = {
        "utilisation": used,
        "hours_used": (used or 0.0) * 80,
        "healthy": True,
        "determinable": True,
        "hours_follow": True,
        "never_idle": False,
    }
    return Scored("A", Verdict(verdict, (), hours, 600.0), whole | truth)


def counted(*normal: Scored, stress: tuple[Scored, ...] = ()) -> dict[str, Any]:
    return figures.of_mixes(normal, stress, ())


def test_flag_at_a_tenth_of_the_norm_is_wrong() -> None:
    found = counted(scored("idle", 0.099), scored("idle", 0.10), scored("in_use", 0.0))
    assert found["precision_normal"] == 0.5
    assert found["precision_stress"] is None


def test_recall_is_of_healthy_assets_by_how_much_they_are_used() -> None:
    found = counted(
        scored("idle", 0.0), scored("insufficient", 0.0), scored("idle", 0.01),
        scored("in_use", 0.05), scored("insufficient", 0.0, healthy=False),
        stress=(scored("idle", 0.05), scored("not_determinable", 0.05, determinable=False)),
    )  # fmt: skip
    assert (found["recall_unused"], found["recall_lt2"], found["recall_2to10"]) == (0.5, 1.0, 0.5)
    assert found["abstained_healthy"] == 0.2


def test_busy_asset_called_idle_is_counted_faulty_or_not() -> None:
    found = counted(scored("idle", 0.5), scored("idle", 0.9, never_idle=True), scored("idle", 0.4))
    assert (found["busy_called_idle"], found["flags_on_faulty"]) == (2, 1)


def test_named_cases_count_with_the_mixes() -> None:
    verdicts = [scored("idle", None), scored("in_use", 1.0)]
    found = figures.of_mixes((), (), [Tried("made up", ("in_use",), True, True, verdicts)])
    assert (found["busy_called_idle"], found["flags_on_faulty"]) == (1, 1)


def test_hours_are_a_days_and_of_those_that_follow_from_what_is_measured() -> None:
    found = counted(
        scored("in_use", 0.7, hours=28.0),  # of 56
        scored("in_use", 0.7, hours=0.0, hours_follow=False),
        scored("in_use", 0.0, hours=14.0),
    )
    assert found["hours_error_normal"] == 0.75
    assert found["false_hours_unused"] == 0.5


def test_names_of_the_figures_are_those_that_are_asked_for() -> None:
    assert [*counted(), *command.real_rooms()] == KEYS


def test_seeds_that_were_tuned_on_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TUNING", raising=False)
    assert command.main(["1001", "7"]) == 2
    assert "[7]" in capsys.readouterr().out
    assert not command.TUNING_SEEDS & {*SEEDS, *command.SEEDS}


def test_score_ends_with_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["1001", "--assets", "4", "--case", "lent_unused"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert [*found] == [*KEYS, "cases"]
    assert len(found["cases"]["lent_unused"]) == len(SEEDS)


def test_never_used_asset_is_not_flagged_untested() -> None:
    estate = worlds.mixed(2, "normal", 12)
    found = list(worlds.score(estate, 2, worlds.last_day(2), ()))
    assert len(found) == 12
    untested = {one.found.verdict for one in found if figures.unused(one)}
    assert "idle" not in untested  # nothing has proven them


def test_case_is_tried_on_each_seed() -> None:
    short = next(case for case in CASES if case.name == "lent_unused")
    assert len(tried(short).verdicts) == len(SEEDS)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("columns", "used"), [(2, True), (3, False)])
def test_how_far_a_fix_may_err_is_handed_on(columns: int, used: bool) -> None:
    now = datetime(2026, 4, 1, 10, tzinfo=worlds.ZONE).timestamp()
    at = np.linspace(now - 27 * 86_400 + 300, now, 27 * 288)  # every five minutes
    away = np.where(np.arange(at.size) % 288 < 48, 0.008, 0.0)  # 900 m, four hours a day
    noise = np.random.default_rng(1).normal(0.0, 3e-5, at.size)
    values = np.stack(
        (20.03 + away + noise, np.full(at.size, 110.33), np.full(at.size, 1_500.0)), axis=1
    )
    heard = Heard("position", 0, at, values[:, :columns], commissioned=True)
    (found,) = adapter.judge(Room([heard], ["portable"], now))
    assert (found.hours > 80) is used
