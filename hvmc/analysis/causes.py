"""How much of the penalty each mechanism is responsible for: Shapley values of log stretch.

A game gives every coalition S of n players a value v(S). The Shapley value of player i is its mean
marginal contribution over all orders in which the players can join:

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S + i) - v(S)).

It is the only division that hands out v(all) - v(none) completely, treats players alike that
contribute alike, gives nothing to a player that never changes the value, and of a sum of games
gives the sum of the shares. Here players are mechanisms and the value is the log stretch of a
guest with the coalition's mechanisms alone (`hvmc.trial.coalitions`), so that contributions add up
to the log stretch and their exponentials multiply to the stretch.

References
----------
Shapley, A value for n-person games, Contributions to the Theory of Games II, 1953, 307-317, eq. 12.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from hvmc.analysis.intervals import Interval

__all__ = [
    "PENALTY",
    "PREFIX",
    "cause_columns",
    "cause_title",
    "has_shares",
    "shapley",
    "summarise_causes",
]

PREFIX = "cause_"
"""Columns of the outcomes that hold contributions begin with it."""

PENALTY = "penalty"
"""Name under which a summary gives the log stretch itself."""

_COLUMNS = ("cause", "metric", "estimate", "low", "high", "at_least", "supported")
_COUNTS = ("clusters", "guests", "excluded")


def shapley(values: ArrayLike) -> NDArray[np.float64]:
    """Shapley values of games given by the values of all their coalitions.

    Parameters
    ----------
    values : array_like
        float, shape (..., 2**n), any unit: value of each coalition. Bit i of the last index says
        whether player i takes part.

    Returns
    -------
    ndarray
        float64, shape (..., n), in the unit of ``values``. They sum to the last value minus the
        first, up to rounding. A game with a value that is nan has nan for each player concerned.

    Raises
    ------
    ValueError
        If the last axis is not a power of two.

    References
    ----------
    Shapley 1953, eq. 12.

    Examples
    --------
    One left glove and two right ones; only a pair has a value:

    >>> pair = [left and right for right in (0, 1, 1, 1) for left in (0, 1)]
    >>> shapley(pair).round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    """
    games = np.asarray(values, dtype=np.float64)
    coalitions = games.shape[-1] if games.ndim else 0
    players = coalitions.bit_length() - 1
    if coalitions != 1 << max(players, 0):
        raise ValueError(
            f"values must have 2**n coalitions on the last axis, got shape {games.shape}: give "
            "the empty coalition and the full one too"
        )
    weights = np.array(
        [
            math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            for size in range(players)
        ]
    )
    numbers = np.arange(coalitions)
    found = np.empty((*games.shape[:-1], players))
    for player in range(players):
        without = numbers[numbers >> player & 1 == 0]
        gains = games[..., without | 1 << player] - games[..., without]
        found[..., player] = (gains * weights[np.bitwise_count(without)]).sum(axis=-1)
    return found


def cause_columns(outcomes: pd.DataFrame) -> list[str]:
    """Columns of contributions that hold any number, in the frame's order."""
    names = [name for name in outcomes.columns if str(name).startswith(PREFIX)]
    return [name for name in names if np.isfinite(outcomes[name].to_numpy(np.float64)).any()]


def cause_title(cause: str) -> str:
    """Return a cause as printed.

    Examples
    --------
    >>> cause_title("interrupts_and_io")
    'interrupts and I/O'
    """
    return " ".join("I/O" if word == "io" else word for word in cause.split("_"))


def summarise_causes(
    outcomes: pd.DataFrame, *, level: float = 0.95, by: Sequence[str] = ("regime", "role")
) -> pd.DataFrame:
    """Estimate what each cause contributes in every group, with intervals between trials.

    ============  ================================================================================
    metric        what it is
    ============  ================================================================================
    contribution  mean over guests of the contribution to log stretch; that of ``penalty`` is the
                  mean log stretch, the sum of the others
    factor        exp(contribution): by how much the cause multiplies the stretch (geometric mean)
    share         contribution over that of ``penalty``, a ratio of sums over guests
    ============  ================================================================================

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest) with columns ``cause_...``. Guests whose
        contributions are not finite are left out and counted in ``excluded``.
    level : float
        Coverage of the intervals, inside (0, 1).
    by : sequence of str
        Columns that define the groups.

    Returns
    -------
    DataFrame
        Tidy: ``by``, cause, metric, estimate, low, high, at_least, supported, clusters, guests,
        excluded; groups in the order of first appearance, causes in the order of columns,
        ``penalty`` last. ``at_least``, on ``penalty`` alone, says that requests were cut off.

    Raises
    ------
    KeyError
        If a column is missing, or no column holds contributions.
    """
    from hvmc.analysis.clusters import require_columns, table_by_group

    require_columns(outcomes, (*by, "trial", "stretch", "censored"), "causes")
    names = cause_columns(outcomes)
    if not names:
        raise KeyError(
            "outcomes must have columns cause_... that hold numbers, got none: run the experiment "
            "with causes=true"
        )
    columns = (*_COLUMNS, *_COUNTS)
    return table_by_group(outcomes, by, columns, lambda group: _rows(group, names, level))


def has_shares(found: pd.DataFrame) -> bool:
    """Say whether the penalty of a group is clearly above nothing, so that it can be shared out.

    Parameters
    ----------
    found : DataFrame
        Rows of one group of `summarise_causes`.
    """
    penalty = found[(found["cause"] == PENALTY) & (found["metric"] == "contribution")]
    return bool((penalty["low"] > 0.0).all())


def _rows(
    group: pd.DataFrame, names: Sequence[str], level: float
) -> Iterator[tuple[str | float | bool | int, ...]]:
    from hvmc.analysis.clusters import cluster_labels
    from hvmc.analysis.intervals import mean, ratio

    table = group[list(names)].to_numpy(np.float64)
    use = np.isfinite(table).all(axis=1)
    trial = cluster_labels(group)[use]
    log_stretch = np.log(group["stretch"].to_numpy(np.float64)[use])
    cut = bool((group["censored"].to_numpy()[use] > 0).any())
    every = {name.removeprefix(PREFIX): table[use, i] for i, name in enumerate(names)}
    for cause, values in {**every, PENALTY: log_stretch}.items():
        least = cut and cause == PENALTY
        excluded = int((~use).sum())
        found = mean(values, trial, level=level)
        yield cause, "contribution", *_cells(found, least, excluded)
        with np.errstate(over="ignore"):
            factor = np.exp([found.estimate, found.low, found.high]).tolist()
        yield cause, "factor", *factor, *_cells(found, least, excluded)[3:]
        share = ratio(values, log_stretch, trial, level=level)
        yield cause, "share", *_cells(share, False, excluded)


def _cells(found: Interval, at_least: bool, excluded: int) -> tuple[float | bool | int, ...]:
    return (
        *(found.estimate, found.low, found.high, at_least, found.supported),
        *(found.clusters, found.observations, excluded),
    )
