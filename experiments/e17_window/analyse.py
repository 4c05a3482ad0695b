"""The blocks of e17's README: whether warm-up and window suffice.

python experiments/e17_window/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

import hvmc  # noqa: E402
from hvmc.analysis.numbers import percent, points  # noqa: E402
from hvmc.analysis.words import context_words  # noqa: E402
from hvmc.answers.registry import Answer  # noqa: E402

COMMANDS = {"window": "hvmc run experiment=window"}
FEW = "\\*: too few hosts for the interval to hold as stated; a p95 needs 200."
HEADS = {"suffers": "P suffers, %, points", "stretch_p50": "p50", "stretch_p95": "p95"}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, a line per regime, and every window."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["window"])
    write_block(readme, "lines", lines(results))
    write_block(readme, "windows", f"{markdown(windows(results))}\n\n{FEW}")


def lines(results: hvmc.Results) -> str:
    """Return the answer's line per regime and role."""
    kind = Answer(results).kinds["WindowCheck"]
    return "\n".join(f"- {found.about}: {found.text}." for found in kind.sentences())


def windows(results: hvmc.Results) -> pd.DataFrame:
    """Return changes against the longest window with their verdicts, and its own values."""
    found = Answer(results).kinds["WindowCheck"].frames["window"]
    table = []
    for (context, role, window_s), own in found.groupby(
        ["context", "role", "window_s"], sort=False
    ):
        row = {"host": context_words(str(context)), "role": role, "window": f"{window_s:g} s"}
        for metric in own.to_dict("records"):
            row[HEADS[metric["metric"]]] = _cell(metric)
        table.append(row)
    return pd.DataFrame(table)


def _cell(row: dict[str, object]) -> str:
    shares = row["metric"] == "suffers"
    if row["point"] == row["baseline"]:
        level = {"estimate": row["level"], "low": row["level_low"], "high": row["level_high"]}
        return cell(level, **({"form": percent} if shares else {}))
    how = {"form": points, "join": ".."} if shares else {"before": "x", "join": ".."}
    return f"{cell({**row, 'estimate': row['change']}, **how)} {row['verdict']}"


if __name__ == "__main__":
    main(Store.asked())
