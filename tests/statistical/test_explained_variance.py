"""Negative control of the variance explained: constants without effect are not named.

The null: a response with everything but what the constants do to it, since they are permuted among
trials. That the interval of any of 58, as many as the first answer draws, lies above zero must
happen in at most 5 % of cases. Measured over 75 permutations; under a rate of exactly 5 % more than
9 of them have probability 0.004 (binomial), the false-alarm rate of each case below.
"""

import numpy as np
import pytest

from hvmc.analysis.explained import explained_parts

CONSTANTS, PERMUTATIONS, MOST = 58, 75, 9


def response(kind, trials, rng, scenario):
    if kind == "mean log stretch":
        return 0.5 * scenario + rng.normal(0.0, 0.2, trials)
    if kind == "heavy tails":
        return rng.lognormal(0.0, 1.5, trials)
    some = rng.random(trials) < 0.06  # hosts on which anybody suffers
    return rng.binomial(6, np.where(some, 0.4, 0.0)) / 6.0


def named(constants, values, scenario):
    found = explained_parts(values, constants, [scenario])
    return {name for name in constants if found[name].low > 0.0}


@pytest.mark.parametrize("trials", [64, 128, 200])
@pytest.mark.parametrize("kind", ["mean log stretch", "heavy tails", "rare sufferers"])
def test_permuted_constants_are_not_named(kind, trials):
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(PERMUTATIONS):
        scenario = rng.random(trials)
        values = response(kind, trials, rng, scenario)
        table = rng.random((trials, CONSTANTS))[rng.permutation(trials)]
        alarms += bool(named(dict(enumerate(table.T)), values, scenario))
    assert alarms <= MOST


def test_positive_control():
    """One constant that explains a fifth of 400 trials is named, 20 times of 20."""
    rng = np.random.default_rng(12)
    for _ in range(20):
        scenario, table = rng.random(400), rng.random((400, CONSTANTS))
        values = response("mean log stretch", 400, rng, scenario) + 0.42 * table[:, 3]
        assert 3 in named(dict(enumerate(table.T)), values, scenario)
