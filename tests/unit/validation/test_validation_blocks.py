"""Documents that ``hvmc validate --write`` fills, and what stands in them now."""

import re
from collections import Counter
from pathlib import Path

from hvmc.cli.main import main

ROOT = Path(__file__).parents[3]
PAGE, LINE = "<!-- validate -->", "<!-- validate: summary -->"


def block(document, marker):
    """The text between a marker and the end of its block."""
    return document.read_text().split(f"{marker}\n")[1].split("\n<!-- end -->")[0]


def test_the_block_of_a_document_is_filled(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{PAGE}\nstale\n<!-- end -->\nafter\n")
    assert main(["validate", "--only", "arithmetic", "--jobs", "1", "--write", str(page)]) == 0
    text = page.read_text()
    row = (
        "| two endless VPs, one LP: % ready of the first | arithmetic | 50 | 50.0 | exact | holds |"
    )
    assert row in text
    assert re.search(
        r"Claims that hold: (\d+) of \1 exact, 0 of 0 fitted, 0 of 0 predicted\.", text
    )
    assert text.startswith(f"before\n{PAGE}\nSeed 1, ")
    assert text.endswith("\n<!-- end -->\nafter\n")
    assert "stale" not in text


def test_documents_that_cannot_be_filled_are_refused_together(tmp_path, capsys):
    without, both, sums_up, missing = (tmp_path / name for name in ("a.md", "b.md", "c.md", "d.md"))
    without.write_text("nothing\n")
    both.write_text(f"{PAGE}\n<!-- end -->\n{LINE}\n<!-- end -->\n")
    sums_up.write_text(f"{LINE}\n<!-- end -->\n")
    documents = list(map(str, (without, both, sums_up, missing)))
    assert main(["validate", "--only", "thumb", "--write", *documents]) == 2
    told = capsys.readouterr().err
    assert "got 0" in told
    assert "got 2" in told
    assert "c.md sums up all families: leave out --only" in " ".join(told.split())
    assert "d.md" in told


def test_the_readme_sums_up_the_page():
    line, page = block(ROOT / "README.md", LINE), block(ROOT / "docs" / "validation.md", PAGE)
    assert line in page.splitlines(), "run hvmc validate --write docs/validation.md README.md"
    told = re.findall(r"(\d+) of (\d+) (exact|fitted|predicted)", line)
    rows = re.findall(r"\| (exact|fitted|predicted) \| (?!- \||needs )(.+) \|$", page, re.MULTILINE)
    claims = Counter(kind for kind, _ in rows)
    holding = Counter(kind for kind, verdict in rows if verdict == "holds")
    assert {kind: (int(held), int(count)) for held, count, kind in told} == {
        kind: (holding[kind], claims[kind]) for kind in ("exact", "fitted", "predicted")
    }
