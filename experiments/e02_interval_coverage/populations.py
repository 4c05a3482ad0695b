"""Clustered populations of stretches whose distribution over guests is known exactly.

Clusters are hosts; ``draw`` gives one experiment. All three have tails as heavy as, or heavier
than, what a contended host produces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

Draw = Callable[[np.random.Generator, int], tuple[NDArray[np.float64], NDArray[np.int64]]]

HOT = 0.2  # share of hosts that are contended
HOT_SIZES, CALM_SIZES = (12, 29), (6, 15)  # guests, upper end excluded: hot hosts are fuller
HOT_SCALE, HOT_SPREAD, HOT_TAIL = 0.8, 0.6, 1.6  # Lomax tail: no variance
CALM_SCALE, CALM_SPREAD = 0.05, 0.5
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)  # over the hosts' normal log scale


@dataclass(frozen=True)
class Mechanism:
    """A data-generating mechanism: how to draw it, and its distribution over guests."""

    name: str
    draw: Draw
    cdf: Callable[[float], float]

    def quantile(self, q: float) -> float:
        return float(brentq(lambda x: self.cdf(x) - q, 1e-3, 1e6, xtol=1e-12))

    def mean_log(self) -> float:
        """E log X = a + integral over t > a of P(log X > t), with no mass below a."""
        t = np.linspace(-8.0, 25.0, 4001)
        above = np.array([1.0 - self.cdf(float(np.exp(one))) for one in t])
        return float(t[0] + np.trapezoid(above, t))


def _repeat(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(sizes.size), sizes)


def _normal_logs(
    rng: np.random.Generator, sizes: NDArray[np.int64], between: float, within: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    codes = _repeat(sizes)
    logs = between * rng.standard_normal(sizes.size)[codes]
    return np.exp(logs + within * rng.standard_normal(codes.size)), codes


def _lognormal(rng: np.random.Generator, hosts: int) -> tuple[NDArray, NDArray]:
    return _normal_logs(rng, rng.integers(8, 23, hosts), 0.4, 0.4)


def _alike(rng: np.random.Generator, hosts: int) -> tuple[NDArray, NDArray]:
    return _normal_logs(rng, np.minimum(rng.geometric(1 / 15, hosts), 80), 0.55, 0.13)


def _hot_hosts(rng: np.random.Generator, hosts: int) -> tuple[NDArray, NDArray]:
    hot = rng.random(hosts) < HOT
    full, sparse = rng.integers(*HOT_SIZES, hosts), rng.integers(*CALM_SIZES, hosts)
    codes = _repeat(np.where(hot, full, sparse))
    scale = HOT_SCALE * np.exp(HOT_SPREAD * rng.standard_normal(hosts))
    calm = CALM_SCALE * np.exp(CALM_SPREAD * rng.standard_normal(codes.size))
    lomax = (1.0 - rng.random(codes.size)) ** (-1.0 / HOT_TAIL) - 1.0
    return 1.0 + np.where(hot[codes], scale[codes] * lomax, calm), codes


def _normal_cdf(between: float, within: float) -> Callable[[float], float]:
    spread = np.hypot(between, within)
    return lambda x: float(ndtr(np.log(x) / spread))


def _hot_hosts_cdf(x: float) -> float:
    if x <= 1.0:
        return 0.0
    scale = HOT_SCALE * np.exp(HOT_SPREAD * NODES)
    hot = WEIGHTS @ (1.0 - (1.0 + (x - 1.0) / scale) ** -HOT_TAIL) / WEIGHTS.sum()
    calm = ndtr(np.log((x - 1.0) / CALM_SCALE) / CALM_SPREAD)
    guests_hot = HOT * (HOT_SIZES[0] + HOT_SIZES[1] - 1) / 2
    guests_calm = (1.0 - HOT) * (CALM_SIZES[0] + CALM_SIZES[1] - 1) / 2
    return float((guests_hot * hot + guests_calm * calm) / (guests_hot + guests_calm))


MECHANISMS = (
    Mechanism("lognormal", _lognormal, _normal_cdf(0.4, 0.4)),
    Mechanism("hot hosts", _hot_hosts, _hot_hosts_cdf),
    Mechanism("alike", _alike, _normal_cdf(0.55, 0.13)),
)
