"""Result blocks of a README, written from stored results so that nothing is pasted by hand.

A block is what stands between ``<!-- result: NAME -->`` and ``<!-- end -->``, each on a line alone.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

import hvmc
from hvmc.answers.page import Block, print_blocks
from hvmc.answers.registry import Answer

_WIDTH = 80


def write_block(readme: Path, name: str, text: str) -> None:
    """Replace the text of a block.

    Parameters
    ----------
    readme : Path
        The file, changed in place.
    name : str
        Of the block.
    text : str
        Markdown, shown as it is.

    Raises
    ------
    ValueError
        If the file has no such block, or several.
    """
    pattern = rf"(?m)(^<!-- result: {re.escape(name)} -->\n)(?:.*\n)*?(^<!-- end -->$)"
    document = readme.read_text()
    found = re.findall(pattern, document)
    if len(found) != 1:
        raise ValueError(
            f"{readme} must hold one block of <!-- result: {name} --> and <!-- end -->, "
            f"got {len(found)}"
        )
    document = re.sub(pattern, lambda block: f"{block[1]}{text.strip()}\n{block[2]}", document)
    readme.write_text(document)


def fenced(text: str) -> str:
    """Return lines as Markdown shows them unchanged."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n".join(["```", *lines, "```"])


def told(blocks: Iterable[Block]) -> str:
    """Return blocks of an answer as they are printed, fenced as Markdown."""
    stream = io.StringIO()
    print_blocks(blocks, Console(file=stream, width=_WIDTH))
    return fenced(stream.getvalue())


def write_answer(readme: Path, name: str, results: hvmc.Results) -> None:
    """Replace the text of a block by the answer of a stored run, as ``hvmc show`` tells it.

    Raises
    ------
    ValueError
        If the file has no such block, or several.
    """
    write_block(readme, name, told(Answer(results).text()))
