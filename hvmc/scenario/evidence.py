"""What is known of a constant: its standing, its source and the range in which it may lie.

A field of a settings class carries one of these in its declaration (``known=``), the one place
where unit, range and source stand. Sources: ids such as A24 are rows of the project's tables of
published measurements; where both tables have the id, the table is named.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Assumed", "Chosen", "Fitted", "Known", "Measured"]

type Law = Literal["log", "linear"]


@dataclass(frozen=True)
class Measured:
    """Published.

    Parameters
    ----------
    rows : str
        Rows of the tables.
    low, high : float, optional
        What they leave open; without, the published number is the rule itself.
    unit : str
        Where the field's name does not end in it.
    """

    standing: ClassVar[str] = "measured"

    rows: str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def source(self) -> str:
        """Where the value comes from, in words."""
        return self.rows


@dataclass(frozen=True)
class Fitted:
    """Chosen so that the model meets a published measurement.

    Parameters
    ----------
    to : str
        The measurement.
    low, high : float, optional
        Values that meet it as well.
    unit : str
        Where the field's name does not end in it.
    """

    standing: ClassVar[str] = "fitted"

    to: str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def source(self) -> str:
        """Where the value comes from, in words."""
        return self.to


@dataclass(frozen=True)
class Assumed:
    """Supported by no measurement.

    Parameters
    ----------
    why : str
        Why this value and this range; a range without source says so.
    low, high : float, optional
        Range in which it may lie.
    law : str
        How it is drawn there: ``log`` (log-uniform) or ``linear`` (uniform).
    unit : str
        Where the field's name does not end in it.
    options : mapping
        What a choice may be, each with what is known of it.
    drawn : bool
        False: told, but never drawn as a constant of a trial; ``why`` says why not.
    """

    standing: ClassVar[str] = "assumed"

    why: str
    low: float | None = None
    high: float | None = None
    law: Law = "log"
    unit: str = ""
    options: "Mapping[Any, Known]" = field(default_factory=dict, hash=False)
    drawn: bool = True

    @property
    def source(self) -> str:
        """Where the value comes from, in words."""
        return self.why

    @property
    def has_range(self) -> bool:
        """Whether it can be drawn from a range."""
        return self.drawn and self.low is not None and self.high is not None

    @property
    def has_options(self) -> bool:
        """Whether it can be drawn among options."""
        return self.drawn and bool(self.options)

    def quantile(self, u: float) -> float:
        """Return the value at quantile ``u`` of its law.

        Raises
        ------
        ValueError
            Without a range.

        Examples
        --------
        >>> Assumed("no source", 1.0, 100.0).quantile(0.5)
        10.0
        >>> Assumed("no source", 0.0, 2.0, "linear").quantile(0.25)
        0.5
        """
        if self.low is None or self.high is None:
            raise ValueError(f"has no range to draw from: {self.why}")
        if self.law == "linear":
            return self.low + u * (self.high - self.low)
        return float(self.low * (self.high / self.low) ** u)

    def places(self, values: Sequence[Any]) -> NDArray[np.float64]:
        """Return the quantiles of values, the inverse of `quantile`; of options their middles.

        Raises
        ------
        ValueError
            Without a range and options.

        Examples
        --------
        >>> Assumed("no source", 1.0, 100.0).places([10.0]).tolist()
        [0.5]
        >>> rules = dict.fromkeys(("credit", "fair_queue"), Assumed("not published"))
        >>> Assumed("not published", options=rules).places(["credit"]).tolist()
        [0.25]
        """
        if self.options:
            middles = {one: (i + 0.5) / len(self.options) for i, one in enumerate(self.options)}
            return np.array([middles[value] for value in values])
        if self.low is None or self.high is None:
            raise ValueError(f"has no range to draw from: {self.why}")
        numbers = np.asarray(values, np.float64)
        if self.law == "linear":
            return (numbers - self.low) / (self.high - self.low)
        return np.log(numbers / self.low) / math.log(self.high / self.low)


@dataclass(frozen=True)
class Chosen:
    """Part of what is asked, such as the size of the host: not a constant of the model.

    Parameters
    ----------
    why : str
        Why this is the default.
    unit : str
        Where the field's name does not end in it.
    options : mapping
        What a choice may be, each with what is known of it.
    """

    standing: ClassVar[str] = "chosen"
    low: ClassVar[None] = None
    high: ClassVar[None] = None

    why: str
    unit: str = ""
    options: "Mapping[Any, Known]" = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str:
        """Where the value comes from, in words."""
        return self.why


type Known = Measured | Fitted | Assumed | Chosen
