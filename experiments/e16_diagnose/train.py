"""Train the models of `hvmc diagnose` on the sample, and judge them on trials held out.

python experiments/e16_diagnose/train.py STORE [size=smoke]

Reads STORE/diagnose.parquet, writes hvmc/diagnosis/model.json (of size=smoke: STORE/model.json) and
STORE/held_out.parquet, what the models say of held-out hosts and guests. Needs scikit-learn
(`uv sync --extra train`); hvmc itself evaluates the models with NumPy.
"""

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sample import FILE as SAMPLE
from sample import LPS, REGIMES, SEED
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from commands import Store  # noqa: E402

from hvmc.analysis.intervals import Interval, mean  # noqa: E402
from hvmc.analysis.shares import share  # noqa: E402
from hvmc.diagnosis import model  # noqa: E402
from hvmc.diagnosis.features import FEATURES, GUEST, HOST, guest_features, host_features  # noqa: E402
from hvmc.diagnosis.signs import watched_values  # noqa: E402
from hvmc.diagnosis.windows import CounterWindows  # noqa: E402
from hvmc.validation.thumb import RULES, Detection, detections  # noqa: E402

CAUSES = ("lps", "own_vps", "host_memory", "own_memory", "devices", "overheads")
SUFFERS = ("suffers_not", "suffers")
STRENGTHS = (0.1, 1.0, 10.0)
HELD_OUT = "held_out.parquet"
_FOLDS = 3
_DIGITS = 5


def main(store: Store) -> None:
    """Train, judge, write."""
    hosts, guests = tables(pd.read_parquet(store.path / SAMPLE))
    told = guests.assign(told=np.where(guests["suffers"], *SUFFERS[::-1]))
    ill = guests[guests["suffers"] & (guests["cause"] != "")]
    questions = {
        "regime": (hosts, "regime", REGIMES, HOST),
        "suffers": (told, "told", SUFFERS, GUEST),
        "cause": (ill, "cause", CAUSES, GUEST),
    }
    found: dict[str, Any] = {"about": about(hosts, guests)}
    judged = []
    for name, (rows, label, classes, features) in questions.items():
        found[name], said = family(rows, label, classes, features)
        found["about"][f"boosted_{name}"] = boosted(rows, label, classes, features)
        judged.append(said.assign(question=name))
    seen = guests.assign(**watched_values(guests))
    found["signs"] = [sign(detection, seen) for detection in detections(seen, RULES)]
    file = store.path / "model.json" if store.smoke else model.FILE
    file.write_text(written(found), encoding="utf-8")
    pd.concat(judged, ignore_index=True).to_parquet(store.path / HELD_OUT)


