"""Paragraphs and tables of an answer as a page sets them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hvmc.answers.page import Block, TextTable

__all__ = ["Cell", "Enumeration", "Paragraph", "Row", "Table", "set_blocks"]

_ITEM = "- "


@dataclass(frozen=True)
class Paragraph:
    """Text; a note explains the table before it."""

    text: str
    note: bool

    kind = "paragraph"


@dataclass(frozen=True)
class Enumeration:
    """Paragraphs that began with ``- ``."""

    items: Sequence[str]

    kind = "list"


@dataclass(frozen=True)
class Cell:
    """Lines of a cell; those below the first are its interval."""

    lines: Sequence[str]
    words: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    head: Cell
    cells: Sequence[Cell]
    inset: bool
    ruled: bool


@dataclass(frozen=True)
class Table:
    """A table with all its columns beside each other."""

    corner: Cell
    heads: Sequence[Cell]
    rows: Sequence[Row]

    kind = "table"


def set_blocks(blocks: Iterable[Block]) -> Iterator[Paragraph | Enumeration | Table]:
    """Yield what a page shows for the blocks of an answer; empty paragraphs end what is explained.

    Examples
    --------
    >>> [found.kind for found in set_blocks(["Reached:", "- a", "- b", "", "More."])]
    ['paragraph', 'list', 'paragraph']
    """
    items: list[str] = []
    after_table = False
    for block in blocks:
        if isinstance(block, str) and block.startswith(_ITEM):
            items.append(block.removeprefix(_ITEM))
            continue
        if items:
            yield Enumeration(items)
            items = []
        if isinstance(block, TextTable):
            yield _table(block)
            after_table = True
        elif block:
            yield Paragraph(block, after_table and not block.endswith(":"))
        else:
            after_table = False
    if items:
        yield Enumeration(items)


def _table(grid: TextTable) -> Table:
    columns = [column for group in grid.groups for column in group]
    rows = [
        Row(
            _cell(name),
            [_cell(column.cells[number], words=column.words) for column in columns],
            name.startswith(" "),
            number in grid.rules,
        )
        for number, name in enumerate(grid.stub.cells)
    ]
    return Table(_cell(grid.stub.head), [_cell(one.head, words=one.words) for one in columns], rows)


def _cell(text: str, *, words: bool = False) -> Cell:
    return Cell(_lines(text), words)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
