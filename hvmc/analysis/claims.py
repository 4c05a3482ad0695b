"""Claims, judged by criteria fixed before any result was seen and not to be tuned to one.

A criterion names the range in which a quantity has to lie. It holds where the whole confidence
interval lies inside, fails where the whole of it lies outside, and is undecided otherwise: more
trials are needed. Each is judged at the stated level by itself. Where constants are drawn, it is
undecided by evidence if it is met in one quarter of a constant's range and failed in another, or of
what several do together (`hvmc.analysis.evidence`): more trials will not decide it, measurements of
these constants would.

The published claim on the four regimes: on an over-committed host all guests suffer; on an
efficiently provisioned and on an over-provisioned host none does; an under-provisioned guest
suffers, and its neighbours do not. "All" is a share of at least 90 % of active guests, "none" one
of at most 5 %, on an over-provisioned host of at most 1 %.

The claim that priority settings matter only where the host is over-committed (row S10). A setting
*protects* where the paired ratio of preferred guests' mean response time lies below 1 / 1.05; it
*leaves alone* a role where that lies within 1 / 1.05 .. 1.05. The claim holds for a setting that
protects on the over-committed host and leaves alone every role of every other regime, fails where
any of these fails, and is undecided otherwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hvmc.analysis.assumptions import COLUMNS
from hvmc.analysis.clusters import cluster_labels, require_columns
from hvmc.analysis.comparisons import MARGIN
from hvmc.analysis.evidence import (
    deciding_constants,
    in_words,
    moving_constants,
    open_quarters,
)
from hvmc.analysis.intervals import Interval, check_level, geometric_mean
from hvmc.analysis.shares import share
from hvmc.analysis.words import per_cent, regime_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    *("CLAIM_COLUMNS", "PREFERRED_ROLES", "PUBLISHED_CLAIM", "Criterion", "Verdict"),
    *("judge", "priority_claim", "published_claim"),
]

Verdict = Literal["holds", "fails", "undecided", "undecided by evidence"]

PREFERRED_ROLES = ("preferred", "victim")
_BUSY = "over_committed"


def judge(low: float, high: float, *, least: float = -math.inf, most: float = math.inf) -> Verdict:
    """Place an interval against the range in which a quantity has to lie.

    Examples
    --------
    >>> judge(0.92, 0.95, least=0.9), judge(0.04, 0.06, most=0.05), judge(1.1, 1.2, most=1.05)
    ('holds', 'undecided', 'fails')
    """
    if least <= low and high <= most:
        return "holds"
    return "fails" if high < least or low > most else "undecided"


@dataclass(frozen=True, slots=True)
class Criterion:
    """Part of the published claim, for one role in one regime.

    Attributes
    ----------
    regime, role : str
        Whose guests it is about.
    quantifier : {"all", "none"}
        Whether all of them suffer or none.
    limit : float
        Share of active guests: at least this for "all", at most this for "none".
    """

    regime: str
    role: str
    quantifier: Literal["all", "none"]
    limit: float

    @property
    def text(self) -> str:
        """The claim in words."""
        return f"{self.quantifier} suffer" if self.quantifier == "all" else "none suffers"

    @property
    def criterion(self) -> str:
        """What must hold for the share of active guests that suffer."""
        return f"share {'>=' if self.quantifier == 'all' else '<='} {per_cent(self.limit)}"

    def judge(self, low: float, high: float) -> Verdict:
        """Place the interval [low, high] of the share against the limit.

        Examples
        --------
        >>> Criterion("over_provisioned", "guest", "none", 0.01).judge(0.0, 0.003)
        'holds'
        """
        if self.quantifier == "all":
            return judge(low, high, least=self.limit)
        return judge(low, high, most=self.limit)


PUBLISHED_CLAIM = (
    Criterion("over_committed", "guest", "all", 0.90),
    Criterion("efficiently_provisioned", "guest", "none", 0.05),
    Criterion("over_provisioned", "guest", "none", 0.01),
    Criterion("under_provisioned_guest", "victim", "all", 0.90),
    Criterion("under_provisioned_guest", "neighbour", "none", 0.05),
)

_NEEDED = ("regime", "role", "trial", "stretch", "sizing", "hosting", "censored")
CLAIM_COLUMNS = tuple(dict.fromkeys(("point", "scramble", *_NEEDED, *COLUMNS)))
"""What is read of outcomes for the published claim."""
_COLUMNS = (
    *("regime", "role", "claim", "criterion", "estimate", "low", "high", "verdict", "reason"),
    "deciding",
)


def published_claim(
    outcomes: pd.DataFrame,
    *,
    suffers_above: float = 1.25,
    level: float = 0.95,
    claims: Sequence[Criterion] = PUBLISHED_CLAIM,
    places: pd.DataFrame | None = None,
    explained: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Judge the published claim on simulated outcomes.

    Design points of one regime are pooled; to judge each, pass the rows of one at a time.

    Parameters
    ----------
    outcomes : DataFrame
        One row per (point, trial, replication, guest).
    suffers_above : float
        Stretch above which a guest suffers.
    level : float
        Coverage of each interval, inside (0, 1).
    claims : sequence of Criterion
        What is judged.
    places : DataFrame, optional
        By trial, a column per drawn constant: its place in its range.
    explained : mapping of str to DataFrame, optional
        What these explain by role (`hvmc.analysis.assumptions.explain`), where it is known.

    Returns
    -------
    DataFrame
        Tidy: regime, role, claim, criterion, estimate, low, high, verdict (holds, fails, undecided
        or undecided by evidence), reason (a sentence), deciding (paths of the constants that
        decide it). Claims about absent regimes or roles are left out.

    Raises
    ------
    KeyError
        If a column is missing.
    ValueError
        If the level is outside (0, 1).
    """
    check_level(level)
    require_columns(outcomes, _NEEDED, "the verdict on the published claim")
    outcomes = outcomes[[name for name in CLAIM_COLUMNS if name in outcomes]]
    rows = []
    for claim in claims:
        mine = (outcomes["regime"] == claim.regime) & (outcomes["role"] == claim.role)
        if mine.any():
            known = (explained or {}).get(claim.role)
            rows.append(_row(claim, outcomes[mine], suffers_above, level, places, known))
    return pd.DataFrame(rows, columns=[*_COLUMNS])


