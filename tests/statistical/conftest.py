"""Verdicts on estimates: agreement with a truth, or with another program's estimates."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import t as student

# Chance that a test module fails although everything agrees, over the choice of the seeds: divided
# among its comparisons, a quantile of Student's law with the degrees of freedom at hand.
FALSE_ALARMS = 1e-6


@dataclass(frozen=True)
class Comparison:
    """True where the difference is within what chance and a stated grain allow."""

    estimate: float
    truth: float
    standard_error: float
    allowed: float

    def __bool__(self):
        return bool(abs(self.estimate - self.truth) <= self.allowed)


@pytest.fixture(scope="session")
def agree():
    """Compare the mean of independent replications with a truth.

    ``comparisons`` is the number of comparisons in the module, ``grain`` a difference that the
    model has by construction (a slice, a rounding).
    """

    def compare(estimates, truth, comparisons, grain=0.0):
        values = np.asarray(estimates, dtype=float)
        error = float(values.std(ddof=1) / np.sqrt(values.size))
        quantile = student.ppf(1.0 - FALSE_ALARMS / comparisons / 2.0, values.size - 1)
        return Comparison(float(values.mean()), float(truth), error, quantile * error + grain)

    return compare


@pytest.fixture(scope="session")
def agree_with_each_other():
    """Compare the means of two sets of independent replications (Welch's test)."""

    def compare(ours, theirs, comparisons):
        sets = [np.asarray(values, dtype=float) for values in (ours, theirs)]
        parts = [values.var(ddof=1) / values.size for values in sets]
        freedom = sum(parts) ** 2 / sum(
            part**2 / (values.size - 1) for part, values in zip(parts, sets, strict=True)
        )
        error = float(np.sqrt(sum(parts)))
        quantile = student.ppf(1.0 - FALSE_ALARMS / comparisons / 2.0, freedom)
        return Comparison(
            float(sets[0].mean()), float(sets[1].mean()), error, float(quantile * error)
        )

    return compare
