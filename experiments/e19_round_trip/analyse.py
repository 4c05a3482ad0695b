"""The blocks of e19's README: what is found again of hosts that were only seen through a log.

python experiments/e19_round_trip/analyse.py STORE [size=smoke]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path[:0] = [str(README.parent), str(README.parents[1])]
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from simulate import FOLDER, LUCK, TRUE  # noqa: E402
from tables import cell, markdown  # noqa: E402

from hvmc.analysis.intervals import mean  # noqa: E402
from hvmc.analysis.numbers import percent  # noqa: E402
from hvmc.analysis.shares import share  # noqa: E402
from hvmc.analysis.words import regime_words  # noqa: E402
from hvmc.diagnosis.advice import CAUSES  # noqa: E402

COMMANDS = {"simulate": "python experiments/e19_round_trip/simulate.py"}
_KEY = ["regime", "trial", "guest"]
_SHORTAGES = {
    "memory enough": 0.0,
    "pressure 100 to 130": 100.0,
    "130 to 160": 130.0,
    "> 160": 160.0,
}
_SUFFERS = 1.25


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks."""
    rows = pd.concat(
        [pd.read_parquet(file) for file in sorted((store.path / FOLDER).glob("*.parquet"))],
        ignore_index=True,
    )
    guests = compared(rows)
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_block(readme, "coverage", markdown(by(guests, "regime", regime_words)))
    causes = guests[guests["stretch"] > _SUFFERS].assign(cause=lambda own: own["cause"])
    write_block(readme, "causes", markdown(by(causes, "cause", CAUSES.__getitem__)))
    write_block(readme, "shortage", markdown(by(guests, "shortage", str)))
    lucks = pd.read_parquet(store.path / LUCK).set_index(["regime", "trial"])
    write_block(readme, "use", markdown(use(rows, lucks)))


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the true guests that have a stretch, with the least, median and largest predicted."""
    true = rows[rows["draw"] == TRUE].set_index(_KEY)
    again = rows[rows["draw"] != TRUE].groupby(_KEY)["stretch"]
    limits = pd.DataFrame({"low": again.min(), "middle": again.median(), "high": again.max()})
    found = true.join(limits)
    found = found[np.isfinite(found["stretch"])].reset_index()
    edges = [*_SHORTAGES.values(), np.inf]
    # a pressure of 100 is that of a guest whose caches fill what it has
    seen = found["pressure"].where(found["pressure"] > 100.5, 0.0)
    return found.assign(
        shortage=pd.cut(seen, edges, labels=list(_SHORTAGES), right=False).astype(str),
        host=found["regime"] + found["trial"].astype(str),
    )


def by(guests: pd.DataFrame, column: str, words: object) -> pd.DataFrame:
    """Return the coverage of guests by a column, and on which side the others lie."""
    order = list(_SHORTAGES) if column == "shortage" else sorted(guests[column].unique())
    parts = [(words(name), guests[guests[column] == name]) for name in order]  # type: ignore[operator]
    return pd.DataFrame(coverage(name, own) for name, own in [*parts, ("all", guests)] if len(own))


def coverage(name: str, own: pd.DataFrame) -> dict[str, str]:
    """Return a row: how many true stretches lie within, below and above what is predicted."""
    true, hosts = own["stretch"], own["host"].to_numpy()
    inside = ((true >= own["low"]) & (true <= own["high"])).to_numpy()
    width = np.exp(np.log(own["high"] / own["low"]).median())
    return {
        "guests": name,
        "hosts": str(own["host"].nunique()),
        "rows": str(len(own)),
        "within, %": cell(share(inside, hosts), form=percent),
        "below, %": percent(float((true < own["low"]).mean())),
        "above, %": percent(float((true > own["high"]).mean())),
        "true over median": f"{np.exp(np.log(true / own['middle']).median()):.2f}",
        "largest over least": f"{width:.2f}",
    }


def use(rows: pd.DataFrame, lucks: pd.DataFrame) -> pd.DataFrame:
    """Return the LPs that guests use over those in the logged window, by regime.

    Of fitted hosts, and of the true ones in a window of other luck.
    """
    hosts = rows.groupby(["regime", "trial", "draw"])["lp_used"].sum().reset_index()
    true = hosts[hosts["draw"] == TRUE].set_index(["regime", "trial"])["lp_used"]
    again = hosts[hosts["draw"] != TRUE].groupby(["regime", "trial"])["lp_used"].mean()
    ratio = (again / true).rename("ratio").reset_index()
    other = (lucks["lp_used"] / true).dropna().rename("ratio").reset_index()
    found = []
    for name in [*sorted(ratio["regime"].unique()), "all"]:
        own, same = (
            every if name == "all" else every[every["regime"] == name] for every in (ratio, other)
        )
        found.append(
            {
                "hosts": regime_words(str(name)) if name != "all" else "all",
                "rows": str(len(own)),
                "mean": cell(mean(own["ratio"], np.arange(len(own)))),
                "standard deviation": f"{own['ratio'].std():.3f}",
                "within 2 %, % of hosts": percent(close(own)),
                "true host, other window": f"{same['ratio'].std():.3f}",
                "within 2 %": percent(close(same)),
            }
        )
    return pd.DataFrame(found)


def close(ratios: pd.DataFrame) -> float:
    """Return the share of ratios within 2 % of 1."""
    return float(((ratios["ratio"] - 1.0).abs() <= 0.02).mean())


if __name__ == "__main__":
    main(Store.asked())
