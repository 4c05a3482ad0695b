"""Tables of a README as Markdown."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

import hvmc
from hvmc.analysis.comparisons import effect
from hvmc.analysis.intervals import Interval
from hvmc.analysis.numbers import estimate, figure, percent, points
from hvmc.analysis.words import context_words
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
    """Return an estimate and its interval in parentheses (`hvmc.analysis.numbers.estimate`)."""
    value, _, limits = estimate(found, **how).partition("\n")
    return f"{value} ({limits})" if limits else value


def changes(results: hvmc.Results) -> pd.DataFrame:
    """Return the levels and changes of a run that compares settings, a row per role."""
    return Answer(results).kinds["Paired"].frames["changes"]


def compared(results: hvmc.Results, roles: Collection[str] = ()) -> str:
    """Return a run that compares settings as Markdown: levels at the baseline, then changes.

    Parameters
    ----------
    results : Results
        Of a run with the report ``paired``.
    roles : collection of str
        Those shown; all by default.
    """
    rows = []
    for key, own in changes(results).groupby(_KEYS, sort=False):
        context, setting, role = map(str, key)
        if roles and role not in roles:
            continue
        found = {row["metric"]: row for row in own.to_dict("records")}
        response = found["response_s"]
        baseline = response["point"] == response["baseline"]
        row = {"host": context_words(context), "setting": setting, "role": role}
        row |= {head: _level_or_change(found[name]) for name, head in _HEADS.items()}
        rows.append(row | {"": "" if baseline else effect(response["low"], response["high"])})
    table = pd.DataFrame(rows)
    for head in (["host", "setting"], ["host"]):
        table.loc[table[head].duplicated(), head[-1]] = ""
    text = markdown(table if table["host"].any() else table.drop(columns="host"))
    return f"{text}\n\n{_LEVELS}{_FEW if '*' in text else ''}"


_LEVELS = "First rows of a host: levels. Others: changes against them."
_FEW = " \\*: too few hosts for the interval to hold as stated."
_KEYS = ["context", "setting", "role"]
_HEADS = {
    "suffers": "P suffers, %, points",
    "stretch_p50": "stretch p50",
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
