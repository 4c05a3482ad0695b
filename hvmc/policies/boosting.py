"""The policy ``boost_starved``: weight for guests that wait long for an LP.

At each decision a guest that starves has its weight multiplied by a factor, up to a multiple of
the weight its scenario gave it; one that waits little has it divided by the same factor, down to
that weight. Between the two thresholds nothing changes, so that a weight does not flutter. The
policy keeps no memory: what it does follows from the view alone.

Where every guest starves every weight is raised alike, and nothing is gained: weights share what
there is.
"""

import math
from collections.abc import Mapping

from hvmc.policies.priority import GuestView, HostView
from hvmc.scenario.guest import Priority
from hvmc.scenario.policy import BoostStarved

__all__ = ["boost_starved"]


def boost_starved(view: HostView, settings: BoostStarved) -> Mapping[str, Priority]:
    """Return changed weights of guests that starve, or no longer do.

    Parameters
    ----------
    view : HostView
        The host and its guests since the last decision.
    settings : BoostStarved
        Thresholds in seconds, and how far weights may go.

    Returns
    -------
    dict of str to Priority
        Guest to its new settings; guests whose weight stays are left out.

    Examples
    --------
    >>> starved = GuestView("web", Priority(), Priority(), 2, 0.5, 0.4, 0.030)
    >>> boost_starved(HostView(1.0, (starved,), 1.0), BoostStarved(factor=4.0))["web"].weight
    400
    """
    changes = {}
    for guest in view.guests:
        weight = _weight(guest, _waited_s(guest, view.interval_s), settings)
        if weight != guest.priority.weight:
            changes[guest.name] = guest.priority.replace(weight=weight)
    return changes


def _waited_s(guest: GuestView, interval_s: float) -> float:
    """Mean wait per dispatch, seconds; of VPs that were never dispatched what they waited so far.

    A guest that had nothing to run waited 0 s.
    """
    if math.isnan(guest.wait_per_dispatch_s):
        return guest.ready_share * interval_s
    return guest.wait_per_dispatch_s


def _weight(guest: GuestView, waited_s: float, settings: BoostStarved) -> int:
    now, own = guest.priority.weight, guest.configured.weight
    if waited_s > settings.wait_above_s:
        most = min(own * settings.boost_max, settings.weight_max)
        return max(now, round(min(now * settings.factor, most)))
    if waited_s < settings.wait_below_s:
        return min(now, max(round(now / settings.factor), own))
    return now
