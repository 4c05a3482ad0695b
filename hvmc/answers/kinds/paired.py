"""One swept factor's levels compared with its first, guest by guest."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from hvmc.analysis.numbers import amount, estimate, figure, percent, points, unbounded
from hvmc.analysis.words import context_words
from hvmc.answers.doubt import about_marks
from hvmc.answers.groups import head
from hvmc.answers.kind import Drawing, Kind
from hvmc.answers.page import Block, Column, TextTable
from hvmc.answers.sentences import Sentence, told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Paired", "grid"]

_LEGEND = (
    "First lines: levels at the baseline, over guests. Others: change against it with the same "
    "luck, guest by guest: difference of shares in points, ratios of the rest; below each its 95 % "
    "interval between trials. response: mean response time, geometric mean over guests; it rises "
    "where the stretch falls if the setting slows the native run too, as less of a device does. "
    "It gains, pays or is the same where the whole interval of the response ratio lies below "
    "1/1.05, above 1.05 or between, and is open otherwise. * too few guests for the interval to "
    "hold as stated. same in all N trials: no guest suffers at one of the two alone; the change is "
    "then within 1 - 0.05^(1/N), about 3/N, of 0 at 95 %."
)
_METRICS = {
    "suffers": "P suffers,\n%, points",
    "stretch_p50": "stretch\np50",
    "stretch_p95": "stretch\np95",
    "response_s": "response,\nms, ratio",
}
_HEADING_WIDTH = 16


_EFFECTS = {
    "gains": "the guests gain",
    "pays": "the guests pay",
    "same": "the same within 5 %",
    "open": "open: more trials are needed",
}


class Paired(Kind):
    """Levels and paired changes."""

    place = 10
    reports = ("paired",)

    def estimate(self) -> "Mapping[str, pd.DataFrame]":
        """Return ``changes``, as of `hvmc.analysis.comparisons.compare`."""
        return {"changes": self.asked.changes}

    def sentences(self) -> Iterator[Sentence]:
        """Yield what each setting changes against the first, guest by guest."""
        from hvmc.analysis.comparisons import effect

        found = self.frames["changes"]
        bases = found[found["point"] == found["baseline"]].groupby("context")["setting"].first()
        keys = ["context", "setting", "role"]
        for (context, setting, role), own in found.groupby(keys, sort=False):
            rows = {row["metric"]: row for row in own.to_dict("records")}
            share, response = rows["suffers"], rows["response_s"]
            if _is_baseline(share) or _is_twin(share, self.asked.twins):
                continue
            words = [context_words(str(context)), str(setting), str(role)]
            ratio = told(_change(response), before="x", join="..")
            moved = told(_change(share), points, join="..", after=" points")
            yield Sentence(
                ": ".join(filter(None, [" ".join(filter(None, words[:2])), words[2]])),
                f"against the setting {bases[context]} the response time is {ratio} "
                f"({_EFFECTS[effect(response['low'], response['high'])]}), the share that suffers "
                f"changes by {moved}",
            )

    def text(self) -> Iterator[Block]:
        """Yield the numbers of pairs, a table per context, and what they mean."""
        found = self.frames["changes"]
        yield _pairs(found)
        for context, rows in found.groupby("context", sort=False):
            yield grid(rows, context_words(str(context)), self.asked.twins)
        yield _LEGEND
        about = _about_marks(found, self.asked.twins)
        if about:
            yield about

    def figures(self) -> Iterator[Drawing]:
        """Yield the forest plot."""
        from hvmc.plots.forest import paired_forest

        if self.asked.experiment.report == "paired":
            found = self.frames["changes"]
            base = found.loc[found["point"] == found["baseline"], "setting"].unique()
            title = self.asked.title(f"change against {', '.join(base)}, same luck")
            draw = partial(paired_forest, found, title, note=self.asked.note)
            yield Drawing("paired", draw)


def grid(rows: "pd.DataFrame", heading: str, twins: Mapping[int, int]) -> TextTable:
    """Return the comparisons of one context: a row per setting and role.

    Points that are `twins` of their baseline are no finding, and are told as the same settings.
    """
    names, records = [], []
    for (setting, role), own in rows.groupby(["setting", "role"], sort=False):
        names.append(f"{setting}:\n{role}")
        records.append({row["metric"]: row for row in own.to_dict("records")})
    columns = {
        metric: Column(text, [_cell(found[metric], metric, twins) for found in records])
        for metric, text in _METRICS.items()
    }
    judged = Column("", [_word(found["response_s"], twins) for found in records])
    groups = [
        [columns["suffers"], columns["stretch_p50"], columns["stretch_p95"]],
        [columns["response_s"], judged],
    ]
    return TextTable(
        Column(head(heading, _HEADING_WIDTH) if heading else "", names), groups, gap=1, pad=1
    )


def _change(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "estimate": row["change"]}


def _is_baseline(row: Mapping[str, Any]) -> bool:
    return bool(row["point"] == row["baseline"])


def _is_twin(row: Mapping[str, Any], twins: Mapping[int, int]) -> bool:
    first = twins.get(row["point"])
    return first is not None and first == twins.get(row["baseline"], row["baseline"])


def _cell(row: Mapping[str, Any], metric: str, twins: Mapping[int, int]) -> str:
    if _is_twin(row, twins) and not _is_baseline(row):
        return ""
    shares = metric == "suffers"
    if _is_baseline(row):
        level = {name: row[f"level{end}"] for name, end in _LEVEL.items()}
        unit = 1000.0 if metric == "response_s" else 1.0
        return estimate(level, percent if shares else figure, unit=unit, join="..")
    change = _change(row)
    if shares and row["discordant"] == 0 and row["clusters"] > 1:
        return f"same in all\n{amount(row['clusters'], 'trial')}"
    if shares:
        return estimate(change, points, join="..")
    return estimate(change, figure, join="..", before="x")


_LEVEL = {"estimate": "", "low": "_low", "high": "_high"}


def _word(row: Mapping[str, Any], twins: Mapping[int, int]) -> str:
    from hvmc.analysis.comparisons import effect

    if _is_twin(row, twins) and not _is_baseline(row):
        return "same\nsettings"
    return "" if _is_baseline(row) else effect(row["low"], row["high"])


def _about_marks(table: "pd.DataFrame", twins: Mapping[int, int]) -> str:
    changes = [
        row
        for row in table[table["metric"].isin(list(_METRICS))].to_dict("records")
        if not (_is_baseline(row) or _is_twin(row, twins) or math.isnan(row["change"]))
    ]
    cells = [(str(row["metric"]), unbounded(row)) for row in changes]
    return about_marks(cells, max((int(row["clusters"]) for row in changes), default=0))


def _pairs(table: "pd.DataFrame") -> str:
    """Return how many pairs of guests stand behind the changes."""
    rows = table[(table["metric"] == "response_s") & (table["point"] != table["baseline"])]
    pairs, alone, cut = (int(rows[name].sum()) for name in ("pairs", "unpaired", "censored_pairs"))
    return (
        f"{amount(pairs, 'pair')} of guests, {alone} guests without a partner, {cut} pairs with "
        "requests cut off"
    )
