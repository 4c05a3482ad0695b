"""The blocks of e16's README: how good the answers of `hvmc diagnose` are on held-out trials.

python experiments/e16_diagnose/analyse.py STORE [size=smoke]
"""

import json
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

README = Path(__file__).with_name("README.md")
sys.path.insert(0, str(README.parents[1]))
from blocks import write_block  # noqa: E402
from commands import Store, shown  # noqa: E402
from tables import markdown  # noqa: E402

from hvmc.analysis.intervals import mean  # noqa: E402
from hvmc.analysis.numbers import figure, percent  # noqa: E402
from hvmc.analysis.shares import share  # noqa: E402
from hvmc.analysis.words import regime_words  # noqa: E402
from hvmc.diagnosis import model  # noqa: E402
from hvmc.diagnosis.advice import CAUSES  # noqa: E402
from hvmc.diagnosis.features import COUNTERS, FEATURES  # noqa: E402

COMMANDS = {
    "sample": "python experiments/e16_diagnose/sample.py",
    "train": "python experiments/e16_diagnose/train.py",
    "calibrate": "python experiments/e16_diagnose/calibrate.py",
}
SHOWN = (
    ("run",),
    ("run", "wait"),
    ("run", "lps"),
    ("run", "lps", "wait", "ready"),
    ("run", "lps", "pressure", "available"),
    ("run", "lps", "wait", "ready", "pressure", "available"),
    tuple(COUNTERS),
)
QUESTIONS = {"regime": "regime", "suffers": "guest suffers", "cause": "cause"}
HELD_OUT = "held_out.parquet"
FRESH_SAID = "fresh_said.parquet"
_BINS = np.array([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0])


def main(store: Store, readme: Path = README) -> None:
    """Write the blocks."""
    file = store.path / "model.json" if store.smoke else model.FILE
    numbers = json.loads(file.read_text(encoding="utf-8"))
    said = pd.read_parquet(store.path / HELD_OUT)
    full = said[said["counters"] == model.key_of(list(COUNTERS))]
    write_block(readme, "commands", shown(COMMANDS.values(), Path(__file__)))
    write_block(readme, "scores", markdown(scores(numbers)))
    write_block(readme, "confusion", markdown(confusion(full, numbers, "regime", regime_words)))
    write_block(readme, "causes", markdown(confusion(full, numbers, "cause", CAUSES.__getitem__)))
    write_block(readme, "calibration", markdown(calibration(full)))
    write_block(readme, "by_regime", markdown(by_regime(full)))
    write_block(readme, "subsets", markdown(subsets(numbers)))
    write_block(readme, "weights", markdown(weights(numbers)))
    write_block(readme, "signs", markdown(signs(numbers)))
    write_fresh(store, readme)


def write_fresh(store: Store, readme: Path) -> None:
    """Write the blocks of the trials of another seed."""
    said = pd.read_parquet(store.path / FRESH_SAID)
    write_block(readme, "fresh", markdown(fresh(said)))
    write_block(readme, "fresh_scores", markdown(fresh_scores(said)))


