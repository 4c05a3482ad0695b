"""Policies for CPU priority settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hvmc.scenario.guest import Priority

__all__ = ["GuestView", "HostView", "PriorityPolicy", "static"]


@dataclass(frozen=True)
class GuestView:
    """What a policy sees of a guest.

    Parameters
    ----------
    name : str
        Guest.
    priority : Priority
        Settings in force.
    configured : Priority
        Settings its scenario gave it.
    virtual_processors : int
        Its VPs.
    lp_used : float
        Mean LPs its VPs ran on since the last decision.
    ready_share : float
        Fraction of its VPs' time since the last decision spent ready.
    wait_per_dispatch_s : float
        Mean seconds a VP was ready before a dispatch since then; nan without dispatches.
    """

    name: str
    priority: Priority
    configured: Priority
    virtual_processors: int
    lp_used: float
    ready_share: float
    wait_per_dispatch_s: float


@dataclass(frozen=True)
class HostView:
    """What a policy sees of the host.

    Parameters
    ----------
    time_s : float
        Simulated time, seconds.
    guests : tuple of GuestView
        In the scenario's order.
    interval_s : float
        Seconds since the last decision.
    """

    time_s: float
    guests: tuple[GuestView, ...]
    interval_s: float


type PriorityPolicy = Callable[[HostView], Mapping[str, Priority]]


def static(_view: HostView) -> Mapping[str, Priority]:
    """Change nothing."""
    return {}
