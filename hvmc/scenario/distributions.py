"""Laws of the durations in a scenario: bursts, thinks, sleeps, I/Os, inter-arrival times.

A law is drawn by inversion, ``law.quantile(u)`` with one uniform u per draw, so that two laws given
the same u see the same luck. Every law lives on [0, inf). Its parameters and draws are in the unit
of the place where it is used: seconds, unless that place says otherwise.

A uniform of 53 bits is at most 1 - 2**-53. Above that quantile lies less than 1e-5 of the mean of a
gamma or lognormal law whose cv is in range, and 2**(-53 (1 - 1 / shape)) of the mean of a Pareto
law: 5e-6 at shape 1.5, 4 % at 1.1.

References
----------
L. Devroye, "Non-Uniform Random Variate Generation", Springer 1986, section II.2 (inversion).
N. L. Johnson, S. Kotz, N. Balakrishnan, "Continuous Univariate Distributions", 2nd ed., Wiley, vol.
1, 1994: chapters 14 (lognormal), 17 (gamma), 19 (exponential), 20 (Pareto); vol. 2, 1995: 26
(uniform).
"""

from __future__ import annotations

import math
import reprlib
from abc import ABCMeta, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, override

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hvmc.scenario.problems import Checked, Problem, SettingsError

SMALLEST_CV = 1e-6
LARGEST_CV = 1000.0
_SHOWN_VALUES = 10

type _Problems = list[tuple[str, str]]
type _Floats = NDArray[np.float64]


class _Rule(NamedTuple):
    """What a parameter must be; one that is no duration is left alone by `scaled`."""

    remedy: str
    above: float = -math.inf
    at_least: float = -math.inf
    at_most: float = math.inf
    is_duration: bool = True

    def problems(self, path: str, value: object) -> _Problems:
        """Return the first thing wrong with `value`, as in `Distribution.problems`."""
        if isinstance(value, bool) or not isinstance(value, Real):
            return [(path, f"must be a number, got {reprlib.repr(value)}: {self.remedy}")]
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            rule = "must be finite"
        elif number <= self.above:
            rule = f"must be > {self.above:g}"
        elif number < self.at_least:
            rule = f"must be >= {self.at_least:g}"
        elif number > self.at_most:
            rule = f"must be <= {self.at_most:g}"
        else:
            return []
        return [(path, f"{rule}, got {number!r}: {self.remedy}")]


_VALUE = _Rule("give seconds", at_least=0.0)
_MEAN = _Rule("give the mean in seconds", above=0.0)
_HIGH = _Rule("give seconds above low, or use Deterministic for a single value")
_CV_REMEDY = "give standard deviation / mean, or use Deterministic for 0"
_CV = _Rule(_CV_REMEDY, at_least=SMALLEST_CV, at_most=LARGEST_CV, is_duration=False)
_SHAPE = _Rule("give the tail index, above 1 for a finite mean", above=1.0, is_duration=False)
_FACTOR = _Rule("give the ratio new / old", above=0.0)


class _Law(Checked, ABCMeta):
    """Class of a law, checked as settings are."""


