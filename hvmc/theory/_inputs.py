"""Refusal of impossible input: every message names the path, the rule, the value and a remedy."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray


def require(holds: bool, path: str, rule: str, value: object, remedy: str) -> None:
    """Raise ``ValueError`` with the four parts of a message unless ``holds``."""
    if not holds:
        raise ValueError(f"{path} must be {rule}, got {value}; {remedy}")


def require_positive(path: str, value: float, remedy: str) -> None:
    """Refuse zero, negative, infinite and NaN values."""
    require(value > 0 and math.isfinite(value), path, "finite and > 0", value, remedy)


def require_nonnegative(path: str, value: float, remedy: str) -> None:
    """Refuse negative, infinite and NaN values."""
    require(value >= 0 and math.isfinite(value), path, "finite and >= 0", value, remedy)


def require_count(path: str, value: int, remedy: str, minimum: int = 1) -> None:
    """Refuse anything but a whole number of at least ``minimum``."""
    whole = isinstance(value, int | np.integer) and value >= minimum
    require(whole, path, f"a whole number >= {minimum}", value, remedy)


def require_probability(probability: float) -> None:
    """Refuse a quantile level outside [0, 1)."""
    rule, remedy = ">= 0 and < 1", "give 0.95 for the 95th percentile"
    require(0.0 <= probability < 1.0, "probability", rule, probability, remedy)


def vector(path: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return ``values`` as a fresh float64 array, refused unless shape (n,) with n >= 1."""
    array = np.array(values, dtype=np.float64)
    remedy = "give one number for each entry"
    require(array.ndim == 1 and array.size >= 1, path, "of shape (n,), n >= 1", array.shape, remedy)
    return array


def require_each(
    holds: NDArray[np.bool_], path: str, rule: str, values: Iterable[object], remedy: str
) -> None:
    """Refuse an array, naming every offending index and its value."""
    pairs = enumerate(zip(holds, values, strict=True))
    wrong = [f"{path}[{index}] = {value}" for index, (held, value) in pairs if not held]
    require(not wrong, path, rule, ", ".join(wrong), remedy)
