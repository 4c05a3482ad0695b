"""What MSER drops of a start-up, and whose windows are compared."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.truncation import mser, pooled_course
from hvmc.analysis.window import judge_window


def decaying(rng, start, length=200, rate=0.1):
    """A series that starts off its steady state of 10 and comes to it exponentially."""
    decay = start * np.exp(-rate * np.arange(length))
    return 10.0 + decay + rng.normal(0.0, 0.3, length)


def test_mser_is_its_definition():
    values = decaying(np.random.default_rng(1), 5.0)
    n = len(values)
    errors = [np.var(values[d:]) / (n - d) for d in range(n // 2 + 1)]
    assert mser(values).dropped == int(np.argmin(errors))


def test_mser_drops_a_start_up_that_is_there_and_none_that_is_not():
    """Of 40 series each; the start-up is within noise after 28 observations (e^-2.8 x 5 = 0.3)."""
    rng = np.random.default_rng(2)
    with_one = [mser(decaying(rng, 5.0)).dropped for _ in range(40)]
    without = [mser(decaying(rng, 0.0)).dropped for _ in range(40)]
    assert 15 <= np.median(with_one) <= 45
    assert np.median(without) <= 5


def test_a_drift_is_not_settled():
    assert not mser(np.linspace(1.0, 0.0, 100)).settled


def test_a_mean_far_from_zero_changes_nothing():
    values = decaying(np.random.default_rng(3), 5.0)
    assert mser(values + 1e8) == mser(values)


def test_too_short_a_series_is_refused():
    with pytest.raises(ValueError, match="at least 10 finite observations"):
        mser([1.0] * 9)


def test_guests_and_hosts_count_alike_in_the_pool():
    """A guest a thousand times slower and a host of one guest do not outweigh the others."""
    rows = [
        (0, "fast", 0.0, 2, 0.002),
        (0, "fast", 1.0, 2, 0.001),
        (0, "slow", 0.0, 1, 2.0),
        (0, "slow", 1.0, 1, 1.0),
        (1, "fast", 0.0, 5, 0.010),
        (1, "fast", 1.0, 5, 0.010),
    ]
    columns = ["trial", "guest", "start_s", "requests", "response_s"]
    found = pooled_course(pd.DataFrame(rows, columns=columns))
    np.testing.assert_allclose(found["ratio"], [(4 / 3 + 1) / 2, (2 / 3 + 1) / 2])


@pytest.mark.parametrize(
    ("metric", "low", "high", "supported", "verdict"),
    [
        ("suffers", -0.01, 0.02, True, "enough"),
        ("suffers", 0.021, 0.05, True, "short"),
        ("suffers", -0.06, -0.03, True, "short"),
        ("suffers", -0.01, 0.03, True, "open"),
        ("stretch_p95", 0.80, 0.90, True, "short"),
        ("stretch_p95", 0.99, 1.01, False, "open"),
    ],
)
def test_a_window_is_judged_by_the_whole_interval(metric, low, high, supported, verdict):
    row = {"metric": metric, "low": low, "high": high, "supported": supported}
    assert judge_window(row) == verdict
