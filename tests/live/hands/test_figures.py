import random

import pytest

from live.hands.figures import Spread


def test_percentiles_are_good_to_a_tenth():
    spread, rng = Spread(), random.Random(1)
    values = sorted(rng.lognormvariate(-9, 1.5) for _ in range(5000))
    for value in values:
        spread.add(value, 1.0)
    summary = spread.summary(2.0)
    assert summary["count"] == 5000
    assert summary["median"] == pytest.approx(values[2500], rel=0.1)
    assert summary["p99"] == pytest.approx(values[4950], rel=0.1)
    assert summary["max"] == values[-1]
    assert spread.whole() == summary


def test_what_is_older_than_a_minute_is_forgotten():
    spread = Spread()
    spread.add(0.5, 1.0)
    spread.add(0.001, 65.0)
    assert spread.summary(66.0)["max"] == 0.001
    assert spread.whole() == pytest.approx(
        {"count": 2, "median": 0.001, "p99": 0.5, "max": 0.5}, 0.1
    )
    assert spread.summary(300.0) == {"count": 0, "median": 0.0, "p99": 0.0, "max": 0.0}
