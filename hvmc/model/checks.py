"""What a user of the Python interface may hand to the host: refused with rule, value and remedy."""

import math
from collections.abc import Mapping
from numbers import Real

from hvmc.scenario.guest import Priority
from hvmc.scenario.scenario import Scenario

__all__ = ["check_changes", "check_host", "check_memory_changes", "check_seconds"]

_POLICY = "a function decide(view) that returns {guest: hvmc.Priority}"
_MEMORY_POLICY = "a function decide(view) that returns {guest: MiB}"


def check_host(scenario: object, policy: object, memory_policy: object) -> None:
    """Check what a host is made of.

    Raises
    ------
    TypeError
        If it is no scenario, or no function.
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(
            f"scenario must be a Scenario, got {scenario!r}: "
            "build one with hvmc.Scenario(host=..., guests=[...])"
        )
    if policy is not None and not callable(policy):
        raise TypeError(f"policy must be {_POLICY}, got {policy!r}: leave it out to change nothing")
    if not callable(memory_policy):
        raise TypeError(
            f"memory_policy must be {_MEMORY_POLICY}, got {memory_policy!r}: leave it out for the "
            "dynamic memory balancer"
        )


def check_changes(changes: object) -> None:
    """Check what a policy has returned.

    Raises
    ------
    TypeError
        If it is no mapping of guests to priority settings.
    """
    if not isinstance(changes, Mapping):
        raise TypeError(f"policy must be {_POLICY}, got {changes!r}: return {{}} to change nothing")
    for guest, priority in changes.items():
        if not isinstance(priority, Priority):
            raise TypeError(
                f"policy must return a Priority for guest {guest!r}, got {priority!r}: change the "
                "one in the view, guest.priority.replace(weight=400)"
            )


def check_memory_changes(changes: object) -> None:
    """Check what a memory policy has returned.

    Raises
    ------
    TypeError
        If it is no mapping of guests to numbers.
    """
    if not isinstance(changes, Mapping):
        raise TypeError(
            f"memory_policy must be {_MEMORY_POLICY}, got {changes!r}: return {{}} to change "
            "nothing"
        )
    for guest, mib in changes.items():
        if isinstance(mib, bool) or not isinstance(mib, Real):
            raise TypeError(
                f"memory_policy must return a number of MiB for guest {guest!r}, got {mib!r}: "
                "hvmc.policies.memory has approach(), which makes a possible step"
            )


def check_seconds(name: str, value: object) -> None:
    """Check a time given to ``run_for`` or ``run_until``.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is not finite or below zero.

    Examples
    --------
    >>> check_seconds("run_for", -1)
    Traceback (most recent call last):
        ...
    ValueError: run_for must be a finite number of seconds >= 0, got -1: time can't go back
    """
    rule = f"{name} must be a finite number of seconds >= 0, got {value!r}"
    if isinstance(value, bool | str) or not hasattr(value, "__float__"):
        raise TypeError(f"{rule}: give seconds of simulated time")
    if not math.isfinite(float(value)) or value < 0:  # type: ignore[operator]
        raise ValueError(f"{rule}: time can't go back")
