"""The report ``paired``: one swept factor's levels compared with its first, guest by guest."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from hvmc.cli.numbers import amount, figure, percent
from hvmc.cli.tables import plain_table

if TYPE_CHECKING:
    import pandas as pd

    from hvmc.experiment.results import Results

__all__ = ["LEGEND", "paired_claims", "paired_table", "pairs_in_words", "print_paired"]

LEGEND = (
    "First lines: levels at the baseline, over guests. Others: change against it with the same "
    "luck, guest by guest: difference of shares in points, ratios of the rest; below each its 95 % "
    "interval between trials. response: mean response time, geometric mean over guests. "
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
_WORDS = {"holds": "HOLDS", "fails": "FAILS", "undecided": "is UNDECIDED"}


def paired_table(results: "Results") -> "pd.DataFrame":
    """Return levels and paired changes (`hvmc.analysis.comparisons.compare`) of results."""
    from hvmc.analysis.comparisons import COLUMNS, compare, comparisons

    experiment = results.settings
    wanted = comparisons([point.levels for point in experiment.points], experiment.compare)
    limit = experiment.points[0].design.suffers_above
    return compare(results.trials(columns=list(COLUMNS)), wanted, suffers_above=limit)


def print_paired(table: "pd.DataFrame", console: Console) -> None:
    """Print one table per context: a block of rows for each setting, a row for each role."""
    for context, rows in table.groupby("context", sort=False):
        heading = str(context).removeprefix("regime=").replace("_", " ")
        _print(rows, heading, console)


def _print(rows: "pd.DataFrame", heading: str, console: Console) -> None:
    shown = plain_table()
    shown.padding = (0, 1, 0, 0)
    shown.add_column(heading, min_width=16)
    for head in _METRICS.values():
        shown.add_column(head, justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for (setting, role), own in rows.groupby(["setting", "role"], sort=False):
        found = {row["metric"]: row for row in own.to_dict("records")}
        cells = [_cell(found[metric], metric) for metric in _METRICS]
        shown.add_row(f"{setting}:\n{role}", *cells, _word(found["response_s"]))
    console.print(shown)


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
