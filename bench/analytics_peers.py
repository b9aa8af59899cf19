"""The peers' side of `bench.analytics`, in an environment of their own: hmmlearn and pandas.

python bench/analytics_peers.py ROOM.npz; the last line is JSON: seconds of each part.
"""

import json
import sys
import time
import warnings
from typing import Any, Final

import numpy as np
import pandas
from hmmlearn.hmm import GaussianHMM
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_LX: Final = 25.0  # what an analyst takes for a lamp that is switched
WARM_C: Final = 1.5  # above the sensor's own day
STUCK_MIN: Final = 6 * 60
HEARD_MIN: Final = 5


def hmm_seconds(light: Floats) -> tuple[float, float]:
    """Seconds to fit two states to each of (sensors, minutes) lux, and to decode them."""
    fitted = decoded = 0.0
    for row in light:
        heard = np.log1p(np.maximum(row[~np.isnan(row)], 0.0))[:, np.newaxis]
        began = time.process_time()
        model = GaussianHMM(n_components=2, covariance_type="diag", n_iter=10, random_state=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(heard)
        between = time.process_time()
        model.decode(heard)
        fitted += between - began
        decoded += time.process_time() - between
    return fitted, decoded


def usual_facts(at: Floats, values: Floats, *, lamp: bool) -> Any:
    """One sensor's hours and days in use, as they are usually reckoned with pandas."""
    said = pandas.Series(values, index=pandas.to_datetime(at, unit="s"))
    by_minute = said.resample("1min").mean().ffill(limit=HEARD_MIN)
    around = by_minute.rolling(STUCK_MIN)
    stuck = around.nunique() <= 1 if hasattr(around, "nunique") else around.max() == around.min()
    good = by_minute.mask(stuck & (by_minute > 2.0))
    if lamp:
        change = good.diff()
        switched = (change > STEP_LX).astype(float) - (change < -STEP_LX)
        use = switched.where(switched != 0).ffill() > 0
    else:
        use = good - good.rolling(24 * 60, min_periods=60).median() > WARM_C
    hours, days = use.groupby(use.index.floor("h")).sum(), use.groupby(use.index.date).sum()
    return hours, days, good.notna().groupby(good.index.date).sum()


def main() -> None:
    """Time each, after one round that counts nothing."""
    with np.load(sys.argv[1]) as room:
        light = room["light"]
        heard = [
            (room[f"at_{n}"], room[f"values_{n}"], bool(lamp))
            for n, lamp in enumerate(room["lamp"])
        ]
    hmm_seconds(light[:1, :1440])
    usual_facts(heard[0][0][:3000], heard[0][1][:3000], lamp=True)
    fitted, decoded = hmm_seconds(light)
    began = time.process_time()
    for at, values, lamp in heard:
        usual_facts(at, values, lamp=lamp)
    took = time.process_time() - began
    print(json.dumps({"fit": fitted, "decode": decoded, "pandas": took}))


if __name__ == "__main__":
    main()
