"""How high the load of a fitted guest is in a trial: recorded moments, drawn.

What is known of a guest's processor use over days is its mean and perhaps its 95th percentile. A
trial is one moment of those days: its level is drawn from the beta law on 0..1 with that mean and
that percentile. Guests of one host have their busy hours partly in common: levels are joined by a
Gaussian copula with one common factor, whose square root of the correlation each guest has as its
loading.

References
----------
N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", 2nd ed., Wiley,
vol. 2, 1995, chapter 25 (beta). R. B. Nelsen, "An Introduction to Copulas", 2nd ed., Springer 2006.
"""

import math
from functools import lru_cache

__all__ = ["beta_with", "common", "level"]

_TAIL = 0.95
_SHARPEST, _FLATTEST = 1e5, 1e-2
_STEPS = 60
_LEAST_SPREAD = 1.005


def common(shared: float, own: float, correlation: float) -> float:
    """Return a uniform made of a shared and an own one, so that such uniforms are correlated.

    Parameters
    ----------
    shared, own : float
        Independent uniforms in (0, 1).
    correlation : float
        Of the underlying normal variables of two guests with the same value, 0..1.
    """
    from scipy.special import ndtr, ndtri

    normal = math.sqrt(correlation) * ndtri(shared) + math.sqrt(1.0 - correlation) * ndtri(own)
    return float(ndtr(normal))


@lru_cache(maxsize=4096)
def beta_with(mean: float, tail: float) -> tuple[float, float]:
    """Return the parameters of the beta law with a mean and a 95th percentile.

    Where no beta law of this mean reaches so far, that of the largest percentile is taken.

    Parameters
    ----------
    mean, tail : float
        Both in (0, 1), tail above mean.

    Examples
    --------
    >>> from scipy.special import betaincinv
    >>> a, b = beta_with(0.3, 0.6)
    >>> round(a / (a + b), 9), round(float(betaincinv(a, b, 0.95)), 6)
    (0.3, 0.6)
    """
    from scipy.optimize import brentq
    from scipy.special import betaincinv

    def reach(log_size: float) -> float:
        size = math.exp(log_size)
        return float(betaincinv(mean * size, (1.0 - mean) * size, _TAIL))

    low, high = math.log(_FLATTEST), math.log(_SHARPEST)
    sizes = [high - (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    reached = [reach(size) for size in sizes]
    for number, there in enumerate(reached[1:], start=1):
        if there >= tail > reached[number - 1]:
            size = brentq(lambda at: reach(at) - tail, sizes[number], sizes[number - 1])
            break
    else:
        size = sizes[max(range(len(sizes)), key=reached.__getitem__)]
    total = math.exp(float(size))
    return mean * total, (1.0 - mean) * total


def level(mean: float, tail: float, u: float) -> float:
    """Return the quantile ``u`` of the level whose mean and 95th percentile are these.

    A percentile within 0.5 % of the mean or below it, or a mean at an end of 0..1, is a level that
    does not move.
    """
    if not 0.0 < mean < 1.0 or tail <= _LEAST_SPREAD * mean:
        return mean
    from scipy.special import betaincinv

    a, b = beta_with(mean, min(tail, 0.999))
    return float(betaincinv(a, b, u))
