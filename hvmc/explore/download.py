"""A view as files: its data as CSV, its figure as SVG and PNG."""

import io
import re
from typing import TYPE_CHECKING

from hvmc.explore.views import View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "content", "file_name"]

FORMATS = {"csv": "text/csv", "svg": "image/svg+xml", "png": "image/png"}
"""Kinds of files and their media types."""


def file_name(view: View, kind: str) -> str:
    """Return a name for a file, of plain letters."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", f"{view.selection.view}_{view.title}").strip("_")
    return f"{words[:80]}.{kind}"


def content(view: View, kind: str) -> bytes:
    """Return a view as the bytes of a file.

    Parameters
    ----------
    view : View
        What is written.
    kind : str
        Of `FORMATS`. CSV holds the estimates, and after an empty line the guests drawn as points.

    Raises
    ------
    CannotDrawError
        If there is too little for a figure.
    """
    if kind == "csv":
        return _csv(view)
    from hvmc.plots.write import figure_content

    return figure_content(_figure(view), kind)


def _csv(view: View) -> bytes:
    text = io.StringIO()
    view.frame.to_csv(text, index=False, lineterminator="\n")
    if len(view.dots):
        text.write("\n")
        view.dots.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def _figure(view: View) -> "Figure":
    from hvmc.plots import explored

    column, name = view.selection.column, view.selection.against.partition(".")[2]
    note = view.words.replace("Click a curve for a guest with that value. ", "")
    note = note.replace("Click a point for its trial. ", "")
    if view.selection.view == "exceedance":
        return explored.curves(view.frame, view.title, column, note=note)
    if view.selection.view == "quantiles":
        return explored.intervals(view.frame, view.title, column, note=note)
    if view.selection.view == "against":
        return explored.clouds(
            view.dots, view.cells, view.title, (name, column), lines=view.frame, note=note
        )
    names = (f"{column} at the baseline", f"{column} at the other point")
    return explored.clouds(view.dots, view.cells, view.title, names, note=note)
