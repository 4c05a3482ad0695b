"""The share of guests that suffer, by class of a guest's property."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hvmc.analysis.clusters import cluster_labels, table_by_group
from hvmc.analysis.shares import share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["classes", "suffering_by_class"]

_MOST_VALUES = 6
_DECADES = (0.0, 1.0, 10.0, 100.0, math.inf)
_OPEN = "open"
_COLUMNS = ("class", "estimate", "low", "high", "at_least", "supported", "clusters", "guests")


def suffering_by_class(
    outcomes: pd.DataFrame,
    column: str,
    *,
    above: float,
    level: float = 0.95,
    by: Sequence[str] = ("regime", "role"),
) -> pd.DataFrame:
    """Estimate P(stretch > above) in every class of every group.

    Parameters
    ----------
    outcomes : DataFrame
        Active guests.
    column : str
        Property that is cut into `classes`, of all groups together.
    above : float
        A guest suffers when its stretch exceeds this, dimensionless.
    level : float
        Coverage of the intervals, inside (0, 1).
    by : sequence of str
        Columns that define the groups.

    Returns
    -------
    DataFrame
        Tidy: ``by``, class, estimate, low, high, at_least, supported, clusters, guests; only
        classes with guests, as an ordered categorical.
    """
    codes, names = classes(outcomes[column])

    def rows(group: pd.DataFrame) -> Iterator[tuple[object, ...]]:
        for code, own in group.groupby("class", sort=True):
            suffers, cut = own["stretch"] > above, own["censored"].to_numpy() > 0
            found = share(suffers, cluster_labels(own), censored=cut, level=level)
            cells = (found.estimate, found.low, found.high, found.at_least, found.supported)
            yield names[int(code)], *cells, found.clusters, found.observations

    needed = outcomes.filter([*by, "trial", "scramble", "stretch", "censored"])
    found = table_by_group(needed.assign(**{"class": codes}), by, _COLUMNS, rows)
    return found.assign(**{"class": pd.Categorical(found["class"], names, ordered=True)})


def classes(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Cut a column into at most six classes: its values, or decades when it has more.

    Parameters
    ----------
    values : Series
        Numbers, shape (rows,); nan stands for an open workload, which has no think time.

    Returns
    -------
    codes : ndarray
        int64, shape (rows,): class of each row.
    names : list of str
        Name of each class, in ascending order, ``open`` last.

    Examples
    --------
    >>> import pandas as pd
    >>> classes(pd.Series([4, 1, 4]))[1]
    ['1', '4']
    >>> classes(pd.Series([0.5, 3, 4, 5, 6, 7, 8.0, float("nan")]))[1]
    ['0-1', '1-10', 'open']
    """
    numbers = values.to_numpy(dtype=float)
    known = np.isfinite(numbers)
    distinct, codes = np.unique(numbers, return_inverse=True)
    names = [f"{value:g}" for value in distinct]
    if np.isfinite(distinct).sum() > _MOST_VALUES or len(set(names)) < len(names):
        decades = np.where(known, np.digitize(numbers, _DECADES) - 1, len(_DECADES))
        used, codes = np.unique(decades, return_inverse=True)
        names = [_decade_name(int(index)) for index in used]
    if not known.all():
        names[-1] = _OPEN
    return codes, names


def _decade_name(index: int) -> str:
    low, high = (*_DECADES, math.inf, math.inf)[index : index + 2]
    return f"{low:g}-{high:g}" if math.isfinite(high) else f"{low:g} or more"
