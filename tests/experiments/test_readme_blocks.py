"""Result blocks of READMEs: replaced whole, and nothing else is touched."""

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))
blocks = importlib.import_module("blocks")

TEXT = (
    "a\n<!-- result: one -->\nold\n\nold\n<!-- end -->\nb\n<!-- result: two -->\n<!-- end -->\nc\n"
)


def test_a_block_is_replaced_and_again(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(TEXT)
    blocks.write_block(readme, "two", r"new \1")
    blocks.write_block(readme, "one", "x\ny\n")
    blocks.write_block(readme, "one", "z")
    assert readme.read_text() == (
        "a\n<!-- result: one -->\nz\n<!-- end -->\nb\n"
        "<!-- result: two -->\nnew \\1\n<!-- end -->\nc\n"
    )


@pytest.mark.parametrize("text", ["nothing", TEXT.replace("two", "one"), TEXT.replace("end", "ed")])
def test_a_block_must_be_there_once(text, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(text)
    with pytest.raises(ValueError, match="must hold one block"):
        blocks.write_block(readme, "one", "new")
    assert readme.read_text() == text
