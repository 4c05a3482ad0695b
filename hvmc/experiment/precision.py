"""Precision: how narrow an interval is wanted, and how many trials that takes.

A run looks at the same numbers of trials always, 64, 128, 256, ..., and doubles those of the
design points that are not yet narrow enough. What it does next depends on these first trials alone,
so that a run that was interrupted and goes on ends as it would have.

The half-width is that of the 95 % interval. A verdict may be reached at any look, so each look
judges it at a level that leaves 5 % for all of them together (Bonferroni).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.claims import PUBLISHED_CLAIM
from hvmc.analysis.clusters import cluster_labels
from hvmc.analysis.comparisons import COLUMNS as COMPARED
from hvmc.analysis.comparisons import compare, comparisons
from hvmc.analysis.intervals import Interval, mean
from hvmc.analysis.quantiles import quantile
from hvmc.analysis.shares import share

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results
    from hvmc.experiment.settings import Experiment

__all__ = ["Reached", "assess", "next_sizes", "verdict_level"]

_ERROR = 0.05


@dataclass(frozen=True)
class Reached:
    """How precise an estimand is in one group of guests.

    Parameters
    ----------
    point : int
        Design point.
    regime, role : str
        Whose guests.
    trials : int
        That it rests on.
    estimate : float
        The estimand.
    half_width : float
        Half the 95 % interval, relative to the estimate where that was asked; inf without one.
    wanted : float
        The half-width asked for.
    is_open : bool
        Whether a verdict on the published claim is undecided there.
    """

    point: int
    regime: str
    role: str
    trials: int
    estimate: float
    half_width: float
    wanted: float
    is_open: bool

    @property
    def is_narrow(self) -> bool:
        """Whether the interval is narrow enough."""
        return self.half_width <= self.wanted


def verdict_level(experiment: "Experiment") -> float:
    """Return the level at which verdicts are judged: 0.95, of looks the share of one of them."""
    return 1.0 - _ERROR / (len(experiment.precision.looks) if experiment.is_precise else 1)


def next_sizes(experiment: "Experiment", reached: "list[Reached]") -> tuple[int, ...]:
    """Return the trials of each design point at the next look; the same ones where all is done.

    Parameters
    ----------
    experiment : Experiment
        With the sizes of this look.
    reached : list of Reached
        Of this look.
    """
    short = {one.point for one in reached if not one.is_narrow}
    numbers = experiment.precision.looks
    return tuple(
        next((n for n in numbers if n > size), size) if point in short else size
        for point, size in enumerate(experiment.all_sizes)
    )


def assess(results: "Results") -> list[Reached]:
    """Return how precise the estimand is at each design point.

    Parameters
    ----------
    results : Results
        With the trials of this look.

    Raises
    ------
    ResultsError
        If they can't be read.
    """
    experiment = results.settings
    if experiment.precision.estimand in _CHANGES:
        return list(_changes(results))
    outcomes = results.trials(columns=_COLUMNS)
    groups = outcomes.groupby(["point", "regime", "role"], sort=True, observed=True)
    trials = outcomes.groupby("point", observed=True)["trial"].nunique()
    return [
        _reached(experiment, int(point), str(regime), str(role), rows, int(trials[point]))
        for (point, regime, role), rows in groups
        if np.isfinite(rows["stretch"]).any()
    ]


_COLUMNS = ["point", "trial", "regime", "role", "stretch", "censored"]
_CHANGES = {"p_suffers_change": "suffers", "response_change": "response_s"}


def _changes(results: "Results") -> Iterator[Reached]:
    """Yield how precise the paired changes are, at both design points of each."""
    experiment = results.settings
    wanted = comparisons([point.levels for point in experiment.points], experiment.compare)
    limits = {n: point.design.suffers_above for n, point in enumerate(experiment.points)}
    table = compare(results.trials(columns=COMPARED), wanted, suffers_above=limits)
    table = table[table["metric"] == _CHANGES[experiment.precision.estimand]]
    for row in table[table["point"] != table["baseline"]].itertuples():
        half = (row.high - row.low) / 2.0
        if experiment.precision.relative:
            half = half / abs(row.change) if row.change else math.inf
        for point in (row.point, row.baseline):
            yield Reached(
                point=int(point),
                regime=str(row.regime),
                role=str(row.role),
                trials=int(row.clusters),
                estimate=float(row.change),
                half_width=half if math.isfinite(half) else math.inf,
                wanted=experiment.precision.half_width or math.inf,
                is_open=False,
            )


def _reached(
    experiment: "Experiment", point: int, regime: str, role: str, rows: "pd.DataFrame", trials: int
) -> Reached:
    precision = experiment.precision
    above = experiment.points[point].design.suffers_above
    found = _interval(precision.estimand, rows, above, 0.95)
    half = (found.high - found.low) / 2.0
    if precision.relative:
        half = half / abs(found.estimate) if found.estimate else math.inf
    is_open = _is_open(experiment, regime, role, rows, above)
    wanted = precision.half_width or math.inf
    if is_open and precision.undecided_half_width is not None:
        wanted = min(wanted, precision.undecided_half_width)
    return Reached(
        point=point,
        regime=regime,
        role=role,
        trials=trials,
        estimate=found.estimate,
        half_width=half if math.isfinite(half) else math.inf,
        wanted=wanted,
        is_open=is_open,
    )


def _is_open(
    experiment: "Experiment", regime: str, role: str, rows: "pd.DataFrame", above: float
) -> bool:
    if experiment.report != "regimes":
        return False
    claims = [one for one in PUBLISHED_CLAIM if (one.regime, one.role) == (regime, role)]
    found = _interval("p_suffers", rows, above, verdict_level(experiment)) if claims else None
    return found is not None and any(
        one.judge(found.low, found.high) == "undecided" for one in claims
    )


def _interval(estimand: str, rows: "pd.DataFrame", above: float, level: float) -> Interval:
    active = rows[np.isfinite(rows["stretch"].to_numpy(np.float64))]
    stretch, labels = active["stretch"].to_numpy(np.float64), cluster_labels(active)
    cut = active["censored"].to_numpy() > 0
    if estimand == "p_suffers":
        return share(stretch > above, labels, censored=cut, level=level)
    if estimand == "mean_log_stretch":
        return mean(np.log(stretch), labels, level=level)
    q = float(estimand.removeprefix("stretch_p")) / 100.0
    return quantile(stretch, labels, q, censored=cut, level=level)
