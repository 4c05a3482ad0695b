"""Noise of working sets: mean, spread and correlation in time; false-alarm rate 1e-6 a test.

Replications of one guest are independent, so standard errors come from them; |z| <= 4.9.
"""

import math

import numpy as np
import pytest

from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.working_sets import BLOCK, WorkingSets

Z = 4.9
REPLICATIONS = 3000
CV, TAU_S = 0.2, 10.0


@pytest.fixture(scope="module")
def logs():
    """Logarithms of noise at two instants of different blocks, shape (replications, 2)."""
    use = MemoryUse(working_set_mib=1.0, noise_cv=CV, noise_tau_s=TAU_S)
    instants = (BLOCK - 3, BLOCK + 4)
    found = []
    for replication in range(REPLICATIONS):
        sets = WorkingSets({"a": Memory(use=use)}, 1.0, replication=replication)
        found.append([math.log(sets.at(k)[0]) for k in instants])
    return np.array(found)


SIGMA2 = math.log1p(CV**2)


@pytest.mark.parametrize("which", [0, 1])
def test_mean_and_variance_of_the_logarithm(logs, which):
    """Of a standard normal x clipped at +-3, E x^2 is E[x^2; |x| < 3] + 9 P(|x| > 3)."""
    values = logs[:, which]
    assert abs(values.mean() + SIGMA2 / 2) <= Z * math.sqrt(SIGMA2 / REPLICATIONS)
    outside = math.erfc(3.0 / math.sqrt(2.0))
    inside = 1.0 - outside - 6.0 * math.exp(-4.5) / math.sqrt(2.0 * math.pi)
    clipped = inside + 9.0 * outside
    error = Z * SIGMA2 * math.sqrt(2.0 / REPLICATIONS)
    assert abs(values.var() - clipped * SIGMA2) <= error


def correlation_is(expected, logs):
    found = np.corrcoef(logs.T)[0, 1]
    error = Z / math.sqrt(REPLICATIONS - 3)
    return abs(math.atanh(found) - math.atanh(expected)) <= error


def test_correlation_decays_with_the_time_constant_across_blocks(logs):
    """Clipping lowers it by less than 1 %."""
    assert correlation_is(math.exp(-7.0 / TAU_S), logs)


def test_another_time_constant_would_be_noticed(logs):
    assert not correlation_is(math.exp(-7.0 / (2 * TAU_S)), logs)
