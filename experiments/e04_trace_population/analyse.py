"""The blocks of e04's README, from a stored run.

TRACES=FOLDER python experiments/e04_trace_population/analyse.py STORE [key=value ...]
"""

import sys
from pathlib import Path

import pandas as pd

import hvmc
from hvmc.analysis.numbers import figure, percent

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import cell, markdown  # noqa: E402

COMMANDS = {"traces": "hvmc run experiment=trace_population trace.path=$TRACES trials=25"}
LPS, VMS = "host.logical_processors", "trace.guests"


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, the stretch by design point, and who is inactive."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    results = store.results(COMMANDS["traces"])
    write_block(readme, "stretch", markdown(stretch(results)))
    idle = results.trials(columns=["stretch"])["stretch"].isna().mean()
    write_block(
        readme,
        "inactive",
        f"{percent(idle)} % of the drawn VMs demanded nothing in their window: they are counted as "
        "inactive.",
    )


def stretch(results: hvmc.Results) -> pd.DataFrame:
    """Return the commitment of hosts and the stretch of guests, a row per design point."""
    hosts = results.trials(columns=["point", "trial", "lp_commitment"]).drop_duplicates()
    summary = results.summary(by=("point",)).set_index(["point", "metric"])
    rows = []
    for number, point in enumerate(results.settings.points):
        found = {name: row.to_dict() for name, row in summary.loc[number].iterrows()}
        commitment = hosts.loc[hosts["point"] == number, "lp_commitment"]
        low, middle, high = (f"{commitment.quantile(q):.2f}" for q in (0.05, 0.5, 0.95))
        rows.append(
            {
                "LPs": point.levels[LPS],
                "VMs": point.levels[VMS],
                "LP commitment": f"{middle} ({low}-{high})",
                "stretch p50": cell(found["stretch_p50"]),
                "p90": figure(found["stretch_p90"]["estimate"]),
                "p95": figure(found["stretch_p95"]["estimate"]),
                "P > 1.25, %": cell(found["p_stretch_over_1.25"], form=percent, unit=1.0),
                "P > 2, %": cell(found["p_stretch_over_2"], form=percent, unit=1.0),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main(Store.asked())
