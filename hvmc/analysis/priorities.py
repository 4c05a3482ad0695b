"""The claim that priority settings matter only where the host is over-committed (row S10).

Criterion, fixed before any result was seen. A setting *protects* where the 95 % interval of the
paired ratio of preferred guests' mean response time lies below 1 / 1.05; it *leaves alone* a role
where that interval lies within 1 / 1.05 .. 1.05. The claim holds for a setting that protects on the
over-committed host and leaves alone every role of every other regime. It fails where the setting
does not protect on the over-committed host (the interval lies above 1 / 1.05), or changes a role
elsewhere (the interval lies outside 1 / 1.05 .. 1.05). Otherwise it is undecided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvmc.analysis.comparisons import MARGIN, effect
from hvmc.analysis.words import regime_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["PREFERRED_ROLES", "priority_claim"]

PREFERRED_ROLES = ("preferred", "victim")
_BUSY = "over_committed"


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
    import pandas as pd

    rows = table[(table["metric"] == "response_s") & (table["point"] != table["baseline"])]
    regimes = set(rows["regime"])
    found = []
    if _BUSY in regimes and len(regimes) > 1:
        found = [
            (setting, *_judge(own, margin)) for setting, own in rows.groupby("setting", sort=False)
        ]
    return pd.DataFrame(found, columns=["setting", "verdict", "reason"])


def _judge(rows: pd.DataFrame, margin: float) -> tuple[str, str]:
    """Return verdict and reason."""
    against, unclear = [], []
    for words, seen in _findings(rows, margin):
        if seen == "against":
            against.append(words)
        elif seen == "open":
            unclear.append(words)
    if against:
        return "fails", "; ".join(against)
    if unclear:
        return "undecided", "; ".join(unclear)
    return "holds", "it protects there and leaves alone all roles elsewhere"


def _findings(rows: pd.DataFrame, margin: float) -> Iterator[tuple[str, str]]:
    """Yield what was seen where, and whether it speaks for or against the claim, or is open."""
    for row in rows.itertuples():
        words = f"{regime_words(row.regime)}, {row.role}: x{row.change:.3g}"
        words = f"{words} ({row.low:.3g}..{row.high:.3g})"
        if row.regime != _BUSY:
            seen = effect(row.low, row.high, margin)
            yield words, {"same": "for", "open": "open"}.get(seen, "against")
        elif row.role in PREFERRED_ROLES:
            least = 1.0 / (1.0 + margin)
            seen = "for" if row.high < least else "against" if row.low >= least else "open"
            yield f"{words}, not protected" if seen == "against" else words, seen
