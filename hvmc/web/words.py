"""Places for words and tables beside the figures."""

from bokeh.models import Div

__all__ = ["table_box", "words"]

_STYLE = """
.bk-clearfix { display: block !important; width: 100%; }
.key { margin-right: 10px; white-space: nowrap; }
.key i { display: inline-block; width: 11px; height: 11px; margin-right: 4px;
         border: 1px solid #75828c; }
table { border-collapse: collapse; min-width: 100%; font-size: 13px; }
th, td { text-align: right; padding: 2px 6px; border-bottom: 1px solid #e4e8eb; }
th:first-child, td:first-child { text-align: left; }
tr.picked { background: #fff3d6; }
code { background: #eef1f4; padding: 3px 6px; user-select: all; overflow-wrap: anywhere; }
.wide { overflow: auto; max-height: 360px; }
"""


def words(text: str = "", *, name: str = "") -> Div:
    """Return a place for text, keys to colours and tables.

    Parameters
    ----------
    text : str
        HTML that is in it at first.
    name : str
        Its name, or empty.
    """
    return Div(text=text, name=name or None, sizing_mode="stretch_width", stylesheets=[_STYLE])


def table_box(rows: str, label: str) -> str:
    """Return rows of a table as HTML in a box that can be scrolled, by keyboard too.

    Parameters
    ----------
    rows : str
        HTML, escaped.
    label : str
        What the table is, for those who can't see it; plain words.
    """
    return (
        f"<div class='wide' tabindex='0' role='group' aria-label='{label}'>"
        f"<table>{rows}</table></div>"
    )
