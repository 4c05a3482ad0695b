"""Tables of the README from what the calibration stored."""

from pathlib import Path

import pandas as pd
from published_figures import FIGURES
from tables import markdown

BASE = r"w\d+_\d+ms_(?:no_sleep|between|no_serial)"
BEST = "four_2vp_best"
ENDS = {"no_serial": "no serial work", "no_sleep": "no sleep"}


def ridge_tables(folder: Path) -> dict[str, str]:
    """Return Markdown by name of block.

    Parameters
    ----------
    folder : Path
        That `calibrate.py` wrote.
    """
    found = {file.stem: pd.read_csv(file, keep_default_na=False) for file in folder.glob("*.csv")}
    base = found["ridge"]["point"].str.fullmatch(BASE)
    tables = {
        "ridge": _parameters(found["ridge"][base]),
        "variants": _figures(found["ridge"][~base], "slope"),
        "held": _held(found["held"]),
        "locks": _locks(found["locks"]),
        "beyond": _figures(found["beyond"], "slope", "cpu_tax", "stopped_by"),
        "interference": _figures(found["minutes_interference"]),
        "locked": _figures(found["minutes_locks"]),
    }
    return {name: markdown(table) for name, table in tables.items()}


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _parameters(ridge: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "point": ridge["point"].map(_words),
            "sleep / burst": ridge["sleep_ratio"].map("{:.3g}".format),
            "serial, min": ridge["serial_min"].map("{:.1f}".format),
            "parallel, min": ridge["parallel_min"].map("{:.1f}".format),
            "serial share": ridge["serial_share"].map("{:.3f}".format),
            "CPU tax, %": (100 * ridge["cpu_tax"]).map("{:.1f}".format),
            "slope": ridge["slope"].map("{:.3f}".format),
            "best of four, min": _best(ridge),
        }
    )


def _best(fits: pd.DataFrame) -> pd.Series:
    """Return the fourth figure with its standard error."""
    return fits[BEST].map("{:.1f}".format) + " +- " + fits["se_best"].map("{:.1f}".format)


def _figures(fits: pd.DataFrame, *more: str) -> pd.DataFrame:
    table = fits[["point", *FIGURES, *more]].copy()
    table["point"] = table["point"].map(_words)
    table[[*more]] = table[[*more]].map(_words)
    table[[*FIGURES]] = table[[*FIGURES]].map("{:z.1f}".format)
    return table.rename(columns=_words)


def _held(fits: pd.DataFrame) -> pd.DataFrame:
    cut = fits["point"].str.extract(r"w4_20ms_(?P<end>\w+), slope (?P<slope>\S+)")
    wide = cut.assign(best=fits[BEST]).pivot(index="end", columns="slope", values="best")
    wide = wide[sorted(wide, key=float)].loc[list(ENDS)].rename(index=ENDS)
    return wide.rename_axis("best of four, min, at a slope of", axis=0).reset_index()


def _locks(fits: pd.DataFrame) -> pd.DataFrame:
    hint = fits["hint"].map({True: "with hint", False: "without hint"})
    long = pd.DataFrame({"slope": fits["slope"], "hint": hint, "best": _best(fits)})
    long["share"] = fits["lock_share"].map("{:g}".format)
    wide = long.pivot(index=["slope", "hint"], columns="share", values="best")
    wide = wide[sorted(wide, key=float)].add_prefix("share ")
    return wide.reset_index().rename_axis(columns=None)
