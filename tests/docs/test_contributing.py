"""CONTRIBUTING.md names files that are there, and the lists of mechanisms are the true ones."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_path_named_is_there():
    named = re.findall(r"`((?:hvmc|conf|experiments)(?:/[\w.]+)*/?)`", TEXT)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("table", "words", "most"),
    [
        (0, r"(?<![a-z])interference(?![a-z_])|^ +speed,$", 8),
        (1, r"(?<![a-z])ipis?(?![a-z])", 15),
    ],
    ids=["smallest", "with_events"],
)
def test_the_lists_of_mechanisms_are_true(table, words, most):
    """The files whose code speaks of a mechanism are those of its list, no more and no fewer."""
    tables = TEXT.partition("## To add a mechanism")[2].partition("\n## ")[0].split("|---|---|")
    rows = [line.split("|")[1] for line in tables[1 + table].splitlines() if line.startswith("| `")]
    listed = set(re.findall(r"`(hvmc/[^`]+)`", "".join(rows)))
    spoken = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "hvmc").rglob("*.py")
        if "validation" not in path.parts and re.search(words, _code(path), re.I | re.M)
    }
    assert spoken == listed
    assert len(listed) <= most


def _code(path: Path) -> str:
    """The code of a file, without docstrings and comments."""
    return re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text())
