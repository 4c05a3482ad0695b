"""Clusters of guests, and the columns an analysis needs.

A cluster is a set of rows that was drawn independently of the others; every variance in this
package is a variance between clusters. Where trials are drawn independently a cluster is a trial:
its rows share one random scenario, across replications (the scenario is the same) and across design
points (common random numbers make them dependent). Where trials are points of scrambled Sobol sets
(`hvmc.regimes.luck`) they depend on each other on purpose, and a cluster is all trials of one
scramble; rows then carry it in the column ``scramble``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    within : Clusters, optional
        The rows by trial, where a cluster is a scramble.
    held : ndarray, optional
        float64, shape (count,): rows of each cluster; counted from the codes without it.
    """

    codes: NDArray[np.int64]
    count: int
    within: Clusters | None = None
    held: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, labels: ArrayLike | Clusters, rows: NDArray[np.bool_] | None = None) -> Clusters:
        """Turn ``labels``, shape (rows,), of any sortable type, into codes; or those of some rows.

        Of those that `cluster_labels` made of trials and scrambles, clusters are the scrambles,
        unless they hold fewer than two trials each: such few are as good as independent.

        Examples
        --------
        >>> Clusters.of([7, 7, 3]).codes.tolist()
        [1, 1, 0]
        """
        if isinstance(labels, Clusters):
            return labels if rows is None or rows.all() else labels._only(rows)
        named = np.asarray(labels) if rows is None else np.asarray(labels)[rows]
        if named.dtype.names is None:
            return cls._of(named)
        return cls._scrambled(cls._of(named["trial"]), cls._of(named["scramble"]))

    def _only(self, rows: NDArray[np.bool_]) -> Clusters:
        own = self._of(self.codes[rows])
        return own if self.within is None else self._scrambled(self.within._only(rows), own)

    @classmethod
    def _scrambled(cls, trials: Clusters, scrambles: Clusters) -> Clusters:
        if trials.count < 2 * scrambles.count:
            return trials
        return cls(scrambles.codes, scrambles.count, trials, scrambles.held)

    @classmethod
    def _of(cls, labels: NDArray[Any]) -> Clusters:
        if labels.dtype.kind in "iu" and labels.size:
            least, most = int(labels.min()), int(labels.max())
            if most - least < 2 * labels.size:
                places = labels - least
                rows = np.bincount(places)
                seen = rows > 0
                codes = places if seen.all() else (np.cumsum(seen) - 1)[places]
                held = rows[seen].astype(np.float64)
                return cls(codes.astype(np.int64, copy=False), held.size, held=held)
        names, codes = np.unique(labels, return_inverse=True)
        return cls(codes.astype(np.int64, copy=False).reshape(-1), int(names.size))

    @classmethod
    def counted(cls, held: NDArray[np.float64]) -> Clusters:
        """Return clusters of so many rows each, at least one, shape (count,)."""
        return cls(np.arange(held.size), held.size, held=held)

    @property
    def rows(self) -> int:
        """Rows of all clusters."""
        return self.codes.size if self.held is None else int(self.held.sum())

    @property
    def trials(self) -> Clusters:
        """The rows by trial."""
        return self.within or self

    def sums(self, values: NDArray[np.floating] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Sum ``values``, shape (rows,), within each cluster: float64, shape (count,)."""
        return np.bincount(self.codes, weights=values, minlength=self.count)

    def sizes(self) -> NDArray[np.float64]:
        """Rows of each cluster: float64, shape (count,)."""
        if self.held is not None:
            return self.held
        return np.bincount(self.codes, minlength=self.count).astype(np.float64)

    def take(self, places: NDArray[np.intp]) -> Clusters:
        """Return the clusters of rows in another order."""
        within = None if self.within is None else self.within.take(places)
        return Clusters(self.codes[places], self.count, within, self.held)

    def effective(self) -> float:
        """Trials of equal size that are worth as much (Kish): (sum n)^2 / sum n^2."""
        sizes = self.trials.sizes()
        return float(sizes.sum() ** 2 / (sizes @ sizes)) if sizes.size else 0.0


def cluster_labels(rows: pd.DataFrame) -> NDArray[Any]:
    """Return what tells clusters of rows apart, for `Clusters.of` and all that takes clusters.

    Parameters
    ----------
    rows : DataFrame
        With the column ``trial``, and ``scramble`` where trials are not independent.

    Returns
    -------
    ndarray
        Shape (rows,): trials, or pairs of scramble and trial.
    """
    trials: NDArray[Any] = rows["trial"].to_numpy()
    if "scramble" not in rows:
        return trials
    found = np.empty(len(rows), [("scramble", np.int64), ("trial", np.int64)])
    found["trial"], found["scramble"] = trials, rows["scramble"].to_numpy()
    return found


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


def where(rows: pd.DataFrame, kept: ArrayLike) -> pd.DataFrame:
    """Return some rows; all of them without making a copy."""
    mask = np.asarray(kept, dtype=bool)
    return rows if mask.all() else rows[mask]


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
