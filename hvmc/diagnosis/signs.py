"""Published rules of thumb as signs: where they fire, and what that is worth.

A sign's likelihood ratio says how many times as common it is among guests that suffer as among
others (Altman and Bland): odds of suffering are multiplied by it. Signs of one host say much the
same, so that their ratios must not be multiplied with each other; the guest model weighs them
together.

References
----------
D. G. Altman, J. M. Bland, Statistics Notes: Diagnostic tests 4: likelihood ratios, BMJ 329, 2004,
168-169.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Sign", "signs", "watched_values"]

type Ratio = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Sign:
    """A rule of thumb on a log.

    Parameters
    ----------
    text, reference : str
        What it watches, and its row of the reference tables.
    threshold : float
        Above it it fires.
    value : float
        Mean over the log of what it watches: of the host, or of the guest where it is greatest.
    guests : tuple of str
        Whose mean over the log is above the threshold; all of them where it watches the host.
    windows : float
        Share of windows in which it fires for some guest.
    fired, silent : tuple of float
        Likelihood ratio of suffering where it fires, and where not: estimate, limits of its 95 %
        interval; None without a bound.
    """

    text: str
    reference: str
    threshold: float
    value: float
    guests: tuple[str, ...]
    windows: float
    fired: Ratio
    silent: Ratio


def watched_values(features: Mapping[str, Any]) -> dict[str, Any]:
    """Return what rules watch, named as in `hvmc.validation.thumb.ThumbRule`, of features."""
    return {
        "lp_run_time": features["lp_run"],
        "vp_run_time": features["run"],
        "vps_per_lp": features["vps_per_lp"],
        "ready": features["ready"],
        "wait": 10.0 ** features["wait"],
        "pressure": features["pressure"],
    }


def signs(
    rules: tuple[Mapping[str, Any], ...],
    guests: Mapping[str, Mapping[str, npt.NDArray[np.float64]]],
) -> list[Sign]:
    """Return every rule of which the log tells what it watches.

    Parameters
    ----------
    rules : tuple of mapping
        As of `hvmc.diagnosis.model.Models.signs`.
    guests : mapping
        Features of each guest, as of `hvmc.diagnosis.features.guest_features`.
    """
    values = {name: watched_values(features) for name, features in guests.items()}
    return [found for rule in rules if (found := _sign(rule, values)) is not None]


def _sign(
    rule: Mapping[str, Any], values: Mapping[str, Mapping[str, npt.NDArray[np.float64]]]
) -> Sign | None:
    known = {
        name: own[rule["column"]]
        for name, own in values.items()
        if np.isfinite(own[rule["column"]]).any()
    }
    if not known:
        return None
    threshold = rule["threshold"]
    means = {name: float(np.nanmean(own)) for name, own in known.items()}
    table = np.array(list(known.values()))
    there = np.isfinite(table).any(axis=0)
    return Sign(
        rule["text"],
        rule["reference"],
        threshold,
        max(means.values()),
        tuple(name for name, mean in means.items() if mean > threshold),
        float((table > threshold).any(axis=0)[there].mean()),
        tuple(rule["fired"]),
        tuple(rule["silent"]),
    )
