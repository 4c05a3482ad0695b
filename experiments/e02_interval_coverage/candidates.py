"""The intervals that were compared with those of ``hvmc.analysis`` and not taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri, stdtrit

Limits = tuple[float, float]
RESAMPLES = 300


@dataclass(frozen=True)
class Sorted:
    """One experiment with its values in ascending order."""

    values: NDArray[np.float64]
    codes: NDArray[np.int64]
    sizes: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.float64], codes: NDArray[np.int64], hosts: int) -> Sorted:
        order = np.argsort(values)
        sizes = np.bincount(codes, minlength=hosts).astype(float)
        return cls(values[order], codes[order], sizes)

    @property
    def t(self) -> float:
        return float(stdtrit(self.sizes.size - 1, 0.975))

    def rank(self, q: float) -> int:
        return max(int(np.ceil(q * self.values.size - 1e-9)), 1)

    def at(self, q: float) -> float:
        if q <= 0.0 or q > 1.0:
            return np.inf if q > 1.0 else -np.inf
        return float(self.values[self.rank(q) - 1])

    def influence(self, rank: int) -> NDArray[np.float64]:
        """Residual of each host in the ratio estimate of F at the value of this rank."""
        below = np.bincount(self.codes[:rank], minlength=self.sizes.size)
        return below - rank / self.values.size * self.sizes

    def error(self, rank: int) -> float:
        hosts, residual = self.sizes.size, self.influence(rank)
        return float(np.sqrt(hosts / (hosts - 1) * residual @ residual) / self.values.size)


def iid_quantile(data: Sorted, q: float) -> Limits:
    """Order statistics as if guests were independent: the negative control."""
    spread = 1.959964 * np.sqrt(q * (1 - q) / data.values.size)
    return data.at(q - spread), data.at(q + spread)


def woodruff(data: Sorted, q: float) -> Limits:
    """Woodruff (1952): q -+ t se(F) read off the empirical distribution."""
    spread = data.t * data.error(data.rank(q))
    return data.at(q - spread), data.at(q + spread)


def woodruff_logit(data: Sorted, q: float) -> Limits:
    """Woodruff's limits set on the logit scale."""
    spread = data.t * data.error(data.rank(q)) / (q * (1 - q))
    centre = np.log(q / (1 - q))
    return data.at(float(expit(centre - spread))), data.at(float(expit(centre + spread)))


def inversion(data: Sorted, q: float) -> Limits:
    """Francisco and Fuller (1991): all x at which F(x) = q is not rejected, by bisection."""

    def accepted(rank: int) -> bool:
        return abs(rank / data.values.size - q) <= data.t * data.error(rank)

    start, rows = data.rank(q), data.values.size
    low, high = 1, start
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if accepted(middle) else (middle + 1, high)
    first = low
    low, high = start, rows
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle - 1)
    return float(data.values[first - 1]), float(data.values[low]) if low < rows else np.inf


def bootstrap(data: Sorted, qs: tuple[float, ...], rng: np.random.Generator) -> NDArray:
    """Quantiles of resampled hosts: float64, shape (len(qs), RESAMPLES)."""
    hosts = data.sizes.size
    weights = rng.multinomial(hosts, np.full(hosts, 1.0 / hosts), size=RESAMPLES)
    below = np.cumsum(weights[:, data.codes], axis=1, dtype=np.int32)
    ranks = [[row.searchsorted(q * row[-1] - 1e-9) for row in below] for q in qs]
    return data.values[np.minimum(ranks, data.values.size - 1)]


def percentile(resampled: NDArray) -> Limits:
    """Percentiles of the resampled quantiles."""
    low, high = np.quantile(resampled, (0.025, 0.975))
    return low, high


def bca(resampled: NDArray, data: Sorted, q: float) -> Limits:
    """Efron (1987): bias-corrected and accelerated, acceleration from the influence of hosts."""
    residual = -data.influence(data.rank(q))
    acceleration = (residual**3).sum() / (6 * (residual @ residual) ** 1.5)
    estimate = data.at(q)
    share = (resampled < estimate).mean() + 0.5 * (resampled == estimate).mean()
    bias = ndtri(np.clip(share, 1e-3, 1 - 1e-3))
    z = bias + ndtri([0.025, 0.975])
    low, high = np.quantile(resampled, ndtr(bias + z / (1 - acceleration * z)))
    return low, high


def share_moments(counts: NDArray, sizes: NDArray) -> tuple[float, float, float]:
    """Share, its linearised variance, Student's factor."""
    hosts, guests = sizes.size, sizes.sum()
    share = counts.sum() / guests
    residual = counts - share * sizes
    variance = hosts / (hosts - 1) * residual @ residual / guests**2
    return share, variance, float(stdtrit(hosts - 1, 0.975))


def wald(counts: NDArray, sizes: NDArray) -> Limits:
    """Share -+ t standard errors."""
    share, variance, t = share_moments(counts, sizes)
    return share - t * variance**0.5, share + t * variance**0.5


def logit(counts: NDArray, sizes: NDArray) -> Limits:
    """Share -+ t standard errors on the logit scale."""
    share, variance, t = share_moments(counts, sizes)
    spread = t * variance**0.5 / (share * (1 - share))
    centre = np.log(share / (1 - share))
    return float(expit(centre - spread)), float(expit(centre + spread))


def wilson_effective(counts: NDArray, sizes: NDArray) -> Limits:
    """Wilson's interval at the effective size, with Student's factor."""
    share, variance, t = share_moments(counts, sizes)
    size = min(share * (1 - share) / variance, sizes.sum())
    centre = (share + t * t / (2 * size)) / (1 + t * t / size)
    spread = t * np.sqrt(share * (1 - share) / size + (t / size) ** 2 / 4) / (1 + t * t / size)
    return centre - spread, centre + spread


def iid_share(counts: NDArray, sizes: NDArray) -> Limits:
    """As if guests were independent: the negative control."""
    share = counts.sum() / sizes.sum()
    spread = 1.959964 * np.sqrt(share * (1 - share) / sizes.sum())
    return share - spread, share + spread
