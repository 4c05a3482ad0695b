"""How a policy is shown the host: differences of two snapshots, by guest."""

import math
from typing import TYPE_CHECKING

import numpy as np

from hvmc.kernel.codes import READY, RUNNING
from hvmc.policies.priority import GuestView, HostView

if TYPE_CHECKING:
    from hvmc.model.agents import GuestPartition

__all__ = ["view_of"]


def view_of(guests: "list[GuestPartition]", before: np.ndarray, after: np.ndarray) -> HostView:
    """Return what a policy sees at the time of ``after``.

    Parameters
    ----------
    guests : list of GuestPartition
        Guests of the host.
    before, after : ndarray, shape (1,)
        Snapshots at the last decision and now.
    """
    elapsed = float(after["now"][0] - before["now"][0])
    views = []
    for guest in guests:
        vps = guest.vps
        in_state = (after["vp"]["ns"][0][vps] - before["vp"]["ns"][0][vps]).sum(axis=0)
        dispatches = int(
            (after["vp"]["dispatches"][0][vps] - before["vp"]["dispatches"][0][vps]).sum()
        )
        count = vps.stop - vps.start
        ready = float(in_state[READY])
        views.append(
            GuestView(
                name=guest.name,
                priority=guest.priority.settings,
                configured=guest.configured,
                virtual_processors=count,
                lp_used=float(in_state[RUNNING]) / elapsed,
                ready_share=ready / (elapsed * count),
                wait_per_dispatch_s=ready * 1e-9 / dispatches if dispatches else math.nan,
            )
        )
    return HostView(float(after["now"][0]) * 1e-9, tuple(views), elapsed * 1e-9)
