"""Real rooms: what the product finds beside what was recorded there. Labels are read to score."""

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from analytics.calendar import ZONE  # the data's local time is taken as ours: a day is a day
from analytics.grid import MINUTE_S, Floats
from bench.score import adapter
from bench.score.adapter import Heard

SETTING: Final = "PANHUO_TEST_OCCUPANCY"  # folder of both sets; else ../shared/data
BESIDE: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
DAY: Final = 1440
LIGHT: Final = ("S1_Light", "S2_Light", "S3_Light", "S4_Light")

Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows told rightly (0 to 1), and the mean of |hours found - true hours| over calendar days."""

    accuracy: float
    hours_error: float


def folder() -> Path:
    """Where the real data are looked for."""
    return Path(os.environ.get(SETTING, "") or BESIDE)


def office(*, rounded: bool) -> Figures | None:
    """UCI Occupancy; None where it isn't there. `rounded`: stamps to the whole minute."""
    calibration, test = (
        _find("uci-occupancy", name) for name in ("datatraining.txt", "datatest.txt")
    )
    if calibration is None or test is None:
        return None
    rows = _numbered(calibration) + _numbered(test)
    at = np.array([_moment(row["date"], rounded=rounded) for row in rows])
    heard = [
        _heard(kind, at, np.array([float(row[column]) for row in rows]))
        for kind, column in (("photoelectric", "Light"), ("temperature", "Temperature"))
    ]
    scored = slice(len(rows) - len(_numbered(test)), None)
    present = np.array([float(row["Occupancy"]) for row in rows])
    return _scored(heard, at[scored], present[scored])


def room() -> Figures | None:
    """UCI Room Occupancy: the four light sensors of one card; None where it isn't there."""
    path = _find("uci-room-occupancy", "december.csv")
    if path is None:
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    days = [f"{row['Date'].replace('/', '-')} {row['Time']:0>8}" for row in rows]
    at = np.array([_moment(text, rounded=False) for text in days])
    light = [np.array([float(row[column] or "nan") for row in rows]) for column in LIGHT]
    heard = [_heard("photoelectric", at, one) for one in light]
    people = np.array([float(row["Room_Occupancy_Count"]) > 0 for row in rows])
    return _scored(heard, at, people.astype(np.float64))


def _find(set_: str, name: str) -> Path | None:
    """The file, in a folder of its set or bare."""
    paths = (folder() / set_ / name, folder() / name)
    return next((path for path in paths if path.is_file()), None)


def _numbered(path: Path) -> Rows:
    """Rows of a file whose first column, the row's number, has no name."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return [dict(zip(names, row[1:], strict=True)) for row in rows]


def _moment(text: str, *, rounded: bool) -> float:
    at = datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()
    return (at + 30) // 60 * 60 if rounded else at


def _heard(kind: str, at: Floats, values: Floats) -> Heard:
    there = ~np.isnan(values)  # a cell may be empty
    return Heard(kind, 0, at[there], values[there, np.newaxis], commissioned=True)


def _scored(heard: list[Heard], at: Floats, present: Floats) -> Figures:
    """What is found from all that was heard, where `present` (n,) says who was there `at` (n,), rows
    at an even pace: by the row's own minute, for two rows may fall into one.
    """
    stamps = np.concatenate([at, *(one.at for one in heard)])
    first = datetime.fromtimestamp(float(stamps.min()), ZONE)
    start = first.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    minutes = int(-((start - stamps.max()) // (DAY * 60))) * DAY
    minute = np.floor((at - start) / MINUTE_S).astype(np.int64)
    found = adapter.use_by_minute(heard, start, minutes)[minute]
    true = present > 0
    days, day = np.unique(minute // DAY, return_inverse=True)
    step_h = float(np.median(np.diff(at))) / 3_600
    more = np.bincount(day, weights=found.astype(np.float64) - true, minlength=days.size) * step_h
    return Figures(accuracy=float((found == true).mean()), hours_error=float(np.abs(more).mean()))
