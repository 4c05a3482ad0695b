"""Settings compared with a baseline under the same luck: what each role gains or pays.

One swept factor is compared, level by level, with its first level, or of several factors each
combination with the first; all other factors stay the same in a comparison and make its *context*.
Guests are matched by name within a trial; clones of a
guest (`hvmc.regimes.clones`) count together as the one service they make up.

==========  =====================================================================================
metric      what it is
==========  =====================================================================================
suffers     share of guests whose stretch is above the limit; change: difference of the shares,
            within the pairs
stretch_pX  quantile over guests; change: ratio of the quantiles (`hvmc.analysis.quantile_ratios`)
stretch     geometric mean over guests; change: geometric mean of the ratios within pairs
response_s  mean response time, geometric mean over guests; change: as for ``stretch``. The two
            differ for clones alone, whose stretch has another native time below it
throughput  requests per second, geometric mean over guests; change: as for ``stretch``
==========  =====================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import cluster_labels, require_columns
from hvmc.analysis.intervals import Interval, check_level, geometric_mean, mean
from hvmc.analysis.quantile_ratios import quantile_ratios
from hvmc.analysis.quantiles import quantiles
from hvmc.analysis.services import by_service
from hvmc.analysis.shares import share, unchanged
from hvmc.analysis.words import short_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COLUMNS", "MARGIN", "Comparison", "compare", "comparisons", "effect"]

MARGIN = 0.05
"""Change of a response time below which it counts as none: a factor of 1.05 either way."""

QUANTILES = (0.5, 0.95)
COLUMNS = (
    *("point", "regime", "role", "trial", "replication", "guest", "stretch", "censored"),
    *("response_mean_s", "native_response_mean_s", "measured", "throughput_per_s"),
)
_PAIR = ["trial", "replication", "guest"]
_RATIOS = {
    "stretch": "stretch",
    "response_s": "response_mean_s",
    "throughput": "throughput_per_s",
}
_FRAME = (
    *("context", "setting", "point", "baseline", "regime", "role", "metric"),
    *("level", "level_low", "level_high", "change", "low", "high", "supported"),
    *("clusters", "discordant", "pairs", "unpaired", "censored_pairs"),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A design point and the one it is compared with.

    Parameters
    ----------
    point, baseline : int
        Design points.
    context : str
        The factors they share: ``regime=over_committed``; empty where there are none.
    setting : str
        Level of the compared factor at ``point``: ``weights``, or ``clones=4``.
    """

    point: int
    baseline: int
    context: str
    setting: str


def comparisons(levels: Sequence[Mapping[str, Any]], factor: str) -> list[Comparison]:
    """Pair each design point with the first one of the same context, itself included.

    Parameters
    ----------
    levels : sequence of mapping
        Swept factor to its level, at each design point in order.
    factor : str
        The compared one, or several, separated by commas.

    Examples
    --------
    >>> levels = [{"regime": r, "weight": w} for r in ("a", "b") for w in (1, 2)]
    >>> [(found.point, found.baseline) for found in comparisons(levels, "weight")]
    [(0, 0), (1, 0), (2, 2), (3, 2)]
    >>> [found.setting for found in comparisons(levels, "regime,weight")]
    ['regime=a weight=1', 'regime=a weight=2', 'regime=b weight=1', 'regime=b weight=2']
    """
    factors = factor.split(",")
    first: dict[str, int] = {}
    found = []
    for point, own in enumerate(levels):
        context = " ".join(f"{key}={value}" for key, value in own.items() if key not in factors)
        setting = " ".join(_named(key, own[key], len(factors) == 1) for key in factors)
        baseline = first.setdefault(context, point)
        found.append(Comparison(point, baseline, context, setting))
    return found


def _named(factor: str, level: Any, alone: bool) -> str:
    """Return a level as printed: a word alone, what else with what it is the level of."""
    if alone and isinstance(level, str):
        return level
    return f"{short_keys([factor])[0]}={level}"


