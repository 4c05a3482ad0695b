"""From a policy's settings to the function that decides."""

from functools import partial

from hvmc.policies.boosting import boost_starved
from hvmc.policies.priority import PriorityPolicy, static
from hvmc.scenario.policy import BoostStarved, Policy

__all__ = ["policy_of"]


def policy_of(settings: Policy) -> PriorityPolicy:
    """Return the function ``decide(view) -> changes`` that settings stand for.

    Parameters
    ----------
    settings : Static or BoostStarved
        As of ``scenario.policy``.

    Examples
    --------
    >>> from hvmc.scenario.policy import Static
    >>> policy_of(Static()) is static
    True
    """
    if isinstance(settings, BoostStarved):
        return partial(boost_starved, settings=settings)
    return static
