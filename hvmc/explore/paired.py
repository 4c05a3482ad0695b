"""Two design points of one experiment, compared guest by guest under the same luck."""

from typing import TYPE_CHECKING

import numpy as np

from hvmc.explore.catalogue import Catalogue
from hvmc.explore.rows import Read, selected_rows
from hvmc.explore.selection import Selection
from hvmc.explore.views import LEVEL, NothingToShowError, View, thinned

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["paired_view"]

_PAIR = ["trial", "replication", "guest"]


def paired_view(selection: Selection, catalogue: Catalogue) -> View:
    """Estimate what changes between two design points.

    Of the stretch by `hvmc.analysis.comparisons.compare`, of other columns by
    `hvmc.analysis.paired.paired`: ratios where all values are positive, else differences.

    Raises
    ------
    NothingToShowError
        If there are not two design points, or they have no pair of guests.
    """
    from hvmc.analysis.comparisons import COLUMNS

    if selection.point == selection.baseline:
        raise NothingToShowError(
            "Choose two different design points: they are compared guest by guest."
        )
    columns = [*(COLUMNS if selection.column == "stretch" else ()), selection.column]
    read = next(iter(selected_rows(selection, catalogue, columns)))
    pairs = _pairs(read, selection)
    if not len(pairs):
        raise NothingToShowError(
            "These design points have no guest in common: choose two with the same guests."
        )
    labels = {choice.point: choice.label for choice in read.choices}
    frame = _changes(read, selection, labels)
    frame.insert(0, "result", read.source.name)
    dots, cells = thinned(pairs)
    title = f"{selection.column}: {labels[selection.point]} against {labels[selection.baseline]}"
    words = (
        f"Across: guests at {labels[selection.baseline]}; up: the same guests of the same trials "
        f"at {labels[selection.point]}. On the line nothing changes. Intervals: 95 %, between "
        f"trials. Click a point for its trial. Read: {read.words}."
    )
    return View(selection, frame, title, words, dots, cells)


def _changes(read: Read, selection: Selection, labels: dict[int, str]) -> "pd.DataFrame":
    from hvmc.analysis.comparisons import Comparison, compare
    from hvmc.analysis.paired import Scale, paired

    rows = read.rows.astype({"regime": str, "role": str, "guest": str})
    point, baseline = selection.point, selection.baseline
    if selection.column == "stretch":
        one = Comparison(point, baseline, "", labels[point])
        found = compare(rows, [one], suffers_above=read.source.limits, level=LEVEL)
        return found.drop(columns="context")
    values = rows[selection.column].to_numpy(dtype=np.float64)
    known = values[np.isfinite(values)]
    scale: Scale = "ratio" if known.size and known.min() > 0.0 else "difference"
    found = paired(
        rows, point, baseline, column=selection.column, scale=scale, by=("role",), level=LEVEL
    )
    return found.rename(columns={"estimate": "change"})


def _pairs(read: Read, selection: Selection) -> "pd.DataFrame":
    """Return the guests of both points side by side: x at the baseline, y at the point."""
    rows = read.rows.astype({"regime": str, "role": str, "guest": str})
    value = rows[selection.column].to_numpy(dtype=np.float64)
    rows = rows.assign(value=value)[np.isfinite(value)]
    sides = [rows[rows["point"] == point] for point in (selection.point, selection.baseline)]
    keys = [*_PAIR, "role"]
    found = sides[0][["point", "regime", *keys, "value"]].merge(
        sides[1][[*keys, "value"]], on=keys, suffixes=("", "_base"), validate="one_to_one"
    )
    found = found.rename(columns={"value": "y", "value_base": "x"})
    found.insert(0, "result", read.source.name)
    found["label"] = found["role"]
    return found
