"""The published thread benchmark in sentences: fitted, predicted, not explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from published import ridge_parameters
from published_figures import FIGURES, LAB_TAX, WORST_SLOPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from published import DesignPoint

__all__ = ["published_text"]


def published_text(table: pd.DataFrame, points: Sequence[DesignPoint]) -> str:
    """Say what is fitted, what is predicted and what the model can't explain.

    Parameters
    ----------
    table : DataFrame
        From `published_table`.
    points : sequence of DesignPoint
        The same points.

    Returns
    -------
    str
        Paragraphs divided by empty lines.
    """
    ridge = ridge_parameters(points)
    return "\n\n".join([_fitted_text(table, ridge), _predicted_text(table), _unexplained(ridge)])


def _fitted_text(table: pd.DataFrame, ridge: pd.DataFrame) -> str:
    fitted = table[table["kind"] == "fitted"]
    wanted = ", ".join(f"{name} {value:g} min" for name, value in FIGURES.items())
    text = (
        f"Fitted: {wanted}. At each of {len(ridge)} points of the ridge four parameters (serial "
        "work, or the sleeps where there is none; parallel work; CPU tax; slope of interference) "
        "were chosen to meet these four figures, so that agreement is no test, nor is it for "
        "stretches and throughput, which follow from them. One published minute is one simulated "
        "second of "
        "work; bursts, sleeps, slices and costs keep their real length; the root partition has no "
        "load of its own here."
    )
    known = fitted[np.isfinite(fitted["modelled"])]
    if len(known) == 0:
        return f"{text} No outcomes yet."
    worst = known.loc[(known["ratio"] - 1.0).abs().idxmax()]
    bounded = np.isfinite(worst["high"] - worst["low"])
    limits = f"({worst['low']:.1f}..{worst['high']:.1f}) " if bounded else ""
    text += (
        f" Largest deviation: {worst['quantity']} {worst['modelled']:.1f} min "
        f"{limits}at {worst['ridge']}, "
        f"{100.0 * (worst['ratio'] - 1.0):+.1f} %."
    )
    cut = int(table["at_least"].sum())
    return f"{text} {cut} values are lower bounds: runs were cut off." if cut else text


def _predicted_text(table: pd.DataFrame) -> str:
    span = {name: _span(part["modelled"]) for name, part in table.groupby("quantity")}
    return (
        "Predicted, over the ridge: one run on 2 VPs uses "
        f"{span['one_2vp_cpu']} VP-min (derived: at most 294); the 4-VP guest keeps its VPs busy "
        f"to {span['one_4vp_utilisation']} (derived: at most 0.70, if CPU time were the same on 4 "
        "VPs as on 2; interference makes it longer); a run among four uses "
        f"{span['four_2vp_cpu']} LP-min (derived: 370, if all end with the best on a host 100 % "
        f"busy), {span['cpu_inflation']} times that of a run alone on 2 VPs (derived: 1.26, if "
        "that is 100 % busy too); the host of four is busy to "
        f"{span['four_2vp_host_utilisation']}; the slowest of the four takes "
        f"{span['four_2vp_slowest']} times the best (published: only the best)."
    )


def _span(values: pd.Series) -> str:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return "(no outcomes)"
    low, high = f"{known.min():.3g}", f"{known.max():.3g}"
    return low if low == high else f"{low}..{high}"


def _unexplained(ridge: pd.DataFrame) -> str:
    tax, slope = ridge["cpu_tax"], ridge["slope"]
    lab = f"{100 * LAB_TAX[0]:.0f}-{100 * LAB_TAX[1]:.0f} %"
    against = (
        f"even the smallest is above the {lab} that a laboratory reports (row C20)"
        if tax.min() > LAB_TAX[1]
        else f"a laboratory reports {lab} (row C20)"
    )
    low, high = WORST_SLOPE
    above = f"{int((slope > high).sum())} of {len(ridge)} points are above"
    return (
        f"Not explained: which point is right: 4 figures leave {_span(ridge['workers'])} workers, "
        f"a sleep of {_span(ridge['sleep_ratio'])} bursts and a serial share of "
        f"{_span(ridge['serial_share'])} open. The CPU tax that these points need, polished on 20 "
        f"trials, is {_span(100.0 * tax)} %; {against}. The slope of interference that they need "
        f"is {_span(slope)}: with all processors busy work takes that much longer, natively too; "
        f"cache-bound work was measured to take {low:g} to {high:g} longer in the worst 1 to 0.1 % "
        f"of its times (row B23), and {above}. The share of work under "
        f"locks is {_span(ridge['lock_share'])}; {_hint_text(ridge)}"
    )


def _hint_text(ridge: pd.DataFrame) -> str:
    told = int(ridge["hint"].sum())
    return f"guests of {told} of {len(ridge)} points give the hint of long spin waits."
