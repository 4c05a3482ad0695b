"""CONTRIBUTING.md names files that are there, and its longest list is the true one."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_path_named_is_there():
    named = re.findall(r"`((?:hvmc|conf|experiments)(?:/[\w.]+)*/?)`", TEXT)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_list_of_a_mechanism_is_that_of_the_ipis():
    """The files whose code speaks of IPIs are those of the list, no more and no fewer."""
    table = TEXT.partition("## To add a mechanism")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = set(re.findall(r"`(hvmc/[^`]+)`", "".join(rows)))
    spoken = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "hvmc").rglob("*.py")
        if re.search(r"(?i)(?<![a-z])ipis?(?![a-z])", _code(path))
    }
    assert spoken == listed


def _code(path: Path) -> str:
    """The code of a file, without docstrings and comments."""
    return re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text())
