"""Tables of a README as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

import hvmc
from hvmc.analysis.comparisons import effect
from hvmc.analysis.intervals import Interval
from hvmc.analysis.words import context_words
from hvmc.answers.numbers import estimate, figure, percent, points
from hvmc.answers.registry import Answer

MILLI = 1000.0


def markdown(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table, its texts as they are, without its index."""
    right = [all(map(_is_number, frame[name])) for name in frame]
    rows = [
        [str(name) for name in frame],
        ["---:" if numbers else "---" for numbers in right],
        *frame.astype(str).to_numpy().tolist(),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def cell(found: Mapping[str, Any] | Interval, **how: Any) -> str:
    """Return an estimate and its interval in parentheses (`hvmc.answers.numbers.estimate`)."""
    value, _, limits = estimate(found, **how).partition("\n")
    return f"{value} ({limits})" if limits else value


def changes(results: hvmc.Results) -> pd.DataFrame:
    """Return the levels and changes of a run that compares settings, a row per role."""
    return Answer(results).kinds["Paired"].frames["changes"]


def compared(results: hvmc.Results, metrics: Iterable[str] = ("suffers", "stretch_p50")) -> str:
    """Return a run that compares settings as Markdown: levels at the baseline, then changes.

    Parameters
    ----------
    results : Results
        Of a run with the report ``paired``.
    metrics : iterable of str
        Columns beside the response.
    """
    shown = [name for name in _HEADS if name in {*metrics, "response_s"}]
    rows = []
    keys = ["context", "setting", "role"]
    for (context, setting, role), own in changes(results).groupby(keys, sort=False):
        found = {row["metric"]: row for row in own.to_dict("records")}
        response = found["response_s"]
        baseline = response["point"] == response["baseline"]
        row = {"host": context_words(str(context)), "setting": setting, "role": role}
        row |= {_HEADS[name]: _level_or_change(found[name]) for name in shown}
        rows.append(row | {"": "" if baseline else effect(response["low"], response["high"])})
    table = pd.DataFrame(rows)
    return markdown(table if table["host"].any() else table.drop(columns="host"))


_HEADS = {
    "suffers": "P suffers, %, points",
    "stretch_p50": "stretch p50",
    "stretch_p95": "p95",
    "response_s": "response, ms",
}


def _level_or_change(row: Mapping[str, Any]) -> str:
    shares = row["metric"] == "suffers"
    if row["point"] == row["baseline"]:
        level = {"estimate": row["level"], "low": row["level_low"], "high": row["level_high"]}
        unit = MILLI if row["metric"] == "response_s" else 1.0
        return cell(level, form=percent if shares else figure, unit=unit, join="..")
    change = {**row, "estimate": row["change"]}
    if shares:
        return cell(change, form=points, join="..")
    return cell(change, before="x", join="..")
