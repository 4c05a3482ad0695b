"""The report ``paired``: one swept factor's levels compared with its first, guest by guest."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hvmc.cli.numbers import amount, figure, percent
from hvmc.cli.tables import fits, plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["LEGEND", "paired_claims", "paired_table", "pairs_in_words", "print_paired"]

LEGEND = (
    "First lines: levels at the baseline, over guests. Others: change against it with the same "
    "luck, guest by guest: difference of shares in points, ratios of the rest; below each its 95 % "
    "interval between trials. response: mean response time, geometric mean over guests; it rises "
    "where the stretch falls if the setting slows the native run too, as less of a device does. "
    "It gains, pays or is the same where the whole interval of the response ratio lies below "
    "1/1.05, above 1.05 or between, and is open otherwise. * too few guests for the interval to "
    "hold as stated."
)
_METRICS = {
    "suffers": "P suffers,\n%, points",
    "stretch_p50": "stretch\np50",
    "stretch_p95": "stretch\np95",
    "response_s": "response,\nms, ratio",
}
_HEADING_WIDTH = 16
_HALVES = (("suffers", "response_s"), ("stretch_p50", "stretch_p95"))
_WORDS = {"holds": "HOLDS", "fails": "FAILS", "undecided": "is UNDECIDED"}


def paired_table(results: "Results") -> "pd.DataFrame":
    """Return levels and paired changes (`hvmc.analysis.comparisons.compare`) of results."""
    from hvmc.analysis.comparisons import COLUMNS, compare, comparisons

    experiment = results.settings
    wanted = comparisons([point.levels for point in experiment.points], experiment.compare)
    limit = experiment.points[0].design.suffers_above
    return compare(results.trials(columns=list(COLUMNS)), wanted, suffers_above=limit)


def print_paired(table: "pd.DataFrame", console: Console) -> None:
    """Print one table per context, or two where the console is narrow.

    A block of rows stands for each setting, a row for each role.
    """
    from hvmc.analysis.words import context_words

    for context, rows in table.groupby("context", sort=False):
        heading = context_words(str(context))
        whole = _table(rows, heading, tuple(_METRICS))
        parts = [whole] if fits(whole, console) else [_table(rows, heading, own) for own in _HALVES]
        for part in parts:
            console.print(part)


def _table(rows: "pd.DataFrame", heading: str, metrics: Sequence[str]) -> Table:
    shown = plain_table()
    shown.padding = (0, 1, 0, 0)
    shown.add_column(textwrap.fill(heading, _HEADING_WIDTH), min_width=_HEADING_WIDTH)
    for metric in metrics:
        shown.add_column(_METRICS[metric], justify="right", no_wrap=True)
    judged = "response_s" in metrics
    if judged:
        shown.add_column("", no_wrap=True)
    for (setting, role), own in rows.groupby(["setting", "role"], sort=False):
        found = {row["metric"]: row for row in own.to_dict("records")}
        word = [_word(found["response_s"])] if judged else []
        cells = [_cell(found[metric], metric) for metric in metrics]
        shown.add_row(f"{setting}:\n{role}", *cells, *word)
    return shown


def _is_baseline(row: dict[str, object]) -> bool:
    return row["point"] == row["baseline"]


def _cell(row: dict[str, float], metric: str) -> str:
    if _is_baseline(dict(row)):
        written = percent if metric == "suffers" else figure
        scale = 1000.0 if metric == "response_s" else 1.0
        low, high = (written(scale * max(row[side], 0.0)) for side in ("level_low", "level_high"))
        return f"{written(scale * row['level'])}\n{low}..{high}"
    mark = "" if row["supported"] else "*"
    if metric == "suffers":
        return f"{_points(row['change'])}{mark}\n{_points(row['low'])}..{_points(row['high'])}"
    return f"x{figure(row['change'])}{mark}\n{figure(row['low'])}..{figure(row['high'])}"


def _points(share: float) -> str:
    value = round(100.0 * share, 1)
    if abs(value) == 100.0:
        return f"{value:+.0f}"
    return f"{value:+.1f}" if value else "0"


def _word(row: dict[str, float]) -> str:
    from hvmc.analysis.comparisons import effect

    if _is_baseline(dict(row)):
        return ""
    return effect(row["low"], row["high"])


def pairs_in_words(table: "pd.DataFrame") -> str:
    """Return how many pairs of guests stand behind the changes."""
    rows = table[(table["metric"] == "response_s") & (table["point"] != table["baseline"])]
    pairs, alone, cut = (int(rows[name].sum()) for name in ("pairs", "unpaired", "censored_pairs"))
    return (
        f"{amount(pairs, 'pair')} of guests, {alone} guests without a partner, {cut} pairs with "
        "requests cut off"
    )


def paired_claims(table: "pd.DataFrame", compare: str) -> Iterator[str]:
    """Yield the verdict on each priority setting, where such settings are what is compared."""
    from hvmc.analysis.priorities import priority_claim

    if compare != "priority":
        return
    for row in priority_claim(table).to_dict("records"):
        word = _WORDS[row["verdict"]]
        yield f"{row['setting']}: that it matters only there {word}. {row['reason']}."
