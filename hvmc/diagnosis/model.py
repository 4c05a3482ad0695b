"""Multinomial logistic models as plain numbers, one for each set of counters that a log may have.

P(class k | x) = exp(a_k + b_k z) / sum_j exp(a_j + b_j z), z the features less their mean over
their standard deviation in training. Features beyond the range met in training are taken at its
end, as a line says nothing there; `Family.beyond` tells which are. Where a formula says of two
classes what comes true more often or less often, the share that came true is told instead.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hvmc.diagnosis.features import COUNTERS, FEATURES

__all__ = ["FILE", "Family", "Logistic", "Models", "key_of", "load_models", "variants"]

FILE = Path(__file__).with_name("model.json")

type Values = NDArray[np.float64]

# ranges are written with five digits
_NEAR = 1e-4


@dataclass(frozen=True)
class Logistic:
    """One model.

    Parameters
    ----------
    features : tuple of str
        Which.
    intercepts : ndarray, shape (classes,)
        a.
    coefficients : ndarray, shape (classes, features)
        b, of standardised features.
    held_out : mapping
        What it reached on held-out trials.
    calibration : ndarray, shape (2, knots), optional
        Of two classes: what the formula says of the second, rising, and how often that is true.
        Between knots in a straight line.
    """

    features: tuple[str, ...]
    intercepts: Values
    coefficients: Values
    held_out: Mapping[str, Any]
    calibration: Values | None = None

    def probabilities(self, standardised: Values) -> Values:
        """Return P(class), shape (n, classes), of features of shape (n, features)."""
        scores = self.intercepts + standardised @ self.coefficients.T
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        found = np.asarray(raised / raised.sum(axis=1, keepdims=True))
        if self.calibration is None:
            return found
        second = np.interp(found[:, 1], *self.calibration)
        return np.column_stack([1.0 - second, second])


@dataclass(frozen=True)
class Family:
    """Models of one question for all sets of counters.

    Parameters
    ----------
    classes : tuple of str
        What is told apart.
    features : tuple of str
        All that there are.
    ranges : mapping
        Feature to its least, greatest, mean value and standard deviation in training.
    models : mapping
        Key of the counters (`key_of`) to model.
    """

    classes: tuple[str, ...]
    features: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float, float, float]]
    models: Mapping[str, Logistic]

    def probabilities(self, features: Mapping[str, Values]) -> Values:
        """Return P(class), shape (windows, classes); nan where run times are unknown.

        Each window is judged by the model of the counters that have a value in it.
        """
        count = len(next(iter(features.values())))
        found = np.full((count, len(self.classes)), np.nan)
        keys = self._keys(features, count)
        for key in set(keys) - {""}:
            model, own = self.models[key], keys == key
            found[own] = model.probabilities(
                np.column_stack([self._standardised(n, features[n][own]) for n in model.features])
            )
        return found

    def model_for(self, counters: Sequence[str]) -> Logistic:
        """Return the model of a set of counters."""
        return self.models[key_of(counters)]

    def beyond(self, features: Mapping[str, Values]) -> Iterator[tuple[str, float, float, float]]:
        """Yield what lies out of its range in training: name, farthest value, least, greatest."""
        for name in (name for name in features if name in self.ranges):
            values = features[name][np.isfinite(features[name])]
            low, high = self.ranges[name][:2]
            least, most = float(values.min(initial=low)), float(values.max(initial=high))
            if least < low - _NEAR * abs(low):
                yield name, least, low, high
            if most > high + _NEAR * abs(high):
                yield name, most, low, high

    def _keys(self, features: Mapping[str, Values], count: int) -> NDArray[np.str_]:
        """Return the key of each window's model; empty where run times are unknown."""
        there = {
            name: np.all([np.isfinite(features[key]) for key in own], axis=0)
            for name in COUNTERS
            if (own := [key for key in self.features if FEATURES[key].counters == name])
        }
        there["ready"] = there["ready"] & there["wait"]
        known = np.column_stack(list(there.values()))
        every, place = np.unique(known, axis=0, return_inverse=True)
        names = list(there)
        keys = [key_of([name for name, on in zip(names, row, strict=True) if on]) for row in every]
        texts = np.array([key if "run" in key.split("+") else "" for key in keys])
        return np.asarray(texts[place.reshape(count)])

    def _standardised(self, name: str, values: Values) -> Values:
        low, high, mean, deviation = self.ranges[name]
        return np.asarray((np.clip(values, low, high) - mean) / deviation)


@dataclass(frozen=True)
class Models:
    """All models, what they were made of, and the rules of thumb.

    Parameters
    ----------
    about : mapping
        Training: trials, seed, sizes of hosts, versions.
    regime, suffers, cause : Family
        Which regime a host is in; whether a guest suffers; from what, of one that does.
    signs : tuple of mapping
        Published rules and how well they tell who suffers (`hvmc.diagnosis.signs`).
    """

    about: Mapping[str, Any]
    regime: Family
    suffers: Family
    cause: Family
    signs: tuple[Mapping[str, Any], ...]


def variants() -> list[tuple[str, ...]]:
    """Return all sets of counters that there are models for: run times with any of the others.

    Dispatches are of use where waits are known.
    """
    optional = [name for name in COUNTERS if name != "run"]
    found = []
    for bits in range(2 ** len(optional)):
        chosen = [name for place, name in enumerate(optional) if bits >> place & 1]
        if "ready" not in chosen or "wait" in chosen:
            found.append(("run", *chosen))
    return found


def key_of(counters: Sequence[str]) -> str:
    """Return the key of a set of counters.

    Examples
    --------
    >>> key_of(["lps", "run"])
    'run+lps'
    """
    return "+".join(name for name in COUNTERS if name in counters)


@cache
def load_models(file: Path = FILE) -> Models:
    """Read the models that come with hvmc."""
    read = json.loads(file.read_text(encoding="utf-8"))
    return Models(
        read["about"],
        _family(read["regime"]),
        _family(read["suffers"]),
        _family(read["cause"]),
        tuple(read["signs"]),
    )


def _family(read: Mapping[str, Any]) -> Family:
    features = tuple(read["ranges"])
    models = {
        key: Logistic(
            tuple(name for name in features if FEATURES[name].counters in key.split("+")),
            np.array(found["intercepts"]),
            np.array(found["coefficients"]),
            found["held_out"],
            np.array(found["calibration"]) if "calibration" in found else None,
        )
        for key, found in read["models"].items()
    }
    ranges = {name: tuple(numbers) for name, numbers in read["ranges"].items()}
    return Family(tuple(read["classes"]), features, ranges, models)
