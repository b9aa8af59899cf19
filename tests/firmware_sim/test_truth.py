"""The truth says what was really used, and calls idle what was used under a tenth of its norm."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import cli
from firmware_sim.archetypes import HABITS
from firmware_sim.estate import parse
from firmware_sim.truth import truth
from firmware_sim.words import Archetype
from tests.firmware_sim.estates import DAY, UNTIL, estate, text
from tests.fixtures.examples import examples

MONTH = 28 * DAY


def test_unused_asset_is_idle_and_has_no_sessions() -> None:
    for archetype in Archetype:
        one = estate((archetype, "0.0", "none", "temperature"))
        (asset,) = truth(one, 7, UNTIL - MONTH, UNTIL)["assets"].values()
        assert (asset["idle"], asset["sessions"], asset["hours_used"]) == (True, [], 0.0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("archetype", list(Archetype))
def test_fully_used_asset_is_not_idle(archetype: Archetype, seed: int) -> None:
    one = estate((archetype, "1.0", "none", "temperature"))
    (asset,) = truth(one, seed, UNTIL - MONTH, UNTIL)["assets"].values()
    assert not asset["idle"]
    assert asset["utilisation"] > 0.2


def test_utilisation_is_hours_over_rated_hours_of_the_working_days() -> None:
    one = estate(("desk", "0.3", "none", "temperature"))
    content = truth(one, 7, UNTIL - MONTH, UNTIL)
    (asset,) = content["assets"].values()
    hours = sum(end - start for start, end in asset["sessions"]) / 3_600
    assert asset["hours_used"] == pytest.approx(hours, abs=1e-3)
    assert asset["working_days"] == content["window"]["working_days"]
    rated = HABITS[Archetype.DESK].rated_h * asset["working_days"]
    assert asset["utilisation"] == pytest.approx(hours / rated, abs=1e-4)


def test_four_weeks_have_twenty_working_days() -> None:
    one = estate(("desk", "0.0", "none", "temperature"))
    days = truth(one, 7, UNTIL - MONTH, UNTIL)["window"]["working_days"]
    assert days == pytest.approx(20.0, abs=0.01)


def test_window_without_working_time_calls_nothing_idle() -> None:
    one = estate(("desk", "0.0", "none", "temperature"))
    night = UNTIL // DAY * DAY - 8 * 3_600  # local midnight
    (asset,) = truth(one, 7, night, night + 3_600)["assets"].values()
    assert (asset["utilisation"], asset["idle"]) == (None, False)


def test_truth_names_the_dead() -> None:
    one = estate(("desk", "0.0", "dead", "temperature"), ("desk", "0.0", "stuck", "temperature"))
    assets = truth(one, 7, UNTIL - MONTH, UNTIL)["assets"]
    assert [asset["dead"] for asset in assets.values()] == [True, False]
    assert assets["gw-0001/0"]["sensors"] == ["gw-0001:s0-0"]


@settings(max_examples=examples(40))
@given(
    use=st.sampled_from([0.0, 0.03, 0.1, 0.5, 1.0, 2.0]),
    archetype=st.sampled_from(list(Archetype)),
    seed=st.integers(0, 1_000),
    minutes=st.integers(1, 4 * 1_440),
)
def test_sessions_are_in_order_apart_and_inside_the_window(
    use: float, archetype: Archetype, seed: int, minutes: int
) -> None:
    one = estate((archetype, str(use), "none", "temperature"))
    start = UNTIL - minutes * 60
    (asset,) = truth(one, seed, start, UNTIL)["assets"].values()
    edges = [edge for session in asset["sessions"] for edge in session]
    assert edges == sorted(set(edges))
    assert all(start <= edge <= UNTIL for edge in edges)


def test_command_writes_the_same_truth_again(tmp_path: Path) -> None:
    file = tmp_path / "estate.toml"
    file.write_text(text(("desk", "1.0", "none", "temperature")), encoding="utf-8")
    arguments = ["truth", "--estate", str(file), "--until", "2026-11-20T10:00:31+08:00"]
    printed = CliRunner().invoke(cli.main, arguments)
    written = CliRunner().invoke(cli.main, [*arguments, "--truth", str(tmp_path / "truth.json")])
    assert (printed.exit_code, written.exit_code) == (0, 0)
    content = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert json.loads(printed.output) == content
    assert content["window"]["until"] == "2026-11-20T02:00:00+00:00"
    one = parse(file.read_text(encoding="utf-8"))
    window = content["window"]
    assert json.loads(json.dumps(truth(one, 7, window["start"], window["end"]))) == content
