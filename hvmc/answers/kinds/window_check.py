"""Whether warm-up and window suffice: windows of the same hosts compared, and MSER on a pilot."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount, estimate, figure, percent, points
from hvmc.analysis.words import context_words
from hvmc.answers.groups import head
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WindowCheck"]

_METRICS = {
    "suffers": ("P suffers,\n%, points", "share that suffers"),
    "stretch_p50": ("stretch\np50", "p50"),
    "stretch_p95": ("stretch\np95", "p95"),
}
_LEGEND = (
    "Last line of a regime: values of its longest window. Others: change against it with the same "
    "hosts and luck, difference of shares in points, ratios of quantiles over guests; below each "
    "its 95 % interval between trials. A window is enough where the whole interval lies within 5 % "
    "(of shares, 2 points), short where all of it lies outside, and open otherwise. * too few "
    "guests for the interval to hold as stated. Of a bias that falls as 1 / window the longest "
    "window still has its part: from four times the window, a quarter of the window's."
)
_HEADING_WIDTH = 16


class WindowCheck(Kind):
    """Shares and quantiles of each window against the longest, and what MSER drops."""

    place = 19
    reports = ("window",)
    chapter = "precision"

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``window``, ``course`` and ``warm_up``.

        ``window``: as of `hvmc.analysis.comparisons.compare`, with window_s, longest_s and verdict.
        ``course``: pooled response times over time by context. ``warm_up``: a row per context,
        warmup_s, dropped_s (by MSER), settled, hosts and pilot_s (the pilot's length).
        """
        if not self.is_told:
            return {}
        course = self._course()
        return {"window": self._windows(), "course": course, "warm_up": self._warm_up(course)}

    def _windows(self) -> "pd.DataFrame":
        from hvmc.analysis.comparisons import compare
        from hvmc.analysis.window import judge_window

        asked = self.asked
        found = compare(asked.outcomes, asked.windows, suffers_above=asked.limits)
        found = found[found["metric"].isin(list(_METRICS))]
        designs = [point.design for point in asked.experiment.points]
        windows_s = {n: design.horizon_s - design.warmup_s for n, design in enumerate(designs)}
        found = found.assign(
            window_s=found["point"].map(windows_s),
            longest_s=found["baseline"].map(windows_s),
            verdict=[judge_window(row) for row in found.to_dict("records")],
        )
        return asked.in_order(found, ("context", "setting"))

    def _course(self) -> "pd.DataFrame":
        import pandas as pd

        from hvmc.analysis.truncation import pooled_course
        from hvmc.experiment.pilot import pilot_of

        contexts = self._longest
        pilot = pilot_of(self.asked.results)
        found = [
            pooled_course(rows).assign(context=contexts[int(point)], point=point)
            for point, rows in pilot.groupby("point", sort=False)
        ]
        if not found:
            return pd.DataFrame(columns=["start_s", "ratio", "error", "context", "point"])
        return pd.concat(found, ignore_index=True)

    def _warm_up(self, course: "pd.DataFrame") -> "pd.DataFrame":
        import pandas as pd

        from hvmc.analysis.truncation import LEAST, mser
        from hvmc.experiment.pilot import pilot_trials

        rows = []
        for point, context in self._longest.items():
            own = course[course["point"] == point]
            design = self.asked.experiment.points[point].design
            row = {"context": context, "warmup_s": design.warmup_s, "pilot_s": design.horizon_s}
            row |= {"dropped_s": math.nan, "settled": False}
            if len(own) >= LEAST:
                found = mser(own["ratio"])
                row |= {"dropped_s": own["start_s"].iloc[found.dropped], "settled": found.settled}
            rows.append(row | {"hosts": pilot_trials(self.asked.experiment)})
        return pd.DataFrame(rows)

    @property
    def _longest(self) -> dict[int, str]:
        """The design point of the longest window of each context."""
        return {one.baseline: one.context for one in self.asked.windows}

    def sentences(self) -> Iterator[Sentence]:
        """Yield what the shortest window of each regime and role is worth."""
        warm_up = self.frames["warm_up"].set_index("context")
        for (context, role), own in self.frames["window"].groupby(["context", "role"], sort=False):
            shortest = own[own["window_s"] == own["window_s"].min()]
            rows = {row["metric"]: row for row in shortest.to_dict("records")}
            window_s, longest_s = (rows["suffers"][name] for name in ("window_s", "longest_s"))
            if window_s == longest_s:
                continue
            against = f"against {longest_s:g} s: "
            told_ = [_told(row, _METRICS[name][1]) for name, row in rows.items()]
            yield Sentence(
                ": ".join(filter(None, [context_words(str(context)), str(role)])),
                f"window {window_s:g} s {against}{', '.join(told_)}; {_mser(warm_up.loc[context])}",
            )

    def warnings(self) -> Iterator[str]:
        """Yield where a window or warm-up is too short, or undecided."""
        found = self.frames["window"]
        found = found[found["point"] != found["baseline"]]
        for verdict, words in _WARNINGS.items():
            wanting = found[found["verdict"] == verdict]
            for (context, role), own in wanting.groupby(["context", "role"], sort=False):
                named = [
                    f"{_METRICS[metric][1]} (window {join_windows(rows['window_s'])})"
                    for metric, rows in own.groupby("metric", sort=False)
                ]
                about = ": ".join(filter(None, [context_words(str(context)), str(role)]))
                yield f"{words} {about}: {', '.join(named)}."
        for row in self.frames["warm_up"].to_dict("records"):
            about = context_words(str(row["context"])) or "everywhere"
            if not row["settled"]:
                yield f"Warm-up open, {about}: MSER finds no end of it; lengthen horizon_s."
            elif row["dropped_s"] > row["warmup_s"]:
                yield (
                    f"Warm-up short, {about}: MSER drops {row['dropped_s']:g} s, warmup_s is "
                    f"{row['warmup_s']:g}."
                )

    def text(self) -> Iterator[Block]:
        """Yield a line per regime and role, warnings, and a table per regime."""
        found = self.frames["window"]
        for line in self.sentences():
            yield f"- {line.about + ': ' if line.about else ''}{line.text}."
        wanting = list(self.warnings())
        yield ""
        yield from wanting or ["Every window and warm-up is long enough."]
        for context, rows in found.groupby("context", sort=False):
            yield ""
            yield grid(rows, context_words(str(context)))
        first = self.frames["warm_up"].iloc[0]
        yield (
            f"{_LEGEND} MSER (White 1997): start-up dropped by the marginal standard error rule "
            f"from the mean response times of {amount(int(first['hosts']), 'host')} over "
            f"{first['pilot_s']:g} s, each guest against its own mean."
        )

    def figures(self) -> Iterator[Drawing]:
        """Yield changes by window, and the pilot's course."""
        from hvmc.plots.window import course_panels, window_changes

        if not self.is_told:
            return
        title = self.asked.title("change against the longest window, same hosts and luck")
        draw = partial(window_changes, self.frames["window"], title, note=self.asked.note)
        yield Drawing("window", draw)
        title = self.asked.title("how response times settle")
        frames = (self.frames["course"], self.frames["warm_up"])
        yield Drawing("warm_up", partial(course_panels, *frames, title, note=self.asked.note))


