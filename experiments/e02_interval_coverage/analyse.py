"""The blocks of e02's README, from what `study.py` stored.

python experiments/e02_interval_coverage/analyse.py STORE
"""

import sys
from pathlib import Path

import pandas as pd
import spread
from scipy.special import fdtri
from study import ADOPTED, HOSTS, STORED

from hvmc.analysis.numbers import figure

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import markdown  # noqa: E402

COMMANDS = {
    "study": "python experiments/e02_interval_coverage/study.py",
    "spread": "python experiments/e02_interval_coverage/spread.py",
}
QUANTILE_METHODS = {
    ADOPTED: "order statistics at the effective size",
    "woodruff": "Woodruff",
    "woodruff_logit": "Woodruff, logit",
    "inversion": "inversion",
    "percentile": "bootstrap, percentile",
    "bca": "bootstrap, BCa",
    "iid_quantile": "independent guests",
}
SHARE_METHODS = {
    ADOPTED: "effective size, one more cluster",
    "wald": "linearised, t",
    "logit": "logit",
    "wilson_effective": "Wilson, effective size",
    "iid_share": "independent guests",
}
QUANTILE_CELLS = (("lognormal", 50, "p99"), ("alike", 200, "p95"), ("alike", 200, "p99"))
SHARE_CELLS = (
    ("lognormal", 50, "0.02"),
    ("alike", 200, "0.02"),
    ("alike", 200, "0.005"),
    ("alike", 1000, "0.005"),
)


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks: commands, coverage by estimand, by method, and its range."""
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    study = pd.read_parquet(store.path / STORED)
    of = dict(tuple(study.groupby("kind", sort=False)))
    write_block(readme, "quantiles", markdown(by_support(of["quantile"])))
    table = by_method(of["quantile"], QUANTILE_METHODS, QUANTILE_CELLS)
    many = of["quantile"][of["quantile"]["hosts"] == max(HOSTS)]
    seconds = many.groupby("method")["seconds"].mean()
    table["ms"] = [figure(1e3 * seconds[method], most=2) for method in QUANTILE_METHODS]
    write_block(readme, "quantile_methods", markdown(table))
    write_block(
        readme, "share_methods", markdown(by_method(of["share"], SHARE_METHODS, SHARE_CELLS))
    )
    write_block(readme, "range", markdown(ranges(study)))
    write_block(
        readme, "spread", markdown(spread_evenly(pd.read_parquet(store.path / spread.STORED)))
    )


def by_support(quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return the coverage of the adopted method, marked where it is not supported."""
    rows = quantiles[quantiles["method"] == ADOPTED]
    marks = rows["supported"].lt(0.5).map({True: "*", False: ""})
    return (
        rows.assign(cell=rows["coverage"].map("{:.3f}".format) + marks)
        .pivot_table("cell", ["mechanism", "hosts"], "estimand", aggfunc="first", sort=False)
        .reset_index()
    )


def by_method(
    rows: pd.DataFrame, methods: dict[str, str], cells: tuple[tuple[str, int, str], ...]
) -> pd.DataFrame:
    """Return the coverage of each method in chosen cells."""
    found = rows.set_index(["method", "mechanism", "hosts", "estimand"])["coverage"]
    columns = {
        f"{mechanism} {hosts}, {estimand}": [
            f"{found[method, mechanism, hosts, estimand]:.3f}" for method in methods
        ]
        for mechanism, hosts, estimand in cells
    }
    return pd.DataFrame({"method": methods.values(), **columns})


def ranges(study: pd.DataFrame) -> pd.DataFrame:
    """Return the least and the largest coverage of every method over all cells."""
    names = QUANTILE_METHODS | SHARE_METHODS | {ADOPTED: "the one taken"}
    found = study.groupby(["kind", "method"], sort=False)["coverage"].agg(["min", "max", "size"])
    found = found.rename(columns={"min": "least", "max": "most", "size": "cells"})
    found[["least", "most"]] = found[["least", "most"]].map("{:.3f}".format)
    found = found.reset_index()
    return found.assign(method=found["method"].map(names))


def spread_evenly(study: pd.DataFrame) -> pd.DataFrame:
    """Return coverage between scrambles, and how many independent trials an even one is worth."""
    keys = ["mechanism", "trials", "estimand"]
    covered = study.pivot_table("coverage", keys, "method", sort=False)
    variance = study.pivot_table("variance", keys, "method", sort=False)
    ratio = variance["iid"] / variance["rqmc"]
    free = study["experiments"].min() - 1
    off = fdtri(free, free, 0.975)
    worth = [f"{figure(one)} ({figure(one / off)}-{figure(one * off)})" for one in ratio]
    names = {
        "iid": "independent",
        "rqmc": "even",
        "rqmc as if independent": "even, as if independent",
    }
    cells = covered[list(names)].map("{:.3f}".format).rename(columns=names)
    return cells.assign(**{"variance ratio": worth}).reset_index()


if __name__ == "__main__":
    main(Store.asked())
