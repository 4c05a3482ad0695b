"""The blocks of e09's README, from a stored run.

python experiments/e09_scale_out/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.intervals import geometric_mean
from hvmc.analysis.words import regime_words

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_answer, write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import MILLI, cell, markdown  # noqa: E402

COMMANDS = {"clones": "hvmc run experiment=scale_out trials=50"}
PARTS = {
    "response_mean_s": "response",
    "time_guest_queue_s": "queue for a VP",
    "time_dispatch_wait_s": "dispatch wait",
    "time_deferred_s": "deferred interrupts",
    "time_fault_s": "hard faults",
}


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the plain answer, and where the time of a service goes."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["clones"])
    write_answer(readme, "answer", results)
    write_block(readme, "parts", markdown(parts(results)))


def parts(results: hvmc.Results) -> pd.DataFrame:
    """Return mean times of requests on `large`, a row per host and number of clones."""
    columns = [*PARTS, "native_response_mean_s"]
    rows = results.trials(columns=["point", "trial", "role", "measured", *columns])
    rows = rows[rows["role"] == "large"]
    weight = rows["measured"]
    sums = rows[columns].mul(weight, axis=0).groupby([rows["point"], rows["trial"]]).sum()
    services = sums.div(weight.groupby([rows["point"], rows["trial"]]).sum(), axis=0)
    table, whole = [], pd.DataFrame()
    for number, point in enumerate(results.settings.points):
        own = services.loc[number]
        clones = point.levels["population.large.clones"]
        whole = own if clones == 1 else whole
        ratio = own["native_response_mean_s"] / whole["native_response_mean_s"]
        row = {"host": regime_words(point.levels["regime"]), "clones": clones}
        row |= {head: f"{MILLI * own[name].mean():.3g}" for name, head in PARTS.items()}
        row["native response"] = cell(geometric_mean(ratio, ratio.index), before="x", join="..")
        table.append(row)
    return pd.DataFrame(table)


if __name__ == "__main__":
    main(Store.asked())