def compare(
    outcomes: pd.DataFrame,
    wanted: Sequence[Comparison],
    *,
    suffers_above: float | Mapping[int, float] = 1.25,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return levels and paired changes of every comparison, by role.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest), with `COLUMNS`.
    wanted : sequence of Comparison
        As of `comparisons`.
    suffers_above : float or mapping
        Stretch above which a guest suffers, at all design points or by design point.
    level : float
        Coverage of the intervals, inside (0, 1).

    Returns
    -------
    DataFrame
        One row per comparison, role and metric: context, setting, point, baseline, regime, role,
        metric; level with level_low and level_high, over all guests at the point; change with
        low, high and supported, over the pairs; clusters, discordant (those in which a guest
        suffers at one point alone), pairs, unpaired (guests of either point without a partner that
        has a finite stretch), censored_pairs (in which a value is only a lower bound). A baseline
        compared with itself has a change of exactly 0 or 1.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level is not allowed.
    """
    check_level(level)
    require_columns(outcomes, COLUMNS, "a comparison of settings")
    services = by_service(outcomes)
    each = isinstance(suffers_above, Mapping)
    limits = services["point"].map(suffers_above) if each else suffers_above
    services["suffers"] = (services["stretch"] > limits).astype(np.float64)
    at = {int(point): rows for point, rows in services.groupby("point", sort=True)}
    rows = [
        row
        for one in wanted
        if one.point in at and one.baseline in at
        for row in _rows(one, at[one.point], at[one.baseline], level)
    ]
    return pd.DataFrame(rows, columns=list(_FRAME))


def effect(low: float, high: float, margin: float = MARGIN) -> str:
    """Say what an interval of a ratio of response times amounts to.

    Returns
    -------
    str
        ``gains`` (all of it below 1 / (1 + margin)), ``pays`` (all above 1 + margin), ``same``
        (all between) or ``open``.

    Examples
    --------
    >>> effect(0.5, 0.6), effect(0.99, 1.01), effect(1.2, 1.3), effect(0.9, 1.1)
    ('gains', 'same', 'pays', 'open')
    """
    least, most = 1.0 / (1.0 + margin), 1.0 + margin
    if high < least:
        return "gains"
    if low > most:
        return "pays"
    return "same" if least <= low and high <= most else "open"


def _rows(
    one: Comparison, here: pd.DataFrame, there: pd.DataFrame, level: float
) -> Iterator[tuple[Any, ...]]:
    for role in there["role"].unique():
        own, others = here[here["role"] == role], there[there["role"] == role]
        if own.empty:
            continue
        pairs = own.merge(others, on=_PAIR, suffixes=("", "_base"), validate="one_to_one")
        usable = np.isfinite(pairs["stretch"]) & np.isfinite(pairs["stretch_base"])
        used = pairs[usable]
        cut = int(((used["censored"] > 0) | (used["censored_base"] > 0)).sum())
        differs = used["suffers"] != used["suffers_base"]
        discordant = int(used.loc[differs, "trial"].nunique())
        counts = (discordant, len(used), len(own) + len(others) - 2 * len(used), cut)
        regime = own["regime"].iloc[0]
        head = (one.context, one.setting, one.point, one.baseline, regime, role)
        for metric, now, change in _metrics(own, used, level):
            yield (
                *(*head, metric, now.estimate, now.low, now.high),
                *(change.estimate, change.low, change.high, change.supported),
                *(change.clusters, *counts),
            )


def _metrics(
    own: pd.DataFrame, pairs: pd.DataFrame, level: float
) -> Iterator[tuple[str, Interval, Interval]]:
    """Yield metric, its level at the point and its change over the pairs."""
    active = own[np.isfinite(own["stretch"])]
    trial, both = cluster_labels(active), cluster_labels(pairs)
    censored = active["censored"] > 0
    suffering = share(active["suffers"] > 0, trial, censored=censored, level=level)
    yield "suffers", suffering, _difference(pairs, level)
    levels = quantiles(active["stretch"], trial, QUANTILES, censored=censored, level=level)
    changes = quantile_ratios(pairs["stretch"], pairs["stretch_base"], both, QUANTILES, level=level)
    for q, now, change in zip(QUANTILES, levels, changes, strict=True):
        yield f"stretch_p{100 * q:g}", now, change
    for metric, column in _RATIOS.items():
        ratio = pairs[column] / pairs[f"{column}_base"]
        now = geometric_mean(active[column], trial, level=level)
        yield metric, now, geometric_mean(ratio, both, level=level)


def _difference(pairs: pd.DataFrame, level: float) -> Interval:
    """Difference of the shares that suffer, with limits inside -1 .. 1.

    Where all trials agree their variance says nothing. Where no guest changed sides in any of
    them, the limits are those of `hvmc.analysis.shares.unchanged`; else those of the share that
    begins to suffer less those of the share that ceases to.
    """
    change = pairs["suffers"] - pairs["suffers_base"]
    trials = cluster_labels(pairs)
    found = mean(change, trials, level=level)
    if found.clusters > 1 and not change.any():
        found = unchanged(found, trials)
    elif found.clusters > 1 and math.isclose(found.low, found.high, abs_tol=1e-12):
        begins, ceases = (share(change == side, trials, level=level) for side in (1.0, -1.0))
        found = replace(found, low=begins.low - ceases.high, high=begins.high - ceases.low)
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))
