"""What stands beside the figures: estimates and one trial, as HTML. All text is escaped."""

import math
from collections.abc import Iterable, Sequence
from html import escape

import pandas as pd

from hvmc.analysis.numbers import figure
from hvmc.explore.unit import ToldTrial
from hvmc.explore.views import View
from hvmc.web.words import table_box

__all__ = ["estimates_html", "problems_html", "trial_html"]

_MOST_ROWS = 40
_HIDDEN = {"result", "point", "baseline", "regime", "band", "level_low", "level_high", "setting"}
_OF_CURVES = {"trial", "replication", "guest", "level"}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return figure(value) if math.isfinite(value) else ""
    return escape(str(value))


def _table(
    label: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    picked: Sequence[bool] = (),
) -> str:
    top = "".join(f"<th scope='col'>{escape(head.replace('_', ' '))}</th>" for head in heads)
    body = ""
    for place, row in enumerate(rows):
        mark = " class='picked'" if place < len(picked) and picked[place] else ""
        body += f"<tr{mark}>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>"
    return table_box(f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>", label)


def _frame_table(frame: pd.DataFrame) -> str:
    hidden = _HIDDEN | ({"role"} if "label" in frame else set())
    shown = frame[[name for name in frame if name not in hidden]].head(_MOST_ROWS)
    return _table("Estimates", list(shown.columns), shown.astype(object).itertuples(index=False))


def estimates_html(view: View) -> str:
    """Return the estimates of a view; of curves, those at 1.25 and 2, or in the middle."""
    frame = view.frame
    if view.selection.view == "exceedance":
        wanted = frame["x"].isin([1.25, 2.0])
        if view.selection.column != "stretch" or not wanted.any():
            wanted = pd.Series(False, index=frame.index)
            for _, own in frame.groupby(["result", "point", "regime", "role"], observed=True):
                wanted[(own["estimate"] - 0.5).abs().idxmin()] = True
        kept = [name for name in frame if name not in _OF_CURVES]
        frame = frame.loc[wanted, kept].rename(columns={"x": f"{view.selection.column} above"})
    elif view.selection.view == "against":
        frame = frame[frame["guests"] > 0].rename(columns={"x": view.selection.against})
    elif "level" in frame:
        frame = frame.rename(columns={"level": "at the compared point"})
    more = len(frame) - _MOST_ROWS
    note = f"<p>{more} rows more are in the CSV.</p>" if more > 0 else ""
    return f"{_frame_table(frame)}{note}"


def trial_html(told: ToldTrial, guest: str) -> str:
    """Return what is told of a trial; the picked guest is marked."""
    frame = told.guests
    rows = frame.astype(object).itertuples(index=False)
    table = _table(
        "Guests of the trial", list(frame.columns), rows, [name == guest for name in frame["guest"]]
    )
    return (
        f"<p><b>{escape(told.title)}.</b> {escape(told.host)}</p>"
        f"<p>Who ran where, second by second and event by event: "
        f"<code>{escape(told.command)}</code></p>{table}"
    )


def problems_html(problems: Sequence[str]) -> str:
    """Return what is wrong with a selection, as an alert; nothing without."""
    if not problems:
        return ""
    return f"<p role='alert'><b>Not shown:</b> {'<br>'.join(map(escape, problems))}</p>"
