"""Paragraphs and tables on a console: wrapped, split by its width, nothing said by colour."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

__all__ = ["Block", "Column", "TextTable", "print_blocks", "say"]

type Block = str | TextTable

_WIDEST = 120
_NARROWEST = 40


@dataclass(frozen=True)
class Column:
    """A column of a `TextTable`.

    Parameters
    ----------
    head : str
        Lines of its heading.
    cells : sequence of str
        One per row.
    words : bool
        Whether they are words, which stand at the left, rather than numbers.
    """

    head: str
    cells: Sequence[str]
    words: bool = False


@dataclass(frozen=True)
class TextTable:
    """A table that may be too wide for the console.

    Parameters
    ----------
    stub : Column
        Names of the rows, repeated in front of each part.
    groups : sequence of sequence of Column
        Columns that stand in one table where the width allows.
    rules : set of int
        Rows above which a line is drawn.
    gap : int
        Empty lines between rows.
    pad : int
        Spaces beside the columns, in addition to one.
    """

    stub: Column
    groups: Sequence[Sequence[Column]]
    rules: set[int] = field(default_factory=set)
    gap: int = 0
    pad: int = 0

    def split(self, console: Console) -> Iterator[Table]:
        """Yield tables that fit, each with as many groups as the width allows."""
        taken: list[Column] = []
        for group in self.groups:
            for some in self._fitting(list(group), console):
                if taken and not self._fits([*taken, *some], console):
                    yield self._table(taken)
                    taken = []
                taken += some
        yield self._table(taken)

    def _fitting(self, columns: list[Column], console: Console) -> Iterator[list[Column]]:
        """Halve a group until each half fits beside the stub."""
        if len(columns) < 2 or self._fits(columns, console):
            yield columns
            return
        middle = (len(columns) + 1) // 2
        yield from self._fitting(columns[:middle], console)
        yield from self._fitting(columns[middle:], console)

    def _fits(self, columns: Sequence[Column], console: Console) -> bool:
        wide = console.options.update(width=10_000)
        return Measurement.get(console, wide, self._table(columns)).maximum <= console.width

    def _table(self, columns: Sequence[Column]) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            padding=(0, self.pad, 0, 0),
            leading=self.gap,
            header_style="bold",
        )
        table.add_column(self.stub.head, no_wrap=True)
        for column in columns:
            justify: Literal["left", "right"] = "left" if column.words else "right"
            table.add_column(column.head, justify=justify, no_wrap=True)
        for row, name in enumerate(self.stub.cells):
            if row in self.rules:
                table.add_section()
            table.add_row(name, *(column.cells[row] for column in columns))
        return table


def print_blocks(blocks: Iterable[Block], console: Console) -> None:
    """Print paragraphs and tables one below the other; an empty paragraph is an empty line."""
    for block in blocks:
        if isinstance(block, str):
            say(console, block)
            continue
        for table in block.split(console):
            console.print(table)


def say(console: Console, text: str) -> None:
    """Print a paragraph, wrapped to the console; long words such as paths stay whole.

    Further lines of one that begins with ``- `` are indented.
    """
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        min(max(console.width, _NARROWEST), _WIDEST),
        subsequent_indent="  " if text.startswith("- ") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    print("\n".join(lines).replace("\N{NO-BREAK SPACE}", " "), file=console.file)
