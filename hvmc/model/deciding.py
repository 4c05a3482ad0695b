"""How a policy is shown the host: what has happened since its last decision, by guest."""

import math
from collections.abc import Sequence

from hvmc.kernel.elapsed import Elapsed
from hvmc.model.agents import GuestPartition
from hvmc.policies.priority import GuestView, HostView

__all__ = ["view_of"]


def view_of(guests: Sequence[GuestPartition], since: Elapsed) -> HostView:
    """Return what a policy sees at the end of what has elapsed since the last decision."""
    views = []
    for guest in guests:
        count = len(guest.virtual_processors)
        ns = since.ns_by_state(guest.vps)
        dispatches = int(since.change("vp", "dispatches", guest.vps).sum())
        views.append(
            GuestView(
                name=guest.name,
                priority=guest.priority.settings,
                configured=guest.configured,
                virtual_processors=count,
                lp_used=ns["running"] / since.ns,
                ready_share=ns["ready"] / (since.ns * count),
                wait_per_dispatch_s=ns["ready"] * 1e-9 / dispatches if dispatches else math.nan,
            )
        )
    return HostView(float(since.after["now"][0]) * 1e-9, tuple(views), since.ns * 1e-9)
