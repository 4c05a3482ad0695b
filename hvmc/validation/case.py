"""What a case is: a situation that is simulated, and the claims that its values answer."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["KINDS", "Case", "Claim", "Kind", "exactly"]

Kind = Literal["exact", "fitted", "predicted"]
KINDS = ("exact", "fitted", "predicted")


@dataclass(frozen=True)
class Claim:
    """A value that the model should give.

    Parameters
    ----------
    text : str
        What is claimed, with its unit.
    reference : str
        Row of the reference tables, ``theory`` or ``arithmetic``.
    low, high : float
        Published range; equal for one value; nan where none was published.
    kind : {"exact", "fitted", "predicted"}
        Whether the value is right by definition, or settings were fitted to it, or neither.
    tolerance : float
        Deviation, as a share of the value, within which the claim holds whatever chance says.
    bound : float
        Equivalence bound as a share of the value: the interval must be narrower. 0: none.
    why : str
        Why the model does not give the value, where it does not; told below the table.
    """

    text: str
    reference: str
    low: float
    high: float
    kind: Kind = "exact"
    tolerance: float = 0.0
    bound: float = 0.0
    why: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {self.kind!r}")
        if self.low > self.high:
            raise ValueError(f"low must not be above high, got {self.low} and {self.high}")

    def nearest(self, value: float) -> float:
        """Return the published value nearest to a modelled one."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Case:
    """A situation, simulated in independent trials.

    Parameters
    ----------
    name : str
        Unique in its family.
    claims : tuple of Claim
        What its values answer.
    run : callable
        ``run(trials, seed)`` -> values, shape (trials, claims) or (trials,); a module-level
        function or a partial of one.
    trials, long : int
        Trials by default, and with ``--long``. 1: nothing in it is random.
    needs : str
        A package beside hvmc's own that it needs; without it its values are nan.
    """

    name: str
    claims: tuple[Claim, ...]
    run: Callable[[int, int], ArrayLike]
    trials: int = 1
    long: int = 1
    needs: str = ""

    @property
    def lacks(self) -> str:
        """The package that it needs, where that is not installed; else empty."""
        return self.needs if self.needs and find_spec(self.needs) is None else ""

    def values(self, trials: int, seed: int) -> NDArray[np.float64]:
        """Return the values of its claims, float64, shape (trials, claims).

        Raises
        ------
        ValueError
            If ``run`` gives another shape.
        """
        if self.lacks:
            return np.full((trials, len(self.claims)), np.nan)
        found = np.asarray(self.run(trials, seed), dtype=np.float64)
        if found.ndim == 1 and len(self.claims) == 1:
            found = found[:, None]
        if found.shape != (trials, len(self.claims)):
            wanted = (trials, len(self.claims))
            raise ValueError(f"case {self.name} must give values of shape {wanted}")
        return found


def exactly(text: str, value: float, tolerance: float = 0.0) -> Claim:
    """Return the claim of a value that is right by arithmetic.

    Examples
    --------
    >>> exactly("share", 0.5).low
    0.5
    """
    if math.isnan(value):
        raise ValueError(f"{text}: an exact value must be a number")
    return Claim(text, "arithmetic", value, value, "exact", tolerance)