def priority_claim(table: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Judge the claim for each setting.

    Parameters
    ----------
    table : DataFrame
        As of `hvmc.analysis.comparisons.compare`, over regimes and priority settings.
    margin : float
        Change of a mean response time that counts as none.

    Returns
    -------
    DataFrame
        One row per setting other than the baseline: setting, verdict (``holds``, ``fails`` or
        ``undecided``), reason. None where over_committed or any other regime is missing.
    """
    rows = table[(table["metric"] == "response_s") & (table["point"] != table["baseline"])]
    regimes = set(rows["regime"])
    found = []
    if _BUSY in regimes and len(regimes) > 1:
        found = [
            (setting, *_judge_setting(own, margin))
            for setting, own in rows.groupby("setting", sort=False)
        ]
    return pd.DataFrame(found, columns=["setting", "verdict", "reason"])


def _judge_setting(rows: pd.DataFrame, margin: float) -> tuple[Verdict, str]:
    """Return verdict and reason."""
    found = list(_findings(rows, margin))
    for verdict in ("fails", "undecided"):
        words = [told for told, seen in found if seen == verdict]
        if words:
            return verdict, "; ".join(words)
    return "holds", "it protects there and leaves alone all roles elsewhere"


def _findings(rows: pd.DataFrame, margin: float) -> Iterator[tuple[str, Verdict]]:
    """Yield what was seen where, and how its criterion is judged."""
    least, most = 1.0 / (1.0 + margin), 1.0 + margin
    for row in rows.itertuples():
        words = f"{regime_words(row.regime)}, {row.role}: x{row.change:.3g}"
        words = f"{words} ({row.low:.3g}..{row.high:.3g})"
        if row.regime != _BUSY:
            yield words, judge(row.low, row.high, least=least, most=most)
        elif row.role in PREFERRED_ROLES:
            seen = judge(row.low, row.high, most=least)
            yield f"{words}, not protected" if seen == "fails" else words, seen


def _row(
    claim: Criterion,
    guests: pd.DataFrame,
    suffers_above: float,
    level: float,
    places: pd.DataFrame | None,
    explanation: pd.DataFrame | None,
) -> tuple[str | float | tuple[str, ...], ...]:
    active = guests[np.isfinite(guests["stretch"].to_numpy(dtype=np.float64))]
    suffers = active["stretch"].to_numpy() > suffers_above
    censored = active["censored"].to_numpy() > 0
    found = share(suffers, cluster_labels(active), censored=censored, level=level)
    verdict = claim.judge(found.low, found.high)
    reason = _reason(claim, verdict, found, active[suffers], suffers_above)
    deciding: dict[tuple[str, ...], str] = {}
    if places is not None:
        moving = moving_constants(active, places, suffers_above, explanation)
        given = (claim.judge, active, moving, suffers_above, level)
        deciding = deciding_constants(*given)
        if not deciding and verdict in ("holds", "fails"):
            reason += _maybe(open_quarters(*given), claim.limit) if len(moving.columns) else _NONE
    if deciding:
        verdict = "undecided by evidence"
        facts = _facts(found, suffers_above)
        reason = f"{facts}. What decides it is not known: {in_words(deciding)}."
    named = tuple(path for paths in deciding for path in paths)
    return (
        *(claim.regime, claim.role, claim.text, claim.criterion),
        *(found.estimate, found.low, found.high, verdict, reason, named),
    )


_NONE = " No constant is seen to move it in so many trials; more would tell whether any decides it."


def _maybe(found: Mapping[str, str], limit: float) -> str:
    """Return a sentence about constants on which the verdict may hang, "" without any."""
    if not found:
        return ""
    words = in_words({(path,): quarter for path, quarter in found.items()})
    return f" It may hang on {words}: too few trials to tell those from {per_cent(limit)}."


def _reason(
    claim: Criterion,
    verdict: Verdict,
    found: Interval,
    sufferers: pd.DataFrame,
    suffers_above: float,
) -> str:
    if not found.observations:
        return f"No {claim.role} was active, so nothing can be said."
    facts = _facts(found, suffers_above)
    limit = per_cent(claim.limit)
    if verdict == "holds":
        side = "at or above" if claim.quantifier == "all" else "at or below"
        return f"{facts}: the whole interval lies {side} {limit}."
    if verdict == "undecided":
        return f"{facts}: the interval contains {limit}, more trials are needed."
    side = "below" if claim.quantifier == "all" else "above"
    return f"{facts}: the whole interval lies {side} {limit}.{_cause(sufferers)}"


def _facts(found: Interval, suffers_above: float) -> str:
    least = "at least " if found.at_least else ""
    facts = (
        f"{least}{per_cent(found.estimate)} of {found.observations} active guests in "
        f"{found.clusters} trials have a stretch above {suffers_above:g} "
        f"({100 * found.level:g} % interval {per_cent(found.low)} to {per_cent(found.high)})"
    )
    return facts[0].upper() + facts[1:]


def _cause(sufferers: pd.DataFrame) -> str:
    """Which factor of the stretch dominates among the sufferers, as a sentence."""
    trial = cluster_labels(sufferers)
    factors = {
        name: geometric_mean(sufferers[name], trial).estimate for name in ("sizing", "hosting")
    }
    if not all(math.isfinite(value) for value in factors.values()):
        return ""
    main, other = sorted(factors, key=factors.__getitem__, reverse=True)
    return (
        f" Among those {main} dominates (geometric mean {factors[main]:.3g}, "
        f"{other} {factors[other]:.3g})."
    )
