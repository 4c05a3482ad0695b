"""Two design points compared guest by guest under common random numbers.

Every design point gets the same trials: guest g of trial t sees the same requests at both. The
comparison is made within each pair, which takes out what the two have in common, and averaged over
pairs with the variance between trials. ``variance_ratio`` says what the pairing is worth: variance
of the same comparison from independent trials, over the variance obtained.

References
----------
Law, Simulation Modeling and Analysis, 5th ed., 2015, section 11.2 (common random numbers) and
10.2.1 (paired-t interval).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import cluster_labels, require_columns
from hvmc.analysis.intervals import Interval, check_level, mean
from hvmc.analysis.shares import unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Scale = Literal["ratio", "difference"]

_PAIR = ["trial", "replication", "guest"]
_COLUMNS = (
    *("point", "baseline", "metric", "estimate", "low", "high", "supported"),
    *("variance_ratio", "clusters", "pairs", "unpaired", "censored_pairs"),
)


def paired(
    outcomes: pd.DataFrame,
    point: int,
    baseline: int,
    *,
    column: str = "stretch",
    scale: Scale = "ratio",
    by: Sequence[str] = ("role",),
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare ``point`` with ``baseline``, guest by guest.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest).
    point, baseline : int
        Design points to compare.
    column : str
        What is compared; a bool column (``suffers``) compares shares on the difference scale. Where
        no pair differs in any trial, the interval of the difference is that of
        `hvmc.analysis.shares.unchanged`.
    scale : {"ratio", "difference"}
        Geometric mean of point / baseline (mean log-ratio, taken back), or mean of
        point - baseline. Below 1, or below 0, the point has less of ``column``.
    by : sequence of str
        Columns that define the groups; partners agree in them.
    level : float
        Coverage, inside (0, 1).

    Returns
    -------
    DataFrame
        One row per group: ``by``, point, baseline, metric, estimate, low, high, supported,
        variance_ratio, clusters, pairs (used), unpaired (rows without a usable partner),
        censored_pairs (pairs in which a value is only a lower bound: neither end of the interval
        accounts for them).

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level or scale is not allowed, or a point is absent.
    """
    check_level(level)
    if scale not in ("ratio", "difference"):
        raise ValueError(f"scale must be 'ratio' or 'difference', got {scale!r}")
    require_columns(outcomes, (*by, "point", *_PAIR, "censored", column), "a paired comparison")
    pairs = _pairs(outcomes, point, baseline, column, by)
    shares = scale == "difference" and pd.api.types.is_bool_dtype(outcomes[column])
    name = f"{column}_{scale}"
    rows = [
        (*key, point, baseline, name, *_compare(group, scale, level, shares=shares))
        for key, group in pairs.groupby(list(by), sort=False, observed=True)
    ]
    return pd.DataFrame(rows, columns=[*by, *_COLUMNS])


def _pairs(
    outcomes: pd.DataFrame, point: int, baseline: int, column: str, by: Sequence[str]
) -> pd.DataFrame:
    """Rows of both points side by side, those without a partner included."""
    present = sorted(outcomes["point"].unique().tolist())
    for wanted in (point, baseline):
        if wanted not in present:
            raise ValueError(f"point must be one of {present}, got {wanted}")
    keys = list(dict.fromkeys([*_PAIR, *by]))
    keys += [name for name in ("scramble",) if name in outcomes]
    values = outcomes[["point", *keys]].assign(
        value=outcomes[column].astype(np.float64), bound=outcomes["censored"] > 0
    )
    sides = [values[values["point"] == side].drop(columns="point") for side in (point, baseline)]
    return sides[0].merge(
        sides[1], on=keys, how="outer", suffixes=("", "_base"), validate="one_to_one"
    )


def _compare(
    pairs: pd.DataFrame, scale: Scale, level: float, *, shares: bool
) -> tuple[float | bool | int, ...]:
    """Cells of the result from ``estimate`` on."""
    sides = [_scaled(pairs[name], scale) for name in ("value", "value_base")]
    usable = np.isfinite(sides[0]) & np.isfinite(sides[1])
    trial = cluster_labels(pairs)[usable]
    value, base = (side[usable] for side in sides)
    found = mean(value - base, trial, level=level)
    apart = [mean(side, trial, level=level) for side in (value, base)]
    worth = _variance_ratio(found, apart)
    if shares and found.clusters > 1 and np.array_equal(value, base):
        found = unchanged(found, trial)
    limits = np.array([found.estimate, found.low, found.high])
    if scale == "ratio":
        with np.errstate(over="ignore"):
            limits = np.exp(limits)
    bound = pairs.loc[usable, ["bound", "bound_base"]].astype(bool).any(axis=1)
    return (
        *limits.tolist(),
        found.supported,
        worth,
        found.clusters,
        found.observations,
        int(usable.size - usable.sum()),
        int(bound.sum()),
    )


def _scaled(values: pd.Series, scale: Scale) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = values.to_numpy(dtype=np.float64)
    if scale == "difference":
        return numbers
    return np.log(numbers, out=np.full(numbers.shape, np.nan), where=numbers > 0.0)


def _variance_ratio(found: Interval, apart: Sequence[Interval]) -> float:
    """Variance of the difference of independent means over that of the paired one."""
    if not found.supported or found.high == found.low:
        return math.nan
    independent = sum((side.high - side.low) ** 2 for side in apart)
    return independent / (found.high - found.low) ** 2
