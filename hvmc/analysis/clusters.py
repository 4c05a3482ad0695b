"""Clusters of guests, and the columns an analysis needs.

A cluster is the set of rows that share one random scenario. It is the unit that is drawn
independently; every variance in this package is a variance between clusters. Rows of one trial
stay in one cluster across replications (the scenario is the same) and across design points (common
random numbers make them dependent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows numbered by cluster.

    Attributes
    ----------
    codes : ndarray
        int64, shape (rows,): cluster of each row, 0 .. count - 1.
    count : int
        Clusters with at least one row.
    """

    codes: NDArray[np.int64]
    count: int

    @classmethod
    def of(cls, labels: ArrayLike) -> Clusters:
        """Turn ``labels``, shape (rows,), of any sortable type, into codes.

        Examples
        --------
        >>> Clusters.of([7, 7, 3]).codes.tolist()
        [1, 1, 0]
        """
        names, codes = np.unique(np.asarray(labels), return_inverse=True)
        return cls(codes.astype(np.int64, copy=False).reshape(-1), int(names.size))

    def sums(self, values: NDArray[np.floating] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum ``values``, shape (rows,), within each cluster: float64, shape (count,)."""
        return np.bincount(self.codes, weights=values, minlength=self.count)

    def sizes(self) -> NDArray[np.float64]:
        """Rows of each cluster: float64, shape (count,)."""
        return np.bincount(self.codes, minlength=self.count).astype(np.float64)


def require_columns(outcomes: pd.DataFrame, columns: Iterable[str], purpose: str) -> None:
    """Refuse a frame that lacks a column ``purpose`` needs.

    Raises
    ------
    KeyError
        Naming all missing columns, those present and the remedy.
    """
    missing = [column for column in columns if column not in outcomes.columns]
    if missing:
        raise KeyError(
            f"outcomes must have the columns {missing} for {purpose}, got "
            f"{list(outcomes.columns)}; load them too (columns=None loads all)"
        )


def table_by_group(
    frame: pd.DataFrame,
    by: Sequence[str],
    columns: Sequence[str],
    rows_of: Callable[[pd.DataFrame], Iterable[tuple[object, ...]]],
) -> pd.DataFrame:
    """Return the rows of every group under the group's key, groups in order of appearance."""
    import pandas as pd

    rows = [
        (*key, *row)
        for key, group in frame.groupby(list(by), sort=False, observed=True)
        for row in rows_of(group)
    ]
    return pd.DataFrame(rows, columns=[*by, *columns])
