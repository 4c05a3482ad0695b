"""The figure and the table of the default run, in the README and on the site, from stored results.

uv run hvmc run
uv run python docs/default_run.py results
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
from blocks import told, write_block  # noqa: E402
from commands import Store  # noqa: E402

COMMAND = "hvmc run"
PICTURE = ROOT / "docs" / "images" / "default_run.png"
PAGE = ROOT / "docs" / "first_answer.md"


def main(store: Store, page: Path = PAGE, picture: Path = PICTURE) -> None:
    """Write the picture and the table.

    Raises
    ------
    LookupError
        If the default run is not stored there, or not complete.
    """
    from hvmc.answers.page import TextTable
    from hvmc.answers.registry import Answer
    from hvmc.plots.style import arrange
    from hvmc.plots.write import save

    results = store.results(COMMAND)
    answer = Answer(results)
    table = next(block for block in answer.text() if isinstance(block, TextTable))
    version = results.provenance["model_version"]
    write_block(page, "answer", f"{told([table])}\n\nSeed 1, model version {version}.")
    figure = dict(answer.figures())["exceedance"]()
    arrange(figure)
    save(figure, picture)


if __name__ == "__main__":
    main(Store.asked())
