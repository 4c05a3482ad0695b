"""Draws by inversion: the quantile functions of the distributions."""

import math

import numpy as np

from hvmc.kernel.codes import (
    EMPIRICAL,
    EXPONENTIAL,
    GAMMA,
    LOGNORMAL,
    PARETO,
    UNIFORM,
)
from hvmc.kernel.fields import FLOAT, Fields, setting
from hvmc.kernel.jit import inlined, ix, jit

__all__ = ["draw_ns", "normal_quantile", "ones", "quantile", "whole_ns"]

FIELDS = Fields(
    law={
        "kind": setting(),
        "p": setting(FLOAT),
        "q": setting(FLOAT),
        "first": setting(),
        "points": setting(),
    },
)

_A = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_B = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
)
_C = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00)


_ONES, _TWOS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_FOURS, _BYTES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_1, _2, _4, _56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@jit
def ones(word):
    """Count the ones; the processor has an instruction that the compiler knows this by."""
    word -= (word >> _1) & _ONES
    word = (word & _TWOS) + ((word >> _2) & _TWOS)
    word = (word + (word >> _4)) & _FOURS
    return (word * _BYTES) >> _56


@jit
def _normal_tail(p):
    q = math.sqrt(-2.0 * math.log(p))
    top = ((((_C[0] * q + _C[1]) * q + _C[2]) * q + _C[3]) * q + _C[4]) * q + _C[5]
    return top / ((((_D[0] * q + _D[1]) * q + _D[2]) * q + _D[3]) * q + 1.0)


@jit
def _normal_middle(p):
    q = p - 0.5
    r = q * q
    top = (((((_A[0] * r + _A[1]) * r + _A[2]) * r + _A[3]) * r + _A[4]) * r + _A[5]) * q
    return top / (((((_B[0] * r + _B[1]) * r + _B[2]) * r + _B[3]) * r + _B[4]) * r + 1.0)


@jit
def normal_quantile(p):
    """Quantile of the standard normal law, 0 < p < 1.

    Acklam's rational approximation (relative error below 1.2e-9) and one step of Halley's
    method on erfc, which brings it to double precision.
    """
    if p > 0.5:
        return -_lower_normal_quantile(1.0 - p)
    return _lower_normal_quantile(p)


@jit
def _lower_normal_quantile(p):
    x = _normal_tail(p) if p < 0.02425 else _normal_middle(p)
    error = 0.5 * math.erfc(-x / math.sqrt(2.0)) - p
    step = error * math.sqrt(2.0 * math.pi) * math.exp(0.5 * x * x)
    return x - step / (1.0 + 0.5 * x * step)


@jit
def _gamma_cdf(shape, x):
    """Regularised lower incomplete gamma function P(shape, x): series or continued fraction."""
    if x <= 0.0:
        return 0.0
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = 1.0 / shape
        total = term
        k = shape
        while term > total * 1e-16:
            k += 1.0
            term *= x / k
            total += term
        return total * scale
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 1000):
        a = -i * (i - shape)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        delta = c * d
        h *= delta
        if abs(delta - 1.0) < 1e-16:
            break
    return 1.0 - scale * h


@jit
def _gamma_quantile(shape, u):
    """Invert P(shape, .) by bisection guarded Newton steps from below and above."""
    low = 0.0
    high = shape + 10.0 * math.sqrt(shape) + 10.0
    while _gamma_cdf(shape, high) < u:
        low = high
        high *= 2.0
    x = 0.5 * (low + high)
    log_norm = math.lgamma(shape)
    for _ in range(200):
        error = _gamma_cdf(shape, x) - u
        if error > 0.0:
            high = x
        else:
            low = x
        density = math.exp((shape - 1.0) * math.log(x) - x - log_norm) if x > 0.0 else 0.0
        step = x - error / density if density > 0.0 else -1.0
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - x) <= 1e-14 * x:
            return new
        x = new
    return x


@jit
def _empirical(s, law, u):
    last = s.law[ix(law)].points - 1
    position = u * last
    i = int(position)
    first = s.law[ix(law)].first
    if i >= last:
        return s.pool[first + last]
    low = s.pool[first + i]
    return low + (position - i) * (s.pool[first + i + 1] - low)


@jit
def _other_quantile(s, law, u):
    """Quantile ``u`` of a law that is not exponential."""
    kind = s.law[ix(law)].kind
    p = s.law[ix(law)].p
    q = s.law[ix(law)].q
    if kind == UNIFORM:
        return p + (q - p) * u
    if kind == LOGNORMAL:
        return math.exp(p + q * normal_quantile(u)) if u > 0.0 else 0.0
    if kind == PARETO:
        return p * math.exp(-math.log(1.0 - u) / q)
    if kind == GAMMA:
        return p * _gamma_quantile(q, u) if u > 0.0 else 0.0
    if kind == EMPIRICAL:
        return _empirical(s, law, u)
    return p  # deterministic


@inlined
def quantile(s, law, u):
    """Quantile ``u`` in [0, 1) of a law of the scenario, in its own unit (seconds).

    u is a multiple of 2**-53, so 1 - u is exact and log(1 - u) as good as log1p(-u).
    """
    if s.law[ix(law)].kind == EXPONENTIAL:
        return -math.log(1.0 - u) * s.law[ix(law)].p
    return _other_quantile(s, law, u)


@jit
def whole_ns(seconds):
    """Round to whole nanoseconds, at most 1e18 (32 years)."""
    return int(min(seconds * 1e9 + 0.5, 1e18))


@jit
def draw_ns(s, law, u):
    """Quantile ``u`` of a law in whole nanoseconds, at most 1e18 (32 years)."""
    return whole_ns(quantile(s, law, u))
