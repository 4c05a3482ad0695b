"""Numbers of intercepts: the Poisson quantile against SciPy's.

Measured by the tests below over means 0.01..10,000 and 2,000 probabilities each: up to a mean of
12 no quantile differs; above, where the rounded normal law stands in, none by more than 3. There
the distribution functions are at most 0.019 apart (just above 12; 0.0007 at 10,000), the mean is
right to 2e-5, and the variance is too large by 1/12 (0.65 % at 12), which is the rounding.
"""

import numpy as np
import pytest
from scipy.stats import norm, poisson

from hvmc.kernel.threads import MOST_EXACT, poisson_quantile

MEANS = [float(mean) for mean in np.geomspace(0.01, 1e4, 61)]
PROBABILITIES = (np.arange(2000) + 0.5) / 2000


def quantiles(mean):
    return np.array([poisson_quantile(mean, u) for u in PROBABILITIES])


@pytest.mark.parametrize("mean", [m for m in MEANS if m <= MOST_EXACT] + [MOST_EXACT])
def test_small_means_are_exact(mean):
    assert (quantiles(mean) == poisson.ppf(PROBABILITIES, mean)).all()


@pytest.mark.parametrize("mean", [m for m in MEANS if m > MOST_EXACT])
def test_large_means_are_rounded_normal(mean):
    values = quantiles(mean)
    assert np.abs(values - poisson.ppf(PROBABILITIES, mean)).max() <= 3
    rounded = np.rint(mean + np.sqrt(mean) * norm.ppf(PROBABILITIES))
    assert np.abs(values - np.maximum(rounded, 0)).max() <= 1
    assert (values == np.maximum(rounded, 0)).mean() > 0.999


@pytest.mark.parametrize("mean", [m for m in MEANS if m > MOST_EXACT])
def test_the_stand_in_is_as_close_as_stated(mean):
    counts = np.arange(int(mean + 12 * np.sqrt(mean)) + 40)
    stand_in = norm.cdf((counts + 0.5 - mean) / np.sqrt(mean))
    assert np.abs(stand_in - poisson.cdf(counts, mean)).max() < 0.019
    mass = np.diff(np.r_[0.0, stand_in])
    first = (mass * counts).sum()
    variance = (mass * counts**2).sum() - first**2
    assert first == pytest.approx(mean, rel=2e-5)
    assert variance == pytest.approx(mean + 1 / 12, rel=1e-3)


def test_a_mean_one_percent_off_is_found_out():
    assert (quantiles(0.99 * MOST_EXACT) != poisson.ppf(PROBABILITIES, MOST_EXACT)).any()


@pytest.mark.parametrize("mean", [0.0, 1e-300, 5.0, 12.0, 50.0])
def test_the_ends_of_the_unit_interval_are_finite(mean):
    lowest, highest = poisson_quantile(mean, 0.0), poisson_quantile(mean, 1.0 - 2.0**-53)
    assert 0 <= lowest <= mean <= max(highest, mean)
    # where rounding keeps the sum of probabilities below u, 1e-16 from 1, the search ends at 100
    assert highest <= max(100, mean + 10 * np.sqrt(mean))
