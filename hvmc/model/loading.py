"""How much work guests have, changed while machines run: the host, or bare ones in its place."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from hvmc.kernel.codes import CLOSED, OFF_CPU, TRACE
from hvmc.kernel.load import load_scenario
from hvmc.kernel.machine import Machine
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.workload import Trace, Workload

__all__ = ["Workloads"]


class Workloads:
    """The workloads in force on some machines that were loaded with one scenario.

    A change acts on the requests that begin from now on, whatever the machines' present times.
    Requests keep their draws: with twice the mean each takes twice the CPU time it would have.

    Parameters
    ----------
    machines : sequence of Machine
        Those on which the workloads run.
    scenario : Scenario
        What they were loaded with.

    Attributes
    ----------
    scenario : Scenario
        With the workloads in force.
    """

    def __init__(self, machines: Sequence[Machine], scenario: Scenario) -> None:
        self._machines = machines
        self.scenario = scenario

    def of(self, load: int) -> Workload:
        """Return the workload in force of a guest, by its number."""
        return self.scenario.guests[load].workload

    def change(self, load: int, workload: Workload) -> None:
        """Put another workload of a guest in force.

        Raises
        ------
        SettingsError
            If anything but ``cpu``, or the ``demand_lps`` of a trace, would change, or the
            scenario's rules be broken.
        """
        guest = self.scenario.guests[load]
        problem = _unchangeable(guest.workload, workload)
        if problem:
            raise SettingsError([Problem(f"guests.{guest.name}.workload", problem)])
        guests = list(self.scenario.guests)
        guests[load] = guest.replace(workload=workload)
        after = self.scenario.replace(guests=tuple(guests))
        factor = workload.cpu.mean / guest.workload.cpu.mean
        for machine in self._machines:
            _write(machine.state, after, load, factor)
        self.scenario = after


def _unchangeable(held: Workload, workload: object) -> str:
    """Return why a workload can't take another's place, or nothing."""
    if type(workload) is not type(held):
        return f"must stay of the kind {held.kind} while the host runs, got {workload!r}"
    may = "demand_lps" if isinstance(held, Trace) else "cpu"
    names = [item.name for item in fields(held) if item.name != may]
    wrong = [name for name in names if getattr(held, name) != getattr(workload, name)]
    if wrong:
        return f"may change in {may} alone while the host runs, got another {wrong[0]}"
    if may == "demand_lps" and len(getattr(workload, may)) != len(getattr(held, may)):
        return f"must keep its {len(getattr(held, may))} levels while the host runs"
    return ""


def _write(state: np.ndarray, scenario: Scenario, load: int, factor: float) -> None:
    """Write the distributions of a scenario, and scale what is drawn for requests to come."""
    started = (state["load"]["threads"][0][: len(scenario.guests)] > 0).tolist()
    loaded = load_scenario(scenario, (0, 0), started)
    if loaded.dtype is not state.dtype:
        problem = "is one distribution more than the running host has room for: start another"
        raise SettingsError([Problem(f"guests.{scenario.guests[load].name}.workload", problem)])
    _copy_distributions(loaded, state)
    own = state["load"][0][load]
    if own["kind"] in (CLOSED, TRACE):  # whose draws are made before their requests begin
        first = int(own["first_thread"])
        threads = slice(first, first + int(own["threads"]))
        thinks = state["thread"]["phase"][0][threads] == OFF_CPU
        for name, which in (("next_cpu_ns", slice(None)), ("cpu_ns", thinks)):
            drawn = state["thread"][name][0][threads]
            drawn[which] = np.rint(drawn[which] * factor).astype(np.int64)


def _copy_distributions(source: np.ndarray, target: np.ndarray) -> None:
    """Copy distributions, trace levels, and every number that stands for one of their rows."""
    for table in ("law", "pool"):
        target[table][0] = source[table][0]
    for name in source.dtype.names or ():
        if name.endswith("_law"):
            target[name][0] = source[name][0]
    rows = {"load": int(source["n_load"][0]), "way": 2 * int(source["n_load"][0])}
    for table, count in rows.items():
        for name in source[table].dtype.names or ():
            if name.endswith("_law") or name == "levels_first":
                target[table][name][0][:count] = source[table][name][0][:count]