class Distribution(metaclass=_Law):
    """A law of durations.

    A subclass is a frozen dataclass. It names itself in `kind`, has a rule per field, and
    supplies `mean` (a field or a property), `_variance` and `_inverse`, the quantile function of
    a float64 array of any shape within [0, 1).

    Raises
    ------
    SettingsError
        On construction, with unknown or missing arguments, or with all of `problems`.
    """

    kind: ClassVar[str]
    rules: ClassVar[tuple[_Rule, ...]]

    if TYPE_CHECKING:  # at run time a dataclass would take this for the default of a field `mean`

        @property
        def mean(self) -> float:
            """Mean, seconds."""

    @abstractmethod
    def _variance(self) -> float: ...

    @abstractmethod
    def _inverse(self, u: _Floats) -> _Floats: ...

    def __post_init__(self) -> None:
        if found := [Problem(f"{type(self).__name__}.{at}", text) for at, text in self.problems()]:
            raise SettingsError(found)
        for path, value, _ in self._parameters():
            object.__setattr__(self, path, self._normal(value))

    def _normal(self, value: Any) -> Any:
        """Return a parameter without problems in the form in which it is kept."""
        return float(value)

    def _parameters(self) -> Iterator[tuple[str, Any, _Rule]]:
        """Yield name, value and rule of each field."""
        for field, rule in zip(fields(self), self.rules, strict=True):  # type: ignore[arg-type]
            yield field.name, getattr(self, field.name), rule

    @property
    def variance(self) -> float:
        """Variance, seconds squared; inf where it is infinite."""
        return self._variance()

    def problems(self) -> list[tuple[str, str]]:
        """Return (field, rule with value and remedy) for each parameter that breaks a rule."""
        return [p for path, value, rule in self._parameters() for p in rule.problems(path, value)]

    def quantile(self, u: ArrayLike) -> _Floats:
        """Return the quantiles of `u`: float64, shape of `u` (a scalar for a scalar), seconds.

        Parameters
        ----------
        u : float or array_like
            Probabilities, 0 <= u < 1, any shape.

        Raises
        ------
        ValueError
            If a probability is outside [0, 1).
        """
        levels = np.asarray(u, dtype=np.float64)
        inside = (levels >= 0.0) & (levels < 1.0)
        if not inside.all():
            outside = levels[~inside].flat[0]
            raise ValueError(f"u must be >= 0 and < 1, got {outside}: give probabilities")
        return self._inverse(levels)[()]

    def scaled(self, factor: float) -> Self:
        """Return the law of `factor` times a draw of this one.

        Raises
        ------
        ValueError
            If `factor` is not a finite number > 0, or a duration leaves the range of floats.
        """
        for path, text in _FACTOR.problems("factor", factor):
            raise ValueError(f"{path} {text}")
        durations = {path: value for path, value, rule in self._parameters() if rule.is_duration}
        with np.errstate(over="ignore"):  # the rules refuse what overflows
            changes = {path: np.multiply(value, factor) for path, value in durations.items()}
        return replace(self, **changes)  # type: ignore[type-var]


@dataclass(frozen=True)
class Deterministic(Distribution):
    """Always `value`.

    Parameters
    ----------
    value : float
        Seconds, >= 0.
    """

    kind = "deterministic"
    rules = (_VALUE,)
    value: float

    @property
    @override
    def mean(self) -> float:
        return self.value

    def _variance(self) -> float:
        return 0.0

    def _inverse(self, u: _Floats) -> _Floats:
        return np.full(u.shape, self.value)


@dataclass(frozen=True)
class Exponential(Distribution):
    """Memoryless: P(X > x) = exp(-x / mean).

    Parameters
    ----------
    mean : float
        Seconds, > 0.
    """

    kind = "exponential"
    rules = (_MEAN,)
    mean: float

    def _variance(self) -> float:
        return self.mean * self.mean

    def _inverse(self, u: _Floats) -> _Floats:
        return -self.mean * np.log1p(-u)


@dataclass(frozen=True)
class _MeanAndCv(Distribution):
    """Fields of a law given by its mean and its coefficient of variation."""

    rules = (_MEAN, _CV)
    mean: float
    cv: float

    def _variance(self) -> float:
        return (self.mean * self.cv) * (self.mean * self.cv)


@dataclass(frozen=True)
class Gamma(_MeanAndCv):
    """Gamma with shape 1 / cv**2 and scale mean cv**2; cv = 1 is the exponential law.

    Parameters
    ----------
    mean : float
        Seconds, > 0.
    cv : float
        Coefficient of variation, `SMALLEST_CV` to `LARGEST_CV`.
    """

    kind = "gamma"

    def _inverse(self, u: _Floats) -> _Floats:
        from scipy.special import gammaincinv

        squared_cv = self.cv * self.cv
        return np.asarray(self.mean * squared_cv * gammaincinv(1.0 / squared_cv, u))


@dataclass(frozen=True)
class Lognormal(_MeanAndCv):
    """Exponential of a normal variable with variance log(1 + cv**2).

    Parameters
    ----------
    mean : float
        Seconds, > 0.
    cv : float
        Coefficient of variation, `SMALLEST_CV` to `LARGEST_CV`.
    """

    kind = "lognormal"

    def _inverse(self, u: _Floats) -> _Floats:
        from scipy.special import ndtri

        log_variance = math.log1p(self.cv * self.cv)
        exponent = math.sqrt(log_variance) * ndtri(u) - log_variance / 2.0
        return np.asarray(self.mean * np.exp(exponent))


