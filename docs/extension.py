"""Directives of the site: figures that hvmc makes in the build, and tables of its constants.

A figure is one file in ``docs/figures`` with three functions: ``rows()`` simulates and returns the
numbers, ``draw(rows)`` a matplotlib figure of them, ``tell(rows)`` sentences that state them. What
they return is kept beside Sphinx's own cache until the file or hvmc changes.
"""

import contextlib
import hashlib
import html
import io
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "figures"))

SOURCES = HERE / "sources.csv"
ROWS_SHOWN = 40
SHARED = ("drawing", "small_run")


@cache
def model_digest() -> bytes:
    """Return what changes whenever a source of hvmc does."""
    import hvmc

    root = Path(hvmc.__file__).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        found.update(path.read_bytes())
    return found.digest()


class Made:
    """A figure and its numbers, made once for each version of their sources.

    Parameters
    ----------
    name : str
        Of the file in ``docs/figures``.
    folder : Path
        Where what is made is kept.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.source = HERE / "figures" / f"{name}.py"
        shared = b"".join((HERE / "figures" / f"{one}.py").read_bytes() for one in SHARED)
        digest = hashlib.sha256(model_digest() + shared + self.source.read_bytes()).hexdigest()
        self.picture = folder / f"{name}-{digest[:12]}.svg"
        self.numbers = folder / f"{name}.csv"
        self.sentences = folder / f"{name}-{digest[:12]}.txt"
        if not self.sentences.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self._make(name)

    def _make(self, name: str) -> None:
        from hvmc.plots.style import arrange
        from hvmc.plots.write import save

        module = import_module(name)
        rows = module.rows()
        figure = module.draw(rows)
        arrange(figure)
        save(figure, self.picture)
        rows.to_csv(self.numbers, index=False, float_format="%.6g")
        self.sentences.write_text(module.tell(rows))


class Figure(SphinxDirective):
    """``hvmc-figure NAME``: the figure, what it tells, its numbers and the code that made it."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "alt": directives.unchanged_required,
        "wide": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the figure with its caption, then numbers and code, folded."""
        name = self.arguments[0]
        folder = Path(self.env.doctreedir) / "figures"
        made = Made(name, folder)
        self.env.note_dependency(str(made.source))
        self.env.note_reread()
        image = nodes.image(uri=self._from_page(made.picture), alt=self.options["alt"])
        caption = nodes.caption("", made.sentences.read_text())
        classes = ["made", "across"] if "wide" in self.options else ["made"]
        figure = nodes.figure("", image, caption, classes=classes)
        table = pd.read_csv(made.numbers)
        link = addnodes.download_reference(
            "", "", nodes.Text(f"{name}.csv"), reftarget=self._from_page(made.numbers)
        )
        told = f"{len(table)} rows: "
        inside: list[nodes.Node] = [nodes.paragraph("", told, link)]
        inside += [wide(table_of(part)) for part in parts(table) if len(part) <= ROWS_SHOWN]
        code = nodes.literal_block("", made.source.read_text(), language="python")
        return [
            figure,
            *folded("The numbers", inside),
            *folded("The code that made them", [code]),
        ]

    def _from_page(self, path: Path) -> str:
        page = Path(self.env.doc2path(self.env.docname)).parent
        return Path(os.path.relpath(path, page)).as_posix()


class Constants(SphinxDirective):
    """``hvmc-constants PREFIX...``: constants of the model below these paths, and their sources."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        wanted = tuple(self.arguments[0].split())
        found = constants()
        found = found[found["path"].str.startswith(wanted)]
        if found.empty:
            raise self.error(f"hvmc has no constants below {self.arguments[0]}")
        page = "../" * self.env.docname.count("/") + "sources.html"
        return [wide(table_of(found, code="path", cited="source", page=page))]


