"""Verdicts on claims: what the model gives, with its interval, beside what it should give.

A claim of one value holds where the 95 % interval of the modelled one, or the stated tolerance
around it, contains it; one of a range where they meet it. Claims with an equivalence bound (theory)
hold where the difference is within the bound and what chance allows: a Student quantile at
`FALSE_ALARMS` divided by the number of such claims (Bonferroni). They are ``unresolved`` where half
the 95 % interval is wider than the bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvmc.analysis.intervals import Interval, mean, t_quantile
from hvmc.validation.case import Case, Claim

__all__ = ["FALSE_ALARMS", "Finding", "findings"]

FALSE_ALARMS = 0.01
"""Chance that any claim with an equivalence bound fails although all are true, at most."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Finding:
    """A claim beside what the model makes of it.

    Parameters
    ----------
    claim : Claim
        The claim.
    found : Interval
        Modelled value; limits are nan where nothing in it is random.
    comparisons : int
        Claims with an equivalence bound that are judged together.
    lacks : str
        A package without which it was not simulated, or empty.
    """

    claim: Claim
    found: Interval
    comparisons: int = 1
    lacks: str = ""

    @property
    def off(self) -> float:
        """Deviation from the nearest right value, as a share of it; the difference from zero."""
        nearest = self.claim.nearest(self.found.estimate)
        difference = self.found.estimate - nearest
        return difference / abs(nearest) if nearest else difference

    @property
    def verdict(self) -> str:
        """``holds``, ``unresolved``, ``off by x %``; ``-`` where nothing was published.

        ``needs x`` where package x is not installed.
        """
        if self.lacks:
            return f"needs {self.lacks}"
        if math.isnan(self.claim.low):
            return "-"
        if self._holds():
            wide = self.claim.bound and self._half / abs(self.claim.low) > self.claim.bound
            return "unresolved" if wide else "holds"
        if not math.isfinite(self.off):
            return "no value"
        if self.claim.nearest(self.found.estimate) == 0.0:
            return f"off by {self.found.estimate:.3g}"
        return f"off by {100.0 * self.off:+.{_digits(self.off)}f} %"

    @property
    def judged(self) -> bool:
        """Whether there are a modelled and a published value."""
        return not (self.lacks or math.isnan(self.claim.low))

    @property
    def _half(self) -> float:
        half = (self.found.high - self.found.low) / 2.0
        return half if math.isfinite(half) else 0.0

    def _holds(self) -> bool:
        claim, found = self.claim, self.found
        if abs(self.off) <= max(claim.tolerance, _ROUNDING):
            return True
        if claim.bound:
            return abs(self.off) <= claim.bound + self._allowance / abs(claim.low)
        return found.low <= claim.high and found.high >= claim.low

    @property
    def _allowance(self) -> float:
        """What chance allows at the family-wise false-alarm rate."""
        if self.found.clusters < 2:
            return 0.0
        level = 1.0 - FALSE_ALARMS / self.comparisons
        clusters = self.found.clusters
        return self._half * t_quantile(level, clusters) / t_quantile(self.found.level, clusters)


def _digits(off: float) -> int:
    """Return the decimals of a deviation in per cent: two digits from 1 % on, else one."""
    exponent = math.floor(math.log10(abs(100.0 * off)))
    return max(1 - exponent, 0) if exponent >= 0 else -exponent


def findings(case: Case, values: NDArray[np.float64], comparisons: int = 1) -> Sequence[Finding]:
    """Return a finding for each claim of a case.

    Parameters
    ----------
    case : Case
        The case.
    values : ndarray
        float64, shape (trials, claims).
    comparisons : int
        Claims with an equivalence bound that are judged together.
    """
    return [
        Finding(claim, _interval(column), comparisons, case.lacks)
        for claim, column in zip(case.claims, values.T, strict=True)
    ]


def _interval(values: NDArray[np.float64]) -> Interval:
    if len(values) > 1:
        return mean(values, np.arange(len(values)))
    alone = float(values[0])
    return Interval(alone, math.nan, math.nan, 0.95, 1, 1, "no chance")