_WARNINGS = {"short": "Window short,", "open": "Window open, more trials decide,"}


def grid(rows: "pd.DataFrame", heading: str) -> TextTable:
    """Return the windows of one context: a row per window and role."""
    names, records = [], []
    for (window_s, role), own in rows.groupby(["window_s", "role"], sort=False):
        names.append(f"{window_s:g} s:\n{role}")
        records.append({row["metric"]: row for row in own.to_dict("records")})
    columns = []
    for metric, (name, _) in _METRICS.items():
        columns.append(Column(name, [_cell(found[metric]) for found in records]))
        columns.append(Column("", [_word(found[metric]) for found in records], words=True))
    return TextTable(
        Column(head(heading, _HEADING_WIDTH) if heading else "", names), [columns], gap=1
    )


def _cell(row: Mapping[str, Any]) -> str:
    shares = row["metric"] == "suffers"
    if row["point"] == row["baseline"]:
        level = {"estimate": row["level"], "low": row["level_low"], "high": row["level_high"]}
        return estimate(level, percent if shares else figure, join="..")
    change = {**row, "estimate": row["change"]}
    return (
        estimate(change, points, join="..") if shares else estimate(change, before="x", join="..")
    )


def _word(row: Mapping[str, Any]) -> str:
    return "" if row["point"] == row["baseline"] else str(row["verdict"])


def _told(row: Mapping[str, Any], name: str) -> str:
    """Return ``p95 4 % above (1 % to 7 %)``, or a difference of shares in points."""
    if row["metric"] == "suffers":
        change = {**row, "estimate": row["change"]}
        return f"{name} {told(change, points, join='..', after=' points')}"
    low, value, high = (100.0 * (row[key] - 1.0) for key in ("low", "change", "high"))
    if not math.isfinite(value):
        return f"{name} unknown"
    half = (high - low) / 2.0
    ends = f"{figure(low, half)}..{figure(high, half)}"
    limits = f"{ends} %" if math.isfinite(half) else "interval open"
    return f"{name} {figure(abs(value), half)} % {'above' if value >= 0 else 'below'} ({limits})"


def _mser(row: "pd.Series") -> str:
    if not row["settled"]:
        return f"MSER finds no end of the start-up in {row['pilot_s']:g} s"
    return f"MSER drops {row['dropped_s']:g} s, the warm-up is {row['warmup_s']:g} s"


def join_windows(windows_s: "pd.Series") -> str:
    """Return lengths of windows in words."""
    return ", ".join(f"{length:g} s" for length in sorted(set(windows_s)))
