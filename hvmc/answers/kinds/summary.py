"""The summary: a row per regime or design point and role, below each estimate its interval."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from hvmc.analysis.clusters import where
from hvmc.analysis.numbers import amount, estimate, figure, percent, unbounded
from hvmc.answers.asked import Asked
from hvmc.answers.doubt import about_marks, trials_wanted
from hvmc.answers.figures import one_axes
from hvmc.answers.groups import Label, groups_of
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.kinds.guests import are_named, is_one_host
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hvmc.plots.groups import Group

__all__ = ["LEGEND", "Summary", "SummaryRow", "grid", "rows_of", "too_few"]

LEGEND = (
    "Below each estimate its 95 % interval between trials. stretch: virtual over adequate native "
    "response time of a guest; p50..p99 over guests, P the share of guests. stretch = sizing (too "
    "few processors) x hosting (sharing and virtualization), both as geometric means. throughput: "
    "virtual over native. cost: of provisioned capacity per native CPU-second of work done. "
    ">= at least, some requests were cut off; * too few guests for the interval to hold as stated; "
    "one limit alone, or ?: too few to bound the other, or both."
)
_P = "p_stretch_over_"
_MOST_ROWS = 60
_FACTORS = {
    "sizing": "\nsizing",
    "hosting": "\nhosting",
    "throughput_ratio": "through-\nput",
    "cost_per_work": "cost per\nwork",
}
_COUNTED = ("guests_inactive", "guests_censored")
_COUNTS = {
    "\ntrials": ("guests_inactive", "clusters"),
    "\nguests": ("guests_inactive", "guests"),
    "inac-\ntive": ("guests_inactive", "estimate"),
    "cut\noff": ("guests_censored", "estimate"),
}


@dataclass(frozen=True)
class SummaryRow:
    """One group of the summary: what names it, the lines in front, metric to its estimate."""

    label: str
    metrics: Mapping[str, Any]
    key: Mapping[str, Any] = field(default_factory=dict)


class Summary(Kind):
    """Stretch, sizing, hosting, throughput and cost."""

    place = 20
    reports = ("regimes", "points", "knee")
    chapter = "sufferers"
    figure_chapters: ClassVar[Mapping[str, str]] = {
        "exceedance": "curves",
        "distribution": "curves",
    }

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``summary``, as of `hvmc.analysis.summary.summarise`."""
        return {"summary": self.asked.summary}

    def sentences(self) -> Iterator[Sentence]:
        """Yield who suffers and by how much, where guests are not told one by one."""
        if are_named(self.asked.experiment.points):
            return
        by, label = groups_of(self.asked.experiment)
        for row in rows_of(self.frames["summary"], by, label):
            limit = self.asked.limit_of(row.key)
            about, share = " ".join(row.label.split()), row.metrics[f"{_P}{limit:g}"]
            median, p95 = (told(row.metrics[f"stretch_p{q}"]) for q in (50, 95))
            if math.isnan(share["estimate"]):
                yield Sentence(about, "no guest was active, so nothing can be said")
                continue
            yield Sentence(
                about,
                f"{told(share, percent, after=' %')} of guests suffer, stretched to more than "
                f"{limit:g} times their native response time; the median stretch is {median}, the "
                f"95th percentile {p95}",
                share,
            )

    def page(self) -> Iterator[Block]:
        """Yield the text, whatever the report: who suffers is asked of every experiment."""
        yield from self.text()

    def text(self) -> Iterator[Block]:
        """Yield the table, what its words mean, and what so few trials leave open."""
        if is_one_host(self.asked.experiment.points):
            return
        by, label = groups_of(self.asked.experiment)
        rows = rows_of(self.frames["summary"], by, label)
        yield _guests(rows) + self._not_started()
        shown = rows[:_MOST_ROWS]
        few = too_few(shown)
        yield grid(shown, counts="point" not in by, few=bool(few))
        if len(rows) > _MOST_ROWS:
            yield f"The other {len(rows) - _MOST_ROWS} rows are in summary.parquet."
        yield LEGEND
        about = few or about_marks(_cells(shown), _trials(shown))
        if about:
            yield about

    def figures(self) -> Iterator[Drawing]:
        """Yield distributions by regime and who suffers."""
        for rows in self.asked.single:
            yield from self._drawings(rows)

    def _drawings(self, rows: "pd.DataFrame") -> Iterator[Drawing]:
        from hvmc.analysis.quantiles import spread
        from hvmc.plots.distribution import PROBABILITIES, stretch_distribution

        asked = self.asked
        groups = asked.groups(rows)
        draw = partial(one_axes, rows=rows, note=asked.note)
        curves = partial(self._exceedance, rows=rows, groups=groups)
        yield Drawing("exceedance", draw(curves, size_in=(5.4, 4.1 + 0.2 * len(groups))))
        boxes = partial(
            stretch_distribution,
            groups=groups,
            summary=asked.summary,
            spread=spread(asked.active(rows), "stretch", PROBABILITIES, by=("regime", "role")),
            thresholds=asked.marks(rows),
            title=asked.title("stretch by regime and role"),
        )
        yield Drawing("distribution", draw(boxes, size_in=(6.9, 1.6 + 0.47 * len(groups))))
        for limit, suffix in asked.limits_in(rows).items():
            below = where(rows, rows["point"].map(asked.limits) == limit)
            yield from _suffering(asked, below, limit, suffix)

    def _exceedance(self, ax: "Axes", rows: "pd.DataFrame", groups: "list[Group]") -> None:
        from hvmc.plots.exceedance import exceedance_curves

        found = self.asked.exceedance
        found = found[found["point"].isin(rows["point"])]
        title = self.asked.title("how often a stretch is exceeded")
        exceedance_curves(ax, groups, found, self.asked.marks(rows), title)

    def _not_started(self) -> str:
        """Return how many of the inactive guests had no memory to start with, empty if none."""
        count = int((~self.asked.outcomes["started"]).sum())
        return f"; {count} not started: no startup memory was free" if count else ""