@dataclass(frozen=True)
class Uniform(Distribution):
    """Equally likely everywhere from `low` to `high`.

    Parameters
    ----------
    low, high : float
        Seconds, 0 <= low < high.
    """

    kind = "uniform"
    rules = (_VALUE, _HIGH)
    low: float
    high: float

    @property
    @override
    def mean(self) -> float:
        return self.low + (self.high - self.low) / 2.0

    def _variance(self) -> float:
        return (self.high - self.low) * (self.high - self.low) / 12.0

    @override
    def problems(self) -> list[tuple[str, str]]:
        found = super().problems()
        return found or _HIGH._replace(above=float(self.low)).problems("high", self.high)

    def _inverse(self, u: _Floats) -> _Floats:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class Pareto(Distribution):
    """Pareto of type I: P(X > x) = (least / x)**shape, least = mean (shape - 1) / shape.

    Parameters
    ----------
    mean : float
        Seconds, > 0.
    shape : float
        Tail index, > 1; the variance is infinite up to 2.
    """

    kind = "pareto"
    rules = (_MEAN, _SHAPE)
    mean: float
    shape: float

    def _variance(self) -> float:
        excess = self.shape - 2.0
        return (self.mean / self.shape) * (self.mean / excess) if excess > 0.0 else math.inf

    def _inverse(self, u: _Floats) -> _Floats:
        least = self.mean * ((self.shape - 1.0) / self.shape)
        return least * np.exp(-np.log1p(-u) / self.shape)


@dataclass(frozen=True)
class Empirical(Distribution):
    """Measured values: the quantile function is linear between order statistics.

    The i-th of n sorted values, i = 0 .. n - 1, is the quantile of i / (n - 1) (definition 7 of
    Hyndman and Fan, The American Statistician 50, 1996, 361-365). `mean` and `variance` are those
    of this law, not of the list: the least and the largest value count half.

    Parameters
    ----------
    values : tuple of float
        Seconds, >= 0, at least two, in any order; kept sorted.

    Examples
    --------
    >>> Empirical((3.0, 1.0, 2.0)).quantile([0.0, 0.25, 0.5])
    array([1. , 1.5, 2. ])
    """

    kind = "empirical"
    rules = (_Rule("give at least two values in seconds, or use Deterministic for one"),)
    values: tuple[float, ...]

    @override
    def problems(self) -> list[tuple[str, str]]:
        values, remedy = self.values, self.rules[0].remedy
        is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
        if not is_list and np.ndim(values) != 1:
            return [("values", f"must be a list of numbers, got {reprlib.repr(values)}: {remedy}")]
        if len(values) < 2:
            return [("values", f"must hold at least 2 numbers, got {len(values)}: {remedy}")]
        checks = (_VALUE.problems(f"values[{at}]", value) for at, value in enumerate(values))
        found = [problem for problems in checks for problem in problems]
        more = len(found) - _SHOWN_VALUES
        rest = [("values", f"must hold numbers >= 0, got {more} more that are not: {remedy}")]
        return found[:_SHOWN_VALUES] + (rest if more > 0 else [])

    @override
    def _normal(self, value: Any) -> Any:
        return tuple(sorted(map(float, value)))

    @cached_property
    def _sorted(self) -> _Floats:
        return np.array(self.values)

    @property
    @override
    def mean(self) -> float:
        return float(np.mean(self._sorted[:-1] / 2.0 + self._sorted[1:] / 2.0))

    def _variance(self) -> float:
        ends = self._sorted - self.mean
        left, right = ends[:-1], ends[1:]
        return float(np.mean(left * left + left * right + right * right) / 3.0)

    def _inverse(self, u: _Floats) -> _Floats:
        position = u * (len(self.values) - 1)
        lower = np.minimum(position.astype(np.intp), len(self.values) - 2)
        left, right = self._sorted[lower], self._sorted[lower + 1]
        return np.asarray(np.minimum(left + (right - left) * (position - lower), right))


DISTRIBUTIONS: dict[str, type[Distribution]] = {
    law.kind: law
    for law in (Deterministic, Exponential, Gamma, Lognormal, Uniform, Pareto, Empirical)
}
"""The laws by the name they have in a configuration (``kind: exponential``)."""
