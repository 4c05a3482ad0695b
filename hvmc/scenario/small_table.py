"""Small tables as a notebook shows them: HTML, all text escaped."""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["html_table"]


def html_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a small table below its title.

    Parameters
    ----------
    title : str
        What it shows.
    head : sequence of str
        Headings; the first column names the rows.
    rows : iterable of sequence
        Cells, as many as headings.

    Examples
    --------
    >>> html_table("a < b", ["guest"], [["web"]])[:38]
    '<p>a &lt; b</p><table><thead><tr><th>g'
    """
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(
        f"<tr><th>{escape(str(first))}</th>"
        f"{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"
        for first, *cells in rows
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f"<p>{escape(title)}</p>{table}"
