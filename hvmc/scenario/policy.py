"""Which priority policy acts while the host runs, chosen by ``kind``.

What a policy does is in `hvmc.policies`; here are its name and its numbers, so that they can be
read from a configuration, swept and stored with the results.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from hvmc.scenario.settings import Settings, number, whole

__all__ = ["POLICIES", "BoostStarved", "Policy", "Static"]


@dataclass(frozen=True)
class Static(Settings):
    """Priority settings stay as the scenario gives them."""

    kind: ClassVar[str] = "static"


@dataclass(frozen=True)
class BoostStarved(Settings):
    """Raise the weight of guests that wait long for an LP, and lower it when they no longer do.

    Parameters
    ----------
    wait_above_s : float
        A guest starves whose mean wait per dispatch since the last decision is above this,
        seconds. The default is the published high-severity alarm on that counter (row R31).
    wait_below_s : float
        Its weight goes down again when the wait is below this, seconds. The default is the
        published warning level (row R30).
    factor : float
        By what the weight is multiplied or divided at a decision. Assumption.
    boost_max : float
        Largest weight as a multiple of the guest's own in the scenario. Assumption.
    weight_max : int
        Largest weight (row S01).
    """

    kind: ClassVar[str] = "boost_starved"
    wait_above_s: float = number(100e-6, low=0.0, high=1e6)
    wait_below_s: float = number(60e-6, low=0.0, high=1e6)
    factor: float = number(2.0, low=1.0, above=True, high=10000.0)
    boost_max: float = number(16.0, low=1.0, high=10000.0)
    weight_max: int = whole(10000, low=1, high=10000)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        if self.wait_below_s > self.wait_above_s:
            yield (
                "wait_below_s",
                f"must be <= wait_above_s ({self.wait_above_s:g}), got {self.wait_below_s:g}",
            )


Policy = Static | BoostStarved

POLICIES: dict[str, type] = {cls.kind: cls for cls in (Static, BoostStarved)}
