"""What a log says of its host and guests: estimated once, told by `hvmc.diagnosis.text`.

Probabilities of a window are those of the models; those of the log are means over its windows: the
expected share of time. They hold for hosts as likely beforehand as in training, where each regime
is as frequent as the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hvmc.counters.pdh_head import open_log
from hvmc.counters.pdh_log import PdhError
from hvmc.diagnosis.collect import logman, paths_of, typeperf
from hvmc.diagnosis.features import (
    COUNTERS,
    FEATURES,
    guest_features,
    host_features,
    present,
)
from hvmc.diagnosis.model import Logistic, Models, load_models
from hvmc.diagnosis.signs import Sign, signs
from hvmc.diagnosis.windows import CounterWindows, cut
from hvmc.fit.log_columns import hosts_in
from hvmc.fit.performance import notes_on, open_series
from hvmc.fit.problems import SourceError, Trouble

__all__ = ["Beyond", "Diagnosis", "GuestFinding", "diagnose", "judge_windows"]

type Values = NDArray[np.float64]

_SHOWN = ("run", "ready", "wait", "pressure", "latency")


@dataclass(frozen=True)
class GuestFinding:
    """What is said of a guest.

    Parameters
    ----------
    name : str
        As the log has it.
    suffers : float
        P(stretch > 1.25), mean over windows.
    most, most_at_s : float
        Greatest of a window, and when that ends.
    causes : mapping
        P(cause, where it suffers), mean over windows weighted by P(suffers).
    by_window : ndarray, shape (windows,)
        P(suffers).
    values : mapping
        Means of its features.
    """

    name: str
    suffers: float
    most: float
    most_at_s: float
    causes: Mapping[str, float]
    by_window: Values
    values: Mapping[str, float]

    @property
    def cause(self) -> str:
        """The most likely one."""
        return max(self.causes, key=self.causes.__getitem__)


@dataclass(frozen=True)
class Beyond:
    """A feature out of the range that it had in training.

    Parameters
    ----------
    of : str
        A guest, or empty: the host.
    feature : str
        In words.
    value, low, high : float
        The farthest value, and the range.
    """

    of: str
    feature: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Diagnosis:
    """What is said of a host.

    Parameters
    ----------
    source : str
        The log, its length.
    notes : tuple of str
        What was mended or left out.
    lps : int or None
        LPs.
    counters, lacking : tuple of str
        Sets of counters that the log has, and has not.
    end_s : ndarray, shape (windows,)
        Seconds since 2000 in the log's local time.
    regimes : mapping
        Regime to its probability in each window, ndarray of shape (windows,).
    guests : tuple of GuestFinding
        Most likely to suffer first.
    signs : tuple of Sign
        Those that the log tells of.
    beyond : tuple of Beyond
        Where the models are used outside of what they were trained on.
    used, full : Logistic
        The model of regimes for these counters, and that for all.
    suffers_used : Logistic
        The model of guests for these counters.
    models : Models
        All.
    """

    source: str
    notes: tuple[str, ...]
    lps: int | None
    counters: tuple[str, ...]
    lacking: tuple[str, ...]
    end_s: Values
    regimes: Mapping[str, Values]
    guests: tuple[GuestFinding, ...]
    signs: tuple[Sign, ...]
    beyond: tuple[Beyond, ...]
    used: Logistic
    full: Logistic
    suffers_used: Logistic
    models: Models

    @property
    def regime(self) -> dict[str, float]:
        """P(regime), means over windows, the most likely first."""
        means = {name: float(np.nanmean(values)) for name, values in self.regimes.items()}
        return dict(sorted(means.items(), key=lambda item: -item[1]))

    @property
    def suffering(self) -> float:
        """Expected number of guests that suffer."""
        return sum(guest.suffers for guest in self.guests)

    @property
    def causes(self) -> dict[str, float]:
        """P(cause) of a guest that suffers, guests weighted by P(suffers); most likely first."""
        total = self.suffering
        found = {
            name: sum(guest.suffers * guest.causes[name] for guest in self.guests) / total
            for name in self.models.cause.classes
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def diagnose(path: Path, host: str = "") -> Diagnosis:
    """Read a log and say what its counters tell.

    Parameters
    ----------
    path : Path
        A PDH-CSV file.
    host : str
        Which machine; empty where the log has the guests of one alone.

    Raises
    ------
    SourceError
        If it can't be read, or lacks run times of virtual processors.
    """
    _check(path)
    log, columns, series = open_series(path, host)
    windows = cut(series, columns)
    if not any(np.isfinite(own.get("run", np.nan)).any() for own in windows.guests.values()):
        raise SourceError([Trouble(path, f"has no run times of guests: {_how()}")])
    source, *notes = notes_on(log, columns, series)
    return judge_windows(windows, source, tuple(notes))


def _check(path: Path) -> None:
    try:
        counters = open_log(path).counters
    except PdhError as error:
        raise SourceError(Trouble(path, text, line) for line, text in error.problems) from error
    if not hosts_in(counters):
        some = sorted({counter.object for counter in counters})
        named = ", ".join(some[:4]) + (f" and {len(some) - 4} more" if len(some) > 4 else "")
        raise SourceError(
            [Trouble(path, f"has no counters of Hyper-V guests, but of {named}: {_how()}")]
        )


def _how() -> str:
    paths = "\n  ".join(paths_of())
    return (
        "record these on the host, not inside a guest; the first is needed, the others sharpen "
        f"the answer:\n  {paths}\nfor an hour, as administrator:\n  {typeperf()}\n"
        f"or until logman stop hv:\n  {logman()}"
    )


def judge_windows(windows: CounterWindows, source: str, notes: tuple[str, ...] = ()) -> Diagnosis:
    """Say what windows of counters tell.

    Parameters
    ----------
    windows : CounterWindows
        Of a log, or of a simulated host.
    source : str
        What they are of.
    notes : tuple of str
        What was mended or left out.
    """
    models = load_models()
    host = host_features(windows)
    every = guest_features(windows, host)
    counters = _counters(host)
    probability = models.regime.probabilities(host)
    return Diagnosis(
        source,
        notes,
        windows.lps,
        tuple(counters),
        tuple(name for name in COUNTERS if name not in counters),
        windows.end_s,
        dict(zip(models.regime.classes, probability.T, strict=True)),
        tuple(
            sorted(
                (
                    _finding(name, features, windows.end_s, models)
                    for name, features in every.items()
                    if np.isfinite(features["run"]).any()
                ),
                key=lambda guest: -guest.suffers,
            )
        ),
        tuple(signs(models.signs, every)),
        tuple(_beyond(host, every, models)),
        models.regime.model_for(counters),
        models.regime.model_for(list(COUNTERS)),
        models.suffers.model_for(counters),
        models,
    )


def _counters(host: Mapping[str, Values]) -> list[str]:
    there = set(present(host))
    if "ready" in there and "wait" not in there:
        there.discard("ready")
    return [name for name in COUNTERS if name in there]


def _finding(
    name: str, features: Mapping[str, Values], end_s: Values, models: Models
) -> GuestFinding:
    suffers = models.suffers.probabilities(features)[:, -1]
    causes = models.cause.probabilities(features)
    there = np.isfinite(suffers)
    worst = int(np.nanargmax(suffers))
    weights = suffers[there] + 1e-12
    by_cause = (causes[there] * weights[:, None]).sum(axis=0) / weights.sum()
    return GuestFinding(
        name,
        float(suffers[there].mean()),
        float(suffers[worst]),
        float(end_s[worst]),
        dict(zip(models.cause.classes, by_cause.tolist(), strict=True)),
        suffers,
        {key: _shown(key, features[key]) for key in _SHOWN},
    )


def _shown(name: str, values: Values) -> float:
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan")
    logarithm = FEATURES[name].words.find("log10") >= 0
    return float((10.0**known).mean() if logarithm else known.mean())


def _beyond(
    host: Mapping[str, Values], guests: Mapping[str, Mapping[str, Values]], models: Models
) -> list[Beyond]:
    found = [
        Beyond("", FEATURES[name].words, value, low, high)
        for name, value, low, high in models.regime.beyond(host)
    ]
    for guest, features in guests.items():
        own = {key: values for key, values in features.items() if key not in host}
        found += [
            Beyond(guest, FEATURES[name].words, value, low, high)
            for name, value, low, high in models.suffers.beyond(own)
        ]
    return found