def held_out(trials: pd.Series) -> NDArray[np.bool_]:
    """Say which trials are held out: a third, all sizes of hosts among them."""
    return np.asarray(trials // len(LPS) % 3 == 2)


def about(hosts: pd.DataFrame, guests: pd.DataFrame) -> dict[str, Any]:
    """Return what the models were made of."""
    out = held_out(hosts["trial"])
    return {
        "seed": SEED,
        "lps": list(LPS),
        "hosts": int((~out).sum()),
        "held_out_hosts": int(out.sum()),
        "guests": int((~held_out(guests["trial"])).sum()),
        "suffer": number(guests["suffers"].mean()),
        "scikit_learn": sklearn.__version__,
    }


def tables(sample: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features of hosts and of guests, with what is to be told and what rules watch."""
    hosts, guests = [], []
    for (regime, trial), rows in sample.groupby(["regime", "trial"]):
        windows = windows_of(rows)
        host = host_features(windows)
        hosts.append({"regime": regime, "trial": trial} | first(host))
        every = guest_features(windows, host)
        for row in rows.to_dict("records"):
            own = first(every[row["guest"]])
            known = {key: row[key] for key in ("trial", "guest", "suffers", "stretch", "cause")}
            guests.append({"regime": regime} | known | own)
    found = pd.DataFrame(guests)
    return pd.DataFrame(hosts), found[np.isfinite(found["stretch"])].reset_index(drop=True)


def windows_of(rows: pd.DataFrame) -> CounterWindows:
    """Return the one window of a host of the sample."""

    def own(row: Mapping[str, Any], kind: str) -> dict[str, NDArray[np.float64]]:
        names = [name for name in row if name.startswith(kind)]
        return {name.removeprefix(kind): np.array([row[name]]) for name in names}

    records = rows.to_dict("records")
    return CounterWindows(
        np.zeros(1),
        own(records[0], "host."),
        {row["guest"]: own(row, "guest.") for row in records},
        {row["guest"]: int(row["vps"]) for row in records},
        int(records[0]["lps"]),
    )


def first(features: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Return the values in the first window."""
    return {name: float(values[0]) for name, values in features.items()}


def family(
    rows: pd.DataFrame, label: str, classes: Sequence[str], features: Sequence[str]
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the models of a question as plain numbers, and what they say of held-out rows."""
    out = held_out(rows["trial"])
    train, test = rows[~out], rows[out]
    known = train[list(features)]
    ranges = {
        name: [number(value) for value in (own.min(), own.max(), own.mean(), own.std() or 1.0)]
        for name in features
        if len(own := known[name].dropna())
    }
    strength = strength_for(train.dropna(subset=list(features)), features, label)
    models, told = {}, []
    used = {
        model.key_of(counters): [name for name in features if FEATURES[name].counters in counters]
        for counters in model.variants()
    }
    for key, names in used.items():
        fitted = fit(train, names, label, classes, strength)
        models[key] = {name: rounded(values) for name, values in fitted.items()}
    logistics = {
        key: model.Logistic(
            tuple(names),
            np.array(models[key]["intercepts"]),
            np.array(models[key]["coefficients"]),
            {},
        )
        for key, names in used.items()
    }
    limits = {name: tuple(values) for name, values in ranges.items()}
    all_models = model.Family(tuple(classes), tuple(ranges), limits, logistics)
    for key, names in used.items():
        probability = evaluated(all_models, names, test)
        models[key]["held_out"] = judged(probability, test, label, classes, train)
        told.append(answers(probability, test, label, classes).assign(counters=key))
    return {"classes": list(classes), "ranges": ranges, "models": models}, pd.concat(told)


def strength_for(train: pd.DataFrame, features: Sequence[str], label: str) -> float:
    """Return the inverse penalty with the least log loss over folds of trials."""
    x = StandardScaler().fit_transform(train[list(features)])
    y, trials = train[label].to_numpy(), train["trial"].to_numpy()
    return min(STRENGTHS, key=lambda strength: loss(strength, x, y, trials))


def boosted(
    rows: pd.DataFrame, label: str, classes: Sequence[str], features: Sequence[str]
) -> dict[str, Any]:
    """Return what boosted trees reach with the same features: what a plain formula costs."""
    out = held_out(rows["trial"])
    train, test = rows[~out], rows[out]
    trees = HistGradientBoostingClassifier(
        max_leaf_nodes=8, learning_rate=0.05, max_iter=120, random_state=SEED
    ).fit(train[list(features)], train[label])
    probability = np.zeros((len(test), len(classes)))
    places = [list(classes).index(name) for name in trees.classes_]
    probability[:, places] = trees.predict_proba(test[list(features)])
    return judged(probability, test, label, classes, train)


def fit(
    train: pd.DataFrame,
    features: Sequence[str],
    label: str,
    classes: Sequence[str],
    strength: float,
) -> dict[str, NDArray[np.float64]]:
    """Fit one model: intercepts and coefficients of standardised features, by class."""
    rows = train.dropna(subset=list(features))
    scaler = StandardScaler().fit(train[list(features)])
    x, y = scaler.transform(rows[list(features)]), rows[label].to_numpy()
    fitted = estimator(strength).fit(x, y)
    intercepts = np.full(len(classes), -30.0)
    coefficients = np.zeros((len(classes), len(features)))
    places = [list(classes).index(name) for name in fitted.classes_]
    if len(places) == 2:
        intercepts[places], coefficients[places] = 0.0, 0.0
        places = places[1:]
    intercepts[places], coefficients[places] = fitted.intercept_, fitted.coef_
    return {"intercepts": intercepts, "coefficients": coefficients}


def estimator(strength: float) -> LogisticRegression:
    """Return multinomial logistic regression with a quadratic penalty."""
    return LogisticRegression(C=strength, max_iter=1000)


def loss(
    strength: float, x: NDArray[np.float64], y: NDArray[Any], trials: NDArray[np.int64]
) -> float:
    """Return the mean log loss over folds of trials."""
    total = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for here, there in GroupKFold(_FOLDS).split(x, y, trials):
            fitted = estimator(strength).fit(x[here], y[here])
            places = {name: place for place, name in enumerate(fitted.classes_)}
            right = fitted.predict_proba(x[there])
            picked = [
                right[k, places[name]] if name in places else 0.0 for k, name in enumerate(y[there])
            ]
            total -= float(np.log(np.maximum(picked, 1e-12)).sum())
    return total / len(y)


def evaluated(
    models: model.Family, features: Sequence[str], rows: pd.DataFrame
) -> NDArray[np.float64]:
    """Return the probabilities of rows as hvmc computes them from the written numbers.

    A row without one of the features, as a guest without disk I/O, is judged by those it has.
    """
    nothing = np.full(len(rows), np.nan)
    return models.probabilities(
        {
            name: rows[name].to_numpy(float) if name in features else nothing
            for name in models.ranges
        }
    )


def judged(
    probability: NDArray[np.float64],
    rows: pd.DataFrame,
    label: str,
    classes: Sequence[str],
    train: pd.DataFrame,
) -> dict[str, Any]:
    """Return accuracy, log loss and Brier score with intervals between trials, beside baselines.

    The baseline says of every row the shares of the classes in training.
    """
    keep = np.isfinite(probability).all(axis=1)
    probability, rows = probability[keep], rows[keep]
    actual = np.array([list(classes).index(name) for name in rows[label]])
    shares = np.array([(train[label] == name).mean() for name in classes])
    trials = rows["trial"].to_numpy()
    base = np.broadcast_to(shares, probability.shape)
    return {
        "rows": len(rows),
        "accuracy": limits(share(probability.argmax(axis=1) == actual, trials)),
        "log_loss": limits(mean(log_losses(probability, actual), trials)),
        "brier": limits(mean(briers(probability, actual), trials)),
        "baseline": {
            "accuracy": number(float((actual == shares.argmax()).mean())),
            "log_loss": number(float(log_losses(base, actual).mean())),
            "brier": number(float(briers(base, actual).mean())),
        },
    }


def log_losses(probability: NDArray[np.float64], actual: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return minus the logarithm of what was given to the truth, row by row."""
    return np.asarray(-np.log(np.maximum(probability[np.arange(len(actual)), actual], 1e-12)))


def briers(probability: NDArray[np.float64], actual: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the squared distance from the truth over all classes, row by row."""
    truth = np.eye(probability.shape[1])[actual]
    return np.asarray(((probability - truth) ** 2).sum(axis=1))


def answers(
    probability: NDArray[np.float64], rows: pd.DataFrame, label: str, classes: Sequence[str]
) -> pd.DataFrame:
    """Return what was said of each row beside the truth."""
    said = pd.DataFrame(probability, columns=[f"p_{name}" for name in classes], index=rows.index)
    return rows[["regime", "trial"]].assign(truth=rows[label]).join(said)


def sign(found: Detection, guests: pd.DataFrame) -> dict[str, Any]:
    """Return a rule of thumb and what it is worth, as plain numbers.

    Limits of likelihood ratios are made of those of both shares at 97.5 % each, so that they cover
    in 95 % of samples or more; null where the data put no bound there.
    """
    rule = found.rule
    fires = (guests[rule.column] > rule.threshold).to_numpy()
    ill, trials = guests["suffers"].to_numpy(bool), guests["trial"].to_numpy()
    right, wrong = (share(fires[own], trials[own], level=0.975) for own in (ill, ~ill))
    missed, spared = (share(~fires[own], trials[own], level=0.975) for own in (ill, ~ill))
    return {
        "text": rule.text,
        "reference": rule.reference,
        "column": rule.column,
        "threshold": rule.threshold,
        "sensitivity": limits(found.sensitivity),
        "specificity": limits(found.specificity),
        "fired": times(right, wrong),
        "silent": times(missed, spared),
    }


def times(above: Interval, below: Interval) -> list[float | None]:
    """Return a ratio of two shares, and its limits."""

    def ratio(top: float, bottom: float) -> float | None:
        return number(top / bottom) if bottom > 0 else None

    return [
        ratio(above.estimate, below.estimate),
        ratio(above.low, below.high),
        ratio(above.high, below.low),
    ]


def written(found: Mapping[str, Any]) -> str:
    """Return plain numbers as JSON, a line for each model and each rule."""
    parts = []
    for name, value in found.items():
        if name == "about":
            inside = json.dumps(value)
        elif name == "signs":
            inside = "[\n " + ",\n ".join(map(json.dumps, value)) + "\n]"
        else:
            models = [f'  "{key}": {json.dumps(own)}' for key, own in value["models"].items()]
            heads = [f' "{key}": {json.dumps(value[key])}' for key in ("classes", "ranges")]
            inside = "{\n" + ",\n".join(heads) + ',\n "models": {\n'
            inside += ",\n".join(models) + "\n }}"
        parts.append(f'"{name}": {inside}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def limits(found: Interval) -> list[float]:
    """Return an estimate and the limits of its 95 % interval."""
    return [number(value) for value in (found.estimate, found.low, found.high)]


def number(value: float) -> float:
    """Return a number as it is written."""
    return float(f"{value:.{_DIGITS}g}")


def rounded(values: NDArray[np.float64]) -> list[Any]:
    """Return numbers as they are written."""
    return [rounded(row) if row.ndim else number(float(row)) for row in values]


if __name__ == "__main__":
    main(Store.asked())
