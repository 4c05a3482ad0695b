"""The answer in one sentence per regime, setting or guest, its estimates with their intervals."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hvmc.analysis.numbers import Form, apart, figure

if TYPE_CHECKING:
    from hvmc.analysis.intervals import Interval

__all__ = ["Sentence", "told"]


class Sentence(NamedTuple):
    """One finding.

    Parameters
    ----------
    about : str
        Regime and role, setting or guest.
    text : str
        What is found, without a full stop.
    share : mapping, optional
        The share of guests that suffer, where it tells one: estimate, low and high, 0..1.
    """

    about: str
    text: str
    share: Mapping[str, Any] | None = None


def told(
    found: "Mapping[str, Any] | Interval",
    form: Form = figure,
    *,
    unit: float = 1.0,
    join: str = "-",
    before: str = "",
    after: str = "",
) -> str:
    """Return an estimate in words, its 95 % interval in brackets.

    Parameters
    ----------
    found, form, unit, join, before
        As of `hvmc.analysis.numbers.estimate`.
    after : str
        Unit behind value and interval.

    Examples
    --------
    >>> told({"estimate": 1.028, "low": 0.9, "high": 1.2})
    '1.03 (0.90-1.20)'
    >>> told({"estimate": 2.0, "low": 1.0, "high": float("inf"), "at_least": True}, after=" ms")
    'at least 2.0 ms (at least 1.0 ms)'
    >>> told({"estimate": 2.0, "low": 0.0, "high": float("inf")})
    '2.0 (interval open)'
    """
    value, limits = apart(found, form, unit=unit, join=join, before=before)
    value = f"{value.replace('>=', 'at least ')}{after if value != '-' else ''}"
    if not limits:
        return value
    if limits == "?":
        return f"{value} (interval open)"
    limits = limits.replace(">= ", "at least ").replace("<= ", "at most ")
    return f"{value} ({limits}{after})"
