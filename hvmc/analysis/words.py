"""How regimes and settings are called wherever they are printed or drawn."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["context_words", "per_cent", "regime_title", "regime_words", "short_keys"]

_TITLES = {
    "over_committed": "over-committed host",
    "efficiently_provisioned": "efficiently provisioned host",
    "over_provisioned": "over-provisioned host",
    "under_provisioned_guest": "under-provisioned guest",
}
# last parts of keys that say nothing without the part before them
_VAGUE = {
    *(
        "cost_cv",
        "cost_s",
        "count",
        "cv",
        "device",
        "enabled",
        "exponent",
        "factor",
        "fraction",
        "handler",
    ),
    *("high", "isolated", "kind", "low", "mean", "name", "path", "per_cpu_s", "rate_per_cpu_s"),
    *("latency_s", "mib_s", "path_s", "rate_factor", "scale", "servers", "servers_per_lp"),
    *("share", "slope", "tau_s", "value"),
}


def regime_title(regime: str) -> str:
    """Return what a regime is called in full; one that is not built in, by its name.

    Examples
    --------
    >>> regime_title("over_committed"), regime_title("my_own_mix")
    ('over-committed host', 'my own mix')
    """
    return _TITLES.get(regime, regime.replace("_", " "))


def regime_words(regime: str) -> str:
    """Return what a regime is called in tables and sentences.

    Examples
    --------
    >>> [regime_words(name) for name in ("over_committed", "under_provisioned_guest")]
    ['over-committed', 'under-provisioned guest']
    """
    return regime_title(regime).removesuffix(" host")


def per_cent(fraction: float) -> str:
    """Write a fraction in per cent with three significant digits.

    Examples
    --------
    >>> per_cent(0.05)
    '5 %'
    """
    return f"{100 * fraction:.3g} %"


def context_words(context: str, called: Callable[[str], str] = regime_words) -> str:
    """Return the context of a comparison, ``key=value`` pairs, with the regime in words.

    Parameters
    ----------
    context : str
        As of `hvmc.analysis.comparisons.Comparison`.
    called : callable
        A regime's name to what it is called: `regime_words` or `regime_title`.

    Examples
    --------
    >>> context_words("regime=over_committed host.logical_processors=8")
    'over-committed host.logical_processors=8'
    """
    return re.sub(r"(?<!\S)regime=(\w+)", lambda found: called(found[1]), context)


def short_keys(keys: Sequence[str]) -> list[str]:
    """Cut dotted keys to the fewest last parts that say which setting is meant.

    They are distinct, and none is a word such as ``enabled`` alone.

    Examples
    --------
    >>> short_keys(["web.priority.weight", "db.priority.weight", "host.smt"])
    ['web.priority.weight', 'db.priority.weight', 'smt']
    >>> short_keys(["overheads.ipis.enabled"])
    ['ipis.enabled']
    >>> short_keys(["population.web.count"])
    ['web.count']
    """
    parts = [key.split(".") for key in keys]
    taken = list(keys)
    for length in range(max(map(len, parts), default=0), 0, -1):
        endings = [".".join(part[-length:]) for part in parts]
        uses = Counter(endings)
        taken = [
            ending if uses[ending] == 1 and ending not in _VAGUE else shortest
            for ending, shortest in zip(endings, taken, strict=True)
        ]
    return taken
