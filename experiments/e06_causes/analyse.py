"""The blocks of e06's README, from a stored run.

python experiments/e06_causes/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import hvmc
from hvmc.analysis.intervals import mean
from hvmc.analysis.words import regime_words

README = Path(__file__).with_name("README.md")
sys.path[:0] = [str(README.parents[1]), str(README.parents[1] / "e01_four_regimes")]
from blocks import fenced, write_answer, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from groups import by_group  # noqa: E402
from tables import cell, markdown  # noqa: E402

COMMANDS = {
    "causes": "hvmc run experiment=causes trials=40",
    "no_ipis": "hvmc run trials=40 name=no_ipis assumptions.mode=fixed "
    "overheads.ipis.enabled=false",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the plain answer, causes by what is lacking, spinning."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["causes"])
    write_answer(readme, "answer", results)
    table = by_group(results.trials()).round(4).rename_axis(None)
    write_block(readme, "lacks", fenced(table.to_string()))
    write_block(readme, "spinning", markdown(spinning(results, store.results(COMMANDS["no_ipis"]))))


def spinning(results: hvmc.Results, no_ipis: hvmc.Results) -> pd.DataFrame:
    """Return what IPIs add to the stretch and how long guests spin, a row per regime and role."""
    same, times = ["regime", "trial", "guest"], ["time_spin_s", "response_mean_s"]
    rows = results.trials(columns=[*same, "role", "stretch", *times])
    without = no_ipis.trials(columns=[*same, "stretch"])
    rows = rows.merge(without, on=same, suffixes=("", "_without"), validate="1:1")
    rows["more"] = 100 * np.log(rows["stretch"] / rows["stretch_without"])
    rows["spin"] = rows["time_spin_s"] / rows["response_mean_s"]
    return pd.DataFrame(
        {
            "host": regime_words(regime),
            "role": role,
            "IPIs add to log stretch, %": cell(mean(own["more"], own["trial"])),
            "time spent spinning, %, most": f"{100 * own['spin'].max():.2g}",
        }
        for (regime, role), own in rows.groupby(["regime", "role"], observed=True, sort=False)
    )


if __name__ == "__main__":
    main(Store.asked())