def scores(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """Return accuracy, log loss and Brier score with all counters, beside baseline and trees."""
    rows = []
    for question, words in QUESTIONS.items():
        own = numbers[question]["models"][model.key_of(list(COUNTERS))]["held_out"]
        trees = numbers["about"][f"boosted_{question}"]
        for name, found in (("model", own), ("boosted trees", trees)):
            rows.append(
                {"question": words, "by": name, "rows": str(found["rows"])}
                | {"accuracy, %": share_cell(found["accuracy"])}
                | {head: number_cell(found[key]) for key, head in _SCORES.items()}
            )
        base = own["baseline"]
        rows.append(
            {"question": words, "by": "shares in training", "rows": str(own["rows"])}
            | {"accuracy, %": percent(base["accuracy"])}
            | {head: figure(base[key]) for key, head in _SCORES.items()}
        )
    return pd.DataFrame(rows)


_SCORES = {"log_loss": "log loss", "brier": "Brier score"}


def share_cell(found: list[float]) -> str:
    """Return a share with its interval, in per cent."""
    value, low, high = found
    return f"{percent(value)} ({percent(low)}-{percent(high)})"


def number_cell(found: list[float]) -> str:
    """Return a score with its interval."""
    value, low, high = found
    return f"{value:.3f} ({max(low, 0.0):.3f}-{high:.3f})"


def confusion(
    said: pd.DataFrame, numbers: Mapping[str, Any], question: str, words: Any
) -> pd.DataFrame:
    """Return held-out rows by truth and most likely answer, and the share that was right."""
    own = said[said["question"] == question]
    classes = numbers[question]["classes"]
    first = np.array(classes)[own[[f"p_{name}" for name in classes]].to_numpy().argmax(axis=1)]
    rows = []
    for truth in classes:
        here = (own["truth"] == truth).to_numpy()
        counts = {words(name): str(int((first[here] == name).sum())) for name in classes}
        right = share(first[here] == truth, own["trial"].to_numpy()[here])
        told = share_cell([right.estimate, right.low, right.high]) if here.any() else "-"
        rows.append({"truth": words(truth)} | counts | {"right, %": told})
    return pd.DataFrame(rows)


def calibration(said: pd.DataFrame) -> pd.DataFrame:
    """Return, by what was said, what came true: of every regime's probability, and of suffering."""
    rows = []
    for question, columns in {
        "regime": [f"p_{name}" for name in _classes(said, "regime")],
        "suffers": ["p_suffers"],
    }.items():
        own = said[said["question"] == question]
        told = np.concatenate([own[column].to_numpy() for column in columns])
        true = np.concatenate(
            [(own["truth"] == column.removeprefix("p_")).to_numpy() for column in columns]
        )
        trials = np.tile(own["trial"].to_numpy(), len(columns))
        place = np.clip(np.searchsorted(_BINS, told, side="right") - 1, 0, len(_BINS) - 2)
        for number in range(len(_BINS) - 1):
            here = place == number
            if here.any():
                found = share(true[here], trials[here])
                rows.append(
                    {
                        "question": QUESTIONS[question],
                        "said, %": f"{100 * _BINS[number]:g} to {100 * _BINS[number + 1]:g}",
                        "rows": str(int(here.sum())),
                        "mean said, %": percent(float(told[here].mean())),
                        "came true, %": share_cell([found.estimate, found.low, found.high]),
                    }
                )
    return pd.DataFrame(rows)


def fresh(said: pd.DataFrame) -> pd.DataFrame:
    """Return, by what was said of guests of another seed, what came true."""
    rows = []
    for low, high in pairwise(_BINS):
        row = {"said, %": f"{100 * low:g} to {100 * high:g}"}
        for name in ("before", "after"):
            own = said[(said[name] >= low) & ((said[name] < high) | (high == 1.0))]
            found = share(own["suffers"].to_numpy(), own["trial"].to_numpy())
            row |= {
                f"{name}: rows": str(len(own)),
                f"{name}: mean said, %": percent(float(own[name].mean())),
                f"{name}: came true, %": share_cell([found.estimate, found.low, found.high]),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def fresh_scores(said: pd.DataFrame) -> pd.DataFrame:
    """Return the scores on trials of another seed."""
    rows, true, trials = [], said["suffers"].to_numpy(), said["trial"].to_numpy()
    for name in ("before", "after"):
        told = said[name].to_numpy()
        given = np.where(true, told, 1.0 - told)
        right = share((told > 0.5) == true, trials)
        found = {"log loss": -np.log(given), "Brier score": 2.0 * (1.0 - given) ** 2}
        row = {"calibration": name, "rows": str(len(said))}
        row |= {"accuracy, %": share_cell([right.estimate, right.low, right.high])}
        limits = {head: mean(values, trials) for head, values in found.items()}
        row |= {key: number_cell([one.estimate, one.low, one.high]) for key, one in limits.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _classes(said: pd.DataFrame, question: str) -> list[str]:
    return sorted(said.loc[said["question"] == question, "truth"].unique())


def by_regime(said: pd.DataFrame) -> pd.DataFrame:
    """Return what was said of guests of each regime, on average, and what came true."""
    rows = []
    for regime, own in said[said["question"] == "suffers"].groupby("regime", sort=False):
        ill, trials = (own["truth"] == "suffers").to_numpy(), own["trial"].to_numpy()
        told = mean(own["p_suffers"], trials)
        true = share(ill, trials)
        right = share((own["p_suffers"] > 0.5).to_numpy() == ill, trials)
        rows.append(
            {
                "guests of": regime_words(str(regime)),
                "rows": str(len(own)),
                "mean said, %": share_cell([told.estimate, told.low, told.high]),
                "suffer, %": share_cell([true.estimate, true.low, true.high]),
                "right, %": share_cell([right.estimate, right.low, right.high]),
            }
        )
    return pd.DataFrame(rows)


def subsets(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """Return accuracy and log loss for some sets of counters."""
    rows = []
    for counters in SHOWN:
        row = {"counters": ", ".join(COUNTERS[name] for name in counters)}
        if len(counters) == len(COUNTERS):
            row["counters"] = "all"
        for question, words in QUESTIONS.items():
            own = numbers[question]["models"][model.key_of(counters)]["held_out"]
            row[f"{words}: accuracy, %"] = share_cell(own["accuracy"])
            row[f"{words}: log loss"] = f"{own['log_loss'][0]:.3f}"
        rows.append(row)
    return pd.DataFrame(rows)


def weights(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """Return the weights of the models of all counters, per standard deviation of each feature."""
    rows = []
    key = model.key_of(list(COUNTERS))
    host, guest = (numbers[name] for name in ("regime", "suffers"))
    by_class = np.array(host["models"][key]["coefficients"])
    for place, name in enumerate(host["ranges"]):
        mid = by_class[:, place] - by_class[:, place].mean()
        row = {"feature": FEATURES[name].words}
        row |= {
            regime_words(regime): f"{value:+.2f}"
            for regime, value in zip(host["classes"], mid, strict=True)
        }
        rows.append(row | {"suffers": ""})
    ill, well = np.array(guest["models"][key]["coefficients"])[::-1]
    for place, name in enumerate(guest["ranges"]):
        row = {"feature": FEATURES[name].words, "suffers": f"{ill[place] - well[place]:+.2f}"}
        rows.append(dict.fromkeys(map(regime_words, host["classes"]), "") | row)
    return pd.DataFrame(rows)[["feature", *map(regime_words, host["classes"]), "suffers"]]


def signs(numbers: Mapping[str, Any]) -> pd.DataFrame:
    """Return how well rules of thumb tell who suffers, and their likelihood ratios."""
    return pd.DataFrame(
        {
            "rule": f"{rule['text']} > {rule['threshold']:g} ({rule['reference']})",
            "sensitivity, %": share_cell(rule["sensitivity"]),
            "specificity, %": share_cell(rule["specificity"]),
            "odds where it fires": times(rule["fired"]),
            "odds where not": times(rule["silent"]),
        }
        for rule in numbers["signs"]
    )


def times(found: list[float | None]) -> str:
    """Return a likelihood ratio with its limits."""
    value, low, high = ("-" if one is None else f"{one:.2g}" for one in found)
    return f"x {value} ({low} to {high})"


if __name__ == "__main__":
    main(Store.asked())