def rows_of(summary: "pd.DataFrame", by: Sequence[str], label: Label) -> list[SummaryRow]:
    """Return the groups of a summary, as of `hvmc.analysis.summary.summarise`."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in summary.to_dict("records"):
        groups.setdefault(tuple(item[key] for key in by), {})[item["metric"]] = item
    keys = [dict(zip(by, key, strict=True)) for key in groups]
    return [
        SummaryRow(label(key), own, key) for key, own in zip(keys, groups.values(), strict=True)
    ]


def grid(rows: Sequence[SummaryRow], *, counts: bool = True, few: bool = False) -> TextTable:
    """Return the table of a summary.

    Parameters
    ----------
    rows : sequence of SummaryRow
        At least one.
    counts : bool
        Whether numbers of trials and guests stand beside the estimates.
    few : bool
        Whether intervals that do not hold are left out instead of marked.
    """
    overs = list(dict.fromkeys(name for row in rows for name in row.metrics if name.startswith(_P)))
    heads = [
        {f"stretch_p{q}": f"stretch\np{q}" for q in (50, 90, 95, 99)},
        {name: f"P stretch\n> {name[len(_P) :]}, %" for name in overs},
        _FACTORS,
    ]
    groups = [
        [Column(text, [_cell(row, name, few=few) for row in rows]) for name, text in own.items()]
        for own in heads
    ]
    if counts:
        counted = {text: [_count(row, *where) for row in rows] for text, where in _COUNTS.items()}
        groups.append([Column(text, cells) for text, cells in counted.items()])
    return TextTable(Column("", [row.label for row in rows]), groups, gap=1)


def too_few(rows: Sequence[SummaryRow]) -> str:
    """Say once what can be said where most intervals do not hold; empty where most do."""
    cells = _cells(rows)
    opened = [metric for metric, is_open in cells if is_open]
    if 2 * len(opened) <= len(cells):
        return ""
    holds = [name.replace("_", " ") for name in dict(cells) if name not in opened]
    return (
        f"At {amount(_trials(rows), 'trial')} most intervals do not hold as stated, and are left "
        f"out. What holds in every row: {', '.join(holds) or 'nothing'}. The other estimates show "
        f"the order of size only; {trials_wanted(opened) or 'more trials bound them'}."
    )


def _cells(rows: Sequence[SummaryRow]) -> list[tuple[str, bool]]:
    """Return the metric of each estimate, and whether its interval does not hold as stated."""
    return [
        (name, unbounded(one))
        for row in rows
        for name, one in row.metrics.items()
        if name not in _COUNTED and not math.isnan(one["estimate"])
    ]


def _trials(rows: Sequence[SummaryRow]) -> int:
    return max(int(row.metrics["guests_inactive"]["clusters"]) for row in rows)


def _cell(row: SummaryRow, metric: str, *, few: bool) -> str:
    found = row.metrics.get(metric)
    if found is None:
        return "-"
    # no metric can be negative; an interval by normal approximation may reach below 0
    found = {**found, "low": max(found["low"], 0.0)}
    if few and unbounded(found):
        found = {**found, "low": math.nan, "supported": True}
    return estimate(found, percent if metric.startswith(_P) else figure)


def _suffering(asked: Asked, rows: "pd.DataFrame", limit: float, suffix: str) -> Iterator[Drawing]:
    """Yield the maps of who suffers, whole and by class of each property that varies."""
    from hvmc.analysis.suffering import suffering_by_class
    from hvmc.plots.maps import TITLES, suffering_map, suffering_size_in

    groups = asked.groups(rows)
    every = asked.summary[asked.summary["metric"] == f"{_P}{limit:g}"]
    title = asked.title(f"P(suffers), stretch > {limit:g}")
    draw = partial(suffering_map, groups=groups, every=every, title=title)
    size = suffering_size_in(len(groups), 1)
    yield Drawing(f"suffering{suffix}", one_axes(draw, rows, asked.note, size))
    for by in TITLES:
        found = suffering_by_class(asked.active(rows), by, above=limit)
        count = found["class"].nunique()
        if count > 1:
            size = suffering_size_in(len(groups), 1 + count)
            classed = one_axes(partial(draw, by=by, by_class=found), rows, asked.note, size)
            yield Drawing(f"suffering_by_{by}{suffix}", classed)


def _count(row: SummaryRow, metric: str, key: str) -> str:
    found = row.metrics.get(metric)
    return "-" if found is None else f"{int(found[key])}"


def _guests(rows: Sequence[SummaryRow]) -> str:
    """Return how many guests stand behind the rows."""
    every = [row.metrics["guests_inactive"] for row in rows]
    inactive = sum(int(found["estimate"]) for found in every)
    cut = sum(int(row.metrics["guests_censored"]["estimate"]) for row in rows)
    guests = amount(sum(int(found["guests"]) for found in every), "guest")
    return f"{guests}, {inactive} inactive (no request measured), {cut} with requests cut off"
