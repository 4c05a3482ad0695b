"""What can be changed while the host runs, by name and guest; it acts on the Mesa model at once."""

from dataclasses import dataclass

from hvmc.live.history import History
from hvmc.live.twin import NativeTwin
from hvmc.model.agents import GuestPartition
from hvmc.model.host import HyperVHost
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.workload import Trace, Workload

__all__ = ["CONTROLS", "Control", "Controls", "cpu_scaled"]


@dataclass(frozen=True)
class Control:
    """One thing that can be changed.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What it is called on the page, with its unit.
    low, high, step : float
        The range offered, the settings' own rules may be narrower or wider.
    """

    name: str
    title: str
    low: float
    high: float
    step: float


CONTROLS = {
    one.name: one
    for one in (
        Control("weight", "Weight", 1, 1000, 1),
        Control("reserve", "Reserve, fraction of an LP per VP", 0.0, 1.0, 0.05),
        Control("limit", "Limit, fraction of an LP per VP", 0.05, 1.0, 0.05),
        Control("load", "Load, CPU time per request, times its own", 0.1, 4.0, 0.1),
        Control("minimum_mib", "Memory minimum, MiB (may only fall)", 32, 65536, 32),
        Control("maximum_mib", "Memory maximum, MiB (may only rise)", 32, 65536, 32),
        Control("memory_buffer", "Memory buffer, fraction of demand", 0.05, 2.0, 0.05),
        Control("memory_priority", "Memory priority", 0, 100, 1),
    )
}
_WHOLE = ("weight", "memory_priority")
_PRIORITY = ("weight", "reserve", "limit")
_MEMORY = {
    "minimum_mib": "minimum_mib",
    "maximum_mib": "maximum_mib",
    "memory_buffer": "buffer",
    "memory_priority": "priority",
}


def cpu_scaled(workload: Workload, factor: float) -> Workload:
    """Return a workload with so many times its CPU time per request, or its recorded demand."""
    if isinstance(workload, Trace):
        return workload.replace(demand_lps=tuple(factor * lps for lps in workload.demand_lps))
    return workload.replace(cpu=workload.cpu.scaled(factor))


class Controls:
    """The settings of a running host's guests.

    Parameters
    ----------
    host : HyperVHost
        The host.
    native : NativeTwin
        Its twin, whose load follows.
    history : History
        Where changes are marked.
    """

    def __init__(self, host: HyperVHost, native: NativeTwin, history: History) -> None:
        self._host, self._native, self._history = host, native, history
        self._own = [guest.workload for guest in host.scenario.guests]
        self._loads = [1.0] * len(self._own)

    def values(self, guest: str) -> dict[str, float]:
        """Return what is in force for a guest, by the name of the control.

        Raises
        ------
        KeyError
            If there is no such guest.
        """
        found = self._host.guest(guest)
        priority, memory = found.priority.settings, found.memory
        values: dict[str, float] = {name: getattr(priority, name) for name in _PRIORITY}
        values["load"] = self._loads[self._host.guests.index(found)]
        return values | {name: getattr(memory, field) for name, field in _MEMORY.items()}

    def change(self, guest: str, name: str, value: float) -> None:
        """Put a value in force, from now on.

        Priority settings and load act at once, memory settings at the next decision. The stretch
        is taken anew from here.

        Raises
        ------
        KeyError
            If there is no such guest or control.
        SettingsError
            If the value is not allowed; nothing has changed then.
        """
        control, found = CONTROLS[name], self._host.guest(guest)
        if not isinstance(value, int | float) or value != value:
            problem = f"must be a number, got {value!r}"
            raise SettingsError([Problem(f"guests.{guest}.{name}", problem)])
        if name in _WHOLE:
            value = round(value)
        if value == self.values(guest)[name]:
            return
        if name in _PRIORITY:
            setattr(found.priority, name, value)
        elif name == "load":
            self._change_load(found, value)
        else:
            found.memory = found.memory.replace(**{_MEMORY[name]: value})
        self._history.mark(f"{guest}: {control.title.partition(',')[0].lower()} {value:g}")

    def _change_load(self, guest: GuestPartition, factor: float) -> None:
        low, high = CONTROLS["load"].low, CONTROLS["load"].high
        if not low <= factor <= high:
            problem = f"must be {low:g}..{high:g} times the guest's own, got {factor:g}"
            raise SettingsError([Problem(f"guests.{guest.name}.load", problem)])
        load = self._host.guests.index(guest)
        workload = cpu_scaled(self._own[load], factor)
        guest.workload = workload
        self._native.workloads.change(load, workload)
        self._loads[load] = factor
