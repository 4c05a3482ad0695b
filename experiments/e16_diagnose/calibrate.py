"""Calibrate what the models of e16 say of guests, and judge it on trials of another seed.

python experiments/e16_diagnose/calibrate.py STORE [size=smoke]

Reads STORE/diagnose.parquet and STORE/fresh.parquet, adds to hvmc/diagnosis/model.json (of
size=smoke: to STORE/model.json) what share of guests suffers where so much is said, and writes
STORE/fresh_said.parquet. Only trials that the models were trained with are used to calibrate.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sample import FILE as SAMPLE
from sample import FRESH
from sklearn.isotonic import IsotonicRegression
from train import held_out, number, tables, written

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from commands import Store  # noqa: E402

from hvmc.diagnosis import model  # noqa: E402
from hvmc.diagnosis.features import FEATURES  # noqa: E402

SAID = "fresh_said.parquet"
_KNOTS = 9


def main(store: Store) -> None:
    """Calibrate, write, judge."""
    file = store.path / "model.json" if store.smoke else model.FILE
    found = json.loads(file.read_text(encoding="utf-8"))
    for one in found["suffers"]["models"].values():
        one.pop("calibration", None)
    file.write_text(written(found), encoding="utf-8")
    sample = tables(pd.read_parquet(store.path / SAMPLE))[1]
    train = sample[~held_out(sample["trial"])].reset_index(drop=True)
    fresh = tables(pd.read_parquet(store.path / FRESH))[1]
    model.load_models.cache_clear()
    plain = model.load_models(file).suffers
    for key, one in found["suffers"]["models"].items():
        said = told(plain, key, train)
        known = np.isfinite(said)
        one["calibration"] = curve(said[known], train["suffers"].to_numpy(float)[known])
    found["about"]["calibration_trials"] = int(train["trial"].nunique())
    file.write_text(written(found), encoding="utf-8")
    model.load_models.cache_clear()
    key = max(found["suffers"]["models"], key=len)
    columns = {"before": plain, "after": model.load_models(file).suffers}
    fresh = fresh[["regime", "trial", "suffers"]].assign(
        **{name: told(family, key, fresh) for name, family in columns.items()}
    )
    fresh.to_parquet(store.path / SAID)


def told(family: model.Family, key: str, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return P(suffers) by the model of a set of counters."""
    counters, nothing = key.split("+"), np.full(len(rows), np.nan)
    given = {
        name: rows[name].to_numpy(float) if FEATURES[name].counters in counters else nothing
        for name in family.features
    }
    return family.probabilities(given)[:, family.classes.index("suffers")]


def curve(said: NDArray[np.float64], true: NDArray[np.float64]) -> list[list[float]]:
    """Return knots of a rising line: what is said, and the share of guests that then suffers.

    Isotonic regression, then its means over as many equal groups as there are knots.
    """
    order = np.argsort(said, kind="stable")
    risen = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(said[order], true[order])
    parts = np.array_split(np.arange(len(order)), _KNOTS)
    at = [0.0, *(float(said[order][part].mean()) for part in parts), 1.0]
    shares = [float(risen[part].mean()) for part in parts]
    return [[number(x) for x in at], [number(y) for y in (shares[0], *shares, shares[-1])]]


if __name__ == "__main__":
    main(Store.asked())
