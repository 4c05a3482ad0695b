"""The views: what is chosen, estimated by `hvmc.analysis`, as tidy frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hvmc.explore.catalogue import ALL, Catalogue
from hvmc.explore.rows import Read, read_property, selected_rows
from hvmc.explore.selection import Selection

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.analysis.intervals import Interval

__all__ = ["LEVEL", "MOST_GROUPS", "QUANTILES", "NothingToShowError", "View", "selection_view"]

LEVEL = 0.95
QUANTILES = (0.5, 0.9, 0.95, 0.99)
MOST_GROUPS = 8
"""Groups with a curve of their own."""

_MOST_DOTS = 1500
_MOST_SIMULTANEOUS = 20_000
_GROUP = ("result", "point", "regime", "role")
_UNIT = ("trial", "replication", "guest")
# lower bounds where requests were cut off
_CUT_OFF = {
    *("stretch", "hosting", "cycle_stretch", "stretch_full_host", "stretch_together"),
    *("response_p50_ratio", "response_p95_ratio", "response_p99_ratio", "response_mean_s"),
}


class NothingToShowError(ValueError):
    """The selection holds too little; the message says what to choose instead."""


@dataclass(frozen=True)
class View:
    """What a selection shows.

    Parameters
    ----------
    selection : Selection
        What was chosen.
    frame : DataFrame
        The estimates, tidy: what is drawn, told and downloaded.
    title, words : str
        What it is, and of how much.
    dots : DataFrame
        Guests that can be clicked, drawn at random where there are many: result, point, regime,
        role, label, trial, replication, guest, x, y.
    cells : DataFrame
        Counts of all guests in cells of x and y where not all are among the dots; else empty.
    """

    selection: Selection
    frame: "pd.DataFrame"
    title: str
    words: str
    dots: "pd.DataFrame" = field(repr=False)
    cells: "pd.DataFrame" = field(repr=False)


def selection_view(selection: Selection, catalogue: Catalogue) -> View:
    """Estimate what a selection shows.

    Raises
    ------
    NothingToShowError
        If it holds no guest, or too few.
    ResultsError
        If a file is corrupt.
    """
    if selection.view == "paired":
        from hvmc.explore.paired import paired_view

        return paired_view(selection, catalogue)
    makers: dict[str, Callable[[Selection, list[SelectedGroup]], View]]
    makers = {"exceedance": _exceedance, "quantiles": _quantiles, "against": _against}
    found = list(selected_rows(selection, catalogue, _columns(selection)))
    if selection.view == "against":
        for read in found:
            read.rows["x"] = read_property(read, selection.against)
    groups = [group for read in found for group in _groups(read, selection)]
    if not groups:
        raise NothingToShowError(
            "No guest with a finite value is in this selection: choose another regime, role or "
            "level."
        )
    words = "; ".join(_read_words(read, len(found) > 1) for read in found)
    shown, rest = groups[:MOST_GROUPS], len(groups) - MOST_GROUPS
    if rest > 0:
        words += f". Shown are the first {MOST_GROUPS} of {len(groups)} groups: choose fewer"
    view = makers[selection.view](selection, shown)
    return replace(view, words=f"{view.words} Read: {words}.")


def _read_words(read: Read, several: bool) -> str:
    return f"{read.source.name}: {read.words}" if several else read.words


def _columns(selection: Selection) -> list[str]:
    table, _, name = selection.against.partition(".")
    extra = [name] if selection.view == "against" and table == "outcomes" else []
    return [selection.column, *extra]


@dataclass(frozen=True)
class SelectedGroup:
    """Selected guests of one design point, regime and role, with a finite value.

    Parameters
    ----------
    key : dict
        Result, point, regime, role.
    label : str
        What it is called.
    rows : DataFrame
        As read; ``y`` is the value looked at.
    limit : float
        Stretch above which its guests suffer.
    """

    key: dict[str, object]
    label: str
    rows: "pd.DataFrame"
    limit: float


def _groups(read: Read, selection: Selection) -> Iterator[SelectedGroup]:
    from hvmc.analysis.words import regime_words

    rows = read.rows
    value = rows[selection.column].to_numpy(dtype=np.float64)
    usable = np.isfinite(value)
    if selection.column == "stretch":
        usable &= value > 0.0
    if selection.view == "against":
        usable &= np.isfinite(rows["x"].to_numpy())
    rows = rows[usable].assign(y=value[usable])
    if selection.column not in _CUT_OFF:
        rows["censored"] = 0
    several = selection.result == ALL
    labels = {choice.point: choice.label for choice in read.choices}
    regimes = [choice.regime for choice in read.choices]
    for (point, regime, role), own in rows.groupby(
        ["point", "regime", "role"], sort=False, observed=True
    ):
        own = own.assign(regime=str(regime), role=str(role))
        words = regime_words(str(regime))
        if regimes.count(str(regime)) > 1:
            words = labels[int(point)]
        label = words if role == "guest" else f"{words}: {role}"
        key = {"result": read.source.name, "point": int(point), "regime": regime, "role": role}
        name = f"{read.source.name} {label}" if several else label
        yield SelectedGroup(key, name, own, read.source.limits[int(point)])


def _keyed(frame: "pd.DataFrame", group: SelectedGroup) -> "pd.DataFrame":
    """Put what tells a group apart before its estimates."""
    own = frame.drop(columns=[name for name in _GROUP if name in frame])
    for place, (name, value) in enumerate({**group.key, "label": group.label}.items()):
        own.insert(place, name, value)
    return own


def _joined(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _exceedance(selection: Selection, groups: list[SelectedGroup]) -> View:
    from hvmc.analysis.bands import exceedance, steps

    frames, is_pointwise = [], False
    for group in groups:
        rows = group.rows
        marks = sorted({group.limit, 2.0}) if selection.column == "stretch" else []
        few = rows["trial"].nunique() <= _MOST_SIMULTANEOUS or "scramble" in rows
        is_pointwise |= not few
        found = exceedance(
            rows,
            steps(rows["y"], marks),
            column="y",
            by=("point", "regime", "role"),
            band="simultaneous" if few else "pointwise",
            level=LEVEL,
        )
        frames.append(_keyed(_examples(found, rows), group))
    band = "pointwise" if is_pointwise else "for the whole curve"
    words = f"Shaded: 95 % band, {band}. Click a curve for a guest with that value."
    title = f"Share of guests with a larger {selection.column}"
    return View(selection, _joined(frames), title, words, _joined([]), _joined([]))


def _examples(found: "pd.DataFrame", rows: "pd.DataFrame") -> "pd.DataFrame":
    """Name, at each x of a curve, the guest whose value is nearest."""
    order = np.argsort(rows["y"].to_numpy(), kind="stable")
    values = rows["y"].to_numpy()[order]
    above = np.clip(np.searchsorted(values, found["x"].to_numpy()), 0, values.size - 1)
    below = np.maximum(above - 1, 0)
    x = found["x"].to_numpy()
    nearer = np.where(np.abs(values[below] - x) < np.abs(values[above] - x), below, above)
    picked = rows.iloc[order[nearer]]
    return found.assign(**{name: picked[name].to_numpy() for name in _UNIT})


def _quantiles(selection: Selection, groups: list[SelectedGroup]) -> View:
    import pandas as pd

    frames = []
    for group in groups:
        found = _interval_rows(_estimates(group, selection.column))
        frames.append(_keyed(pd.DataFrame(found), group))
    words = "Points with 95 % intervals between trials; open where too few guests stand behind it."
    title = f"Quantiles of {selection.column} over guests"
    return View(selection, _joined(frames), title, words, _joined([]), _joined([]))


def _estimates(group: SelectedGroup, column: str) -> "Iterator[tuple[str, Interval]]":
    from hvmc.analysis.clusters import cluster_labels
    from hvmc.analysis.quantiles import quantiles
    from hvmc.analysis.shares import share

    clusters, values = cluster_labels(group.rows), group.rows["y"].to_numpy()
    cut = group.rows["censored"].to_numpy() > 0
    found = quantiles(values, clusters, QUANTILES, censored=cut, level=LEVEL)
    for q, one in zip(QUANTILES, found, strict=True):
        yield f"{column}_p{100 * q:g}", one
    if column == "stretch":
        over = values > group.limit
        yield (
            f"p_stretch_over_{group.limit:g}",
            share(over, clusters, censored=cut, level=LEVEL),
        )


def _interval_rows(found: "Iterator[tuple[str, Interval]]") -> list[dict[str, object]]:
    return [
        {
            "metric": name,
            "estimate": one.estimate,
            "low": one.low,
            "high": one.high,
            "at_least": one.at_least,
            "supported": one.supported,
            "clusters": one.clusters,
            "guests": one.observations,
        }
        for name, one in found
    ]


def _against(selection: Selection, groups: list[SelectedGroup]) -> View:
    from hvmc.analysis.bins import in_bins
    from hvmc.analysis.clusters import cluster_labels
    from hvmc.analysis.quantiles import quantiles

    def medians(rows: "pd.DataFrame") -> "list[Interval]":
        cut = rows["censored"].to_numpy() > 0
        return quantiles(rows["y"], cluster_labels(rows), [0.5], censored=cut, level=LEVEL)

    name = selection.against.partition(".")[2]
    frames = []
    for group in groups:
        found = in_bins(group.rows, "x", [f"{selection.column}_p50"], medians)
        frames.append(_keyed(found, group))
    every = _joined([_keyed(group.rows[[*_UNIT, "x", "y"]], group) for group in groups])
    dots, cells = thinned(every)
    words = "Lines: median in bins of equally many trials, with 95 % intervals."
    words += " Click a point for its trial."
    if len(dots) < len(every):
        words += f" Points: {len(dots):,} of {len(every):,} guests, by chance; grey: all of them."
    joined = _joined([frame for frame in frames if len(frame)])
    if joined.empty:
        joined = _joined(frames)
        words = f"{name} is the same for all of these guests. {words}"
    return View(selection, joined, f"{selection.column} against {name}", words, dots, cells)


def thinned(every: "pd.DataFrame") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return some rows by chance, the same each time, and counts of all in cells.

    Parameters
    ----------
    every : DataFrame
        With x and y.
    """
    import pandas as pd

    if len(every) <= _MOST_DOTS:
        return every, pd.DataFrame()
    places = np.random.default_rng(0).choice(len(every), _MOST_DOTS, replace=False)
    dots = every.iloc[np.sort(places)].reset_index(drop=True)
    return dots, counted(every["x"].to_numpy(dtype=float), every["y"].to_numpy(dtype=float))


def counted(x: np.ndarray, y: np.ndarray, cells: int = 60) -> "pd.DataFrame":
    """Return how many pairs lie in each cell of a grid; even in logarithms where all are positive.

    Columns left, right, bottom, top, count; cells without any are left out.
    """
    import pandas as pd

    edges = [_edges(values, cells) for values in (x, y)]
    counts, _, _ = np.histogram2d(x, y, bins=edges)
    across, up = np.nonzero(counts)
    return pd.DataFrame(
        {
            "left": edges[0][across],
            "right": edges[0][across + 1],
            "bottom": edges[1][up],
            "top": edges[1][up + 1],
            "count": counts[across, up].astype(int),
        }
    )


def _edges(values: np.ndarray, cells: int) -> np.ndarray:
    from hvmc.plots.explored import logarithmic

    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    if logarithmic(values):
        found = np.geomspace(low, high, cells + 1)
    else:
        found = np.linspace(low, high, cells + 1)
    found[0], found[-1] = low, high
    return found