class Sources(SphinxDirective):
    """``hvmc-sources``: the measurements that constants and claims cite, each with an anchor."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_dependency(str(SOURCES))
        frame = pd.read_csv(SOURCES, dtype=str)
        table = table_of(frame)
        for row, line in zip(table.findall(nodes.row), [None, *frame.itertuples()], strict=True):
            if line is not None:
                row["ids"].append(anchor(line.id, line.table))
        return [wide(table)]


@cache
def constants() -> pd.DataFrame:
    """Return what ``hvmc constants`` prints."""
    from hvmc.cli.main import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main(["constants", "--markdown"])
    heads, _, *lines = printed.getvalue().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in [heads, *lines]]
    found = pd.DataFrame(cells[1:], columns=cells[0])
    found["path"] = found["path"].str.strip("`")
    found["value"] = (found["value"] + " " + found.pop("unit")).str.strip()
    return found


@cache
def homes() -> dict[str, str]:
    """Return each id to the table where it is found without further words."""
    frame = pd.read_csv(SOURCES, dtype=str)
    return dict(zip(frame["id"], frame["table"], strict=True))


def anchor(row: str, table: str) -> str:
    """Return the anchor of a row of the table of sources."""
    return f"{row}-{table}".lower()


def linked(text: str, page: str) -> Iterator[nodes.Node]:
    """Yield a text whose ids of sources are links, and what stands between backticks as code."""
    end = 0
    for match in re.finditer(r"\b([A-Z]\d\d)\b( of (\w+)\.csv)?|`([^`]+)`", text):
        row, table, code = match[1], match[3], match[4]
        if code or row in homes():
            yield nodes.Text(text[end : match.start()])
            end = match.end()
        if code:
            yield nodes.literal("", code)
        elif row in homes():
            target = anchor(row, table or homes()[row])
            yield nodes.reference("", row, internal=True, refuri=f"{page}#{target}")
    yield nodes.Text(text[end:])


def parts(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the numbers of each panel, with the columns that it has."""
    if "panel" not in table:
        yield table
        return
    for _, own in table.groupby("panel", sort=False):
        yield own.drop(columns="panel").dropna(axis="columns", how="all")


def wide(table: nodes.table) -> nodes.container:
    """Return a table that scrolls where the page is narrow."""
    return nodes.container("", table, classes=["wide"])


def folded(title: str, inside: list[nodes.Node]) -> list[nodes.Node]:
    """Return nodes that unfold by a click."""
    begin = f"<details><summary>{html.escape(title)}</summary>"
    return [
        nodes.raw("", begin, format="html"),
        *inside,
        nodes.raw("", "</details>", format="html"),
    ]


def table_of(frame: pd.DataFrame, code: str = "", cited: str = "", page: str = "") -> nodes.table:
    """Return a frame as a table.

    Parameters
    ----------
    frame : DataFrame
        Floats are shown with 4 digits.
    code : str
        Column shown as code.
    cited : str
        Column whose ids of sources link to the page of sources.
    page : str
        Where that page is.
    """
    group = nodes.tgroup(cols=len(frame.columns))
    group += [nodes.colspec(colwidth=1) for _ in frame.columns]
    group += nodes.thead("", _row([nodes.Text(str(name))] for name in frame.columns))
    body = nodes.tbody()
    for values in frame.itertuples(index=False):
        cells = []
        for name, value in zip(frame.columns, values, strict=True):
            text = "" if pd.isna(value) else f"{value:.4g}" if isinstance(value, float) else value
            if name == code:
                cells.append([nodes.literal("", str(text))])
            elif name == cited:
                cells.append(list(linked(str(text), page)))
            else:
                cells.append([nodes.Text(str(text))])
        body += _row(cells)
    group += body
    return nodes.table("", group)


def _row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    logging.getLogger("MESA").setLevel(logging.WARNING)  # it tells of every step
    app.add_directive("hvmc-figure", Figure)
    app.add_directive("hvmc-constants", Constants)
    app.add_directive("hvmc-sources", Sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
