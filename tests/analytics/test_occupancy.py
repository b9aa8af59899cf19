"""On real labelled data: light and temperature of an office against cameras' record of presence.

UCI Machine Learning Repository, Occupancy Detection (L. M. Candanedo, V. Feldheim, Energy and
Buildings 112 (2016) 28). Set PANHUO_TEST_OCCUPANCY to the folder of its files to run this.
"""

import csv
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from analytics.calendar import ZONE
from analytics.grid import Bools, Floats, bridge, mean_by_minute
from analytics.kinds import light


def read(path: Path) -> tuple[Floats, Bools, Bools]:
    """Light by the minute in lux, whether people were there, and which minutes are labelled."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    at = np.array([datetime.fromisoformat(r[1]).replace(tzinfo=ZONE).timestamp() for r in rows])
    start = at.min() // 60 * 60
    minutes = int((at.max() - start) // 60) + 1
    lux = mean_by_minute(at, np.array([float(r[4]) for r in rows]), start, minutes)
    present = mean_by_minute(at, np.array([float(r[7]) for r in rows]), start, minutes)
    return bridge(lux, 5), present > 0.5, ~np.isnan(present)


@pytest.mark.parametrize(("name", "least"), [("datatraining.txt", 0.95), ("datatest.txt", 0.95)])
def test_office_lamp_tells_presence(name: str, least: float) -> None:
    folder = os.environ.get("PANHUO_TEST_OCCUPANCY", "")
    path = Path(folder, name)
    if not folder or not path.is_file():
        pytest.skip(f"PANHUO_TEST_OCCUPANCY names no folder with {name}")
    lux, present, labelled = read(path)
    seen = light.see(lux[np.newaxis])[0]
    assert seen.detected
    assert float((seen.use == present)[labelled].mean()) > least
