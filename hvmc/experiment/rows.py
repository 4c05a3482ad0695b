"""Rows: one simulated unit as plain rows of the three tables."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hvmc.regimes.assumptions import assumed_constants, constants_of_guests
from hvmc.regimes.luck import Luck
from hvmc.scenario.constants import value_at
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

if TYPE_CHECKING:
    from hvmc.experiment.settings import Point
    from hvmc.trial import Result

__all__ = ["unit_rows"]

Rows = dict[str, list[dict[str, Any]]]


def unit_rows(result: "Result", point: "Point", key: dict[str, int], seed: int) -> Rows:
    """Return the rows of one unit, by table.

    Parameters
    ----------
    result : Result
        What was simulated.
    point : Point
        Its design point.
    key : dict
        point, trial and replication.
    seed : int
        The experiment's.
    """
    from hvmc.trial import outcome_rows

    named = {**key, "regime": point.regime}
    outcomes = outcome_rows(result, point.design.suffers_above)
    luck = Luck(seed, key["trial"], point.design.sampling, point.design.redrawn)
    of_guests = constants_of_guests(point.design, luck)
    return {
        "outcomes": [
            {**named, **row, **causes}
            for row, causes in zip(outcomes, _cause_rows(result), strict=True)
        ],
        "inputs": [{**named, **row} for row in _input_rows(result.scenario, of_guests)],
        "counters": [
            {**key, "guest": guest.name, "counter": name, "value": float(value)}
            for guest in result.guests
            for name, value in guest.counters.items()
        ],
    }


def _cause_rows(result: "Result") -> list[dict[str, float]]:
    """Return each guest's contributions to its log stretch, nan where they were not asked for."""
    from hvmc.analysis.causes import PREFIX, shapley
    from hvmc.trial import PLAYERS

    names = [PREFIX + player for player in PLAYERS]
    if result.coalitions is None:
        return [dict.fromkeys(names, math.nan) for _ in result.guests]
    found = shapley(result.coalitions).tolist()
    return [dict(zip(names, row, strict=True)) for row in found]


def _input_rows(scenario: Scenario, of_guests: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    host = {
        "host_logical_processors": scenario.host.logical_processors,
        "host_lp_capacity": scenario.host.lp_capacity,
        "host_memory_mib": scenario.host.memory_mib,
        "host_lp_commitment": scenario.lp_commitment,
        "host_memory_commitment": scenario.memory_commitment,
        "host_guests": len(scenario.guests),
    }
    machine = (path for path in assumed_constants() if path not in of_guests)
    constants = {**{path: _constant(scenario, path) for path in machine}, **of_guests}
    for guest in scenario.guests:
        yield {**_guest_row(guest), **_workload_row(guest.workload), **host, **constants}


def _constant(scenario: Scenario, path: str) -> Any:
    """Return a constant's value, nan where the scenario has no such row of a table."""
    value = value_at(scenario, path)
    if isinstance(value, bool | str):
        return value
    return math.nan if value is None else float(value)


def _guest_row(guest: Guest) -> dict[str, Any]:
    return {
        "guest": guest.name,
        "role": guest.role,
        "virtual_processors": guest.virtual_processors,
        "lp_demand": guest.lp_demand,
        "own_commitment": guest.own_commitment,
        "reserve": guest.priority.reserve,
        "limit": guest.priority.limit,
        "weight": guest.priority.weight,
        "memory_startup_mib": guest.memory.startup_mib,
        "memory_minimum_mib": guest.memory.minimum_mib,
        "memory_maximum_mib": guest.memory.maximum_mib,
        "memory_buffer": guest.memory.buffer,
        "memory_priority": guest.memory.priority,
        "memory_working_set_mib": guest.memory.working_set_mib,
        "memory_demand_mib": guest.memory.working_set_mib * guest.memory.use.committed,
    }


def _mean(workload: Any, *names: str) -> float:
    """Mean of the first of some laws that the workload has, nan without any."""
    for name in names:
        law = getattr(workload, name, None)
        if law is not None:
            return float(law.mean)
    return math.nan


def _workload_row(workload: Any) -> dict[str, Any]:
    return {
        "workload": workload.kind,
        "think_ratio": workload.think_ratio,
        "threads": getattr(workload, "threads", getattr(workload, "workers", 0)),
        "cpu_mean_s": workload.cpu.mean,
        "cpu_cv": math.sqrt(workload.cpu.variance) / workload.cpu.mean,
        "think_mean_s": _mean(workload, "think", "sleep"),
        "io_mean_s": _mean(workload, "io"),
        "ios": getattr(workload, "ios", 0),
        "transfer_mean_s": _mean(workload, "transfer"),
        "transfers": getattr(workload, "transfers", 0),
        "interarrival_mean_s": _mean(workload, "interarrival"),
    }
