"""What a host must hold to carry its guests: ``P(stretch>1.25)<=0.05`` of each of them."""

import re
from typing import NamedTuple

__all__ = ["Target", "is_target", "parse_target"]

_FORM = re.compile(r"P\(\s*stretch\s*>\s*([\d.]+)\s*\)\s*<=?\s*([\d.]+)\s*(%?)")


class Target(NamedTuple):
    """Of every guest at most a share of the trials may have a stretch above a limit.

    Parameters
    ----------
    above : float
        Stretch, at least 1.
    share : float
        Inside (0, 1).
    """

    above: float
    share: float

    def __str__(self) -> str:
        return f"P(stretch > {self.above:g}) <= {100 * self.share:g} %"


def parse_target(text: str) -> Target:
    """Read a target.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> parse_target("P(stretch>1.25)<=0.05")
    Target(above=1.25, share=0.05)
    >>> parse_target("P(stretch > 1.5) <= 10 %").share
    0.1
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no target: write P(stretch>1.25)<=0.05")
    above, share = float(found[1]), float(found[2]) / (100.0 if found[3] else 1.0)
    if above < 1.0 or not 0.0 < share < 1.0:
        raise ValueError(f"{text!r} needs a stretch of at least 1 and a share inside 0..1")
    return Target(above, share)


def is_target(text: str) -> bool:
    """Say whether a text can be read as a target."""
    try:
        parse_target(text)
    except ValueError:
        return False
    return True
