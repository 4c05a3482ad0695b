"""Monte Carlo distributions of the penalty of virtualization on a Hyper-V-like host.

The public names below are imported when first used, so that ``import hvmc`` is light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvmc.counters.pdh import read_pdh_csv as read_pdh_csv
    from hvmc.counters.pdh import write_pdh_csv as write_pdh_csv
    from hvmc.experiment.results import Results as Results
    from hvmc.experiment.results import load as load
    from hvmc.experiment.run import run as run
    from hvmc.experiment.settings import Experiment as Experiment
    from hvmc.experiment.settings import Point as Point
    from hvmc.experiment.settings import Prices as Prices
    from hvmc.model.host import HyperVHost as HyperVHost
    from hvmc.policies.memory import GuestMemoryView as GuestMemoryView
    from hvmc.policies.memory import MemoryView as MemoryView
    from hvmc.policies.priority import GuestView as GuestView
    from hvmc.policies.priority import HostView as HostView
    from hvmc.regimes.assumptions import Assumptions as Assumptions
    from hvmc.regimes.design import Design as Design
    from hvmc.regimes.memory import Either as Either
    from hvmc.regimes.memory import RoleMemory as RoleMemory
    from hvmc.regimes.population import Role as Role
    from hvmc.regimes.preferred import Preferred as Preferred
    from hvmc.regimes.regime import Regime as Regime
    from hvmc.regimes.relief import Relief as Relief
    from hvmc.regimes.traces import TraceSource as TraceSource
    from hvmc.scenario.contention import Interference as Interference
    from hvmc.scenario.contention import Ipis as Ipis
    from hvmc.scenario.contention import Locks as Locks
    from hvmc.scenario.distributions import Deterministic as Deterministic
    from hvmc.scenario.distributions import Empirical as Empirical
    from hvmc.scenario.distributions import Exponential as Exponential
    from hvmc.scenario.distributions import Gamma as Gamma
    from hvmc.scenario.distributions import Lognormal as Lognormal
    from hvmc.scenario.distributions import Pareto as Pareto
    from hvmc.scenario.distributions import Uniform as Uniform
    from hvmc.scenario.guest import Guest as Guest
    from hvmc.scenario.guest import Priority as Priority
    from hvmc.scenario.host import Dispatch as Dispatch
    from hvmc.scenario.host import Host as Host
    from hvmc.scenario.host import Root as Root
    from hvmc.scenario.intercepts import Category as Category
    from hvmc.scenario.intercepts import Intercepts as Intercepts
    from hvmc.scenario.io import Attachment as Attachment
    from hvmc.scenario.io import Device as Device
    from hvmc.scenario.io import Interrupts as Interrupts
    from hvmc.scenario.io import IoPath as IoPath
    from hvmc.scenario.io import Network as Network
    from hvmc.scenario.memory import Balancer as Balancer
    from hvmc.scenario.memory import Memory as Memory
    from hvmc.scenario.memory import MemoryUse as MemoryUse
    from hvmc.scenario.overheads import Overheads as Overheads
    from hvmc.scenario.overheads import Refill as Refill
    from hvmc.scenario.overheads import Switch as Switch
    from hvmc.scenario.paging import Faults as Faults
    from hvmc.scenario.paging import NestedPaging as NestedPaging
    from hvmc.scenario.policy import BoostStarved as BoostStarved
    from hvmc.scenario.policy import Static as Static
    from hvmc.scenario.scenario import Scenario as Scenario
    from hvmc.scenario.settings import SettingsError as SettingsError
    from hvmc.scenario.workload import Batch as Batch
    from hvmc.scenario.workload import Closed as Closed
    from hvmc.scenario.workload import Open as Open
    from hvmc.scenario.workload import Trace as Trace
    from hvmc.trial import counter_series as counter_series
    from hvmc.trial import simulate as simulate

_HOME = {
    **dict.fromkeys(["read_pdh_csv", "write_pdh_csv"], "hvmc.counters.pdh"),
    **dict.fromkeys(["Results", "load"], "hvmc.experiment.results"),
    "run": "hvmc.experiment.run",
    **dict.fromkeys(["Experiment", "Point", "Prices"], "hvmc.experiment.settings"),
    "HyperVHost": "hvmc.model.host",
    **dict.fromkeys(["GuestMemoryView", "MemoryView"], "hvmc.policies.memory"),
    **dict.fromkeys(["GuestView", "HostView"], "hvmc.policies.priority"),
    "Assumptions": "hvmc.regimes.assumptions",
    "Design": "hvmc.regimes.design",
    **dict.fromkeys(["Either", "RoleMemory"], "hvmc.regimes.memory"),
    "Regime": "hvmc.regimes.regime",
    "Preferred": "hvmc.regimes.preferred",
    "Relief": "hvmc.regimes.relief",
    "Role": "hvmc.regimes.population",
    "TraceSource": "hvmc.regimes.traces",
    **dict.fromkeys(
        [
            "Deterministic",
            "Empirical",
            "Exponential",
            "Gamma",
            "Lognormal",
            "Pareto",
            "Uniform",
        ],
        "hvmc.scenario.distributions",
    ),
    **dict.fromkeys(["Guest", "Priority"], "hvmc.scenario.guest"),
    **dict.fromkeys(["Balancer", "Memory", "MemoryUse"], "hvmc.scenario.memory"),
    **dict.fromkeys(["Faults", "NestedPaging"], "hvmc.scenario.paging"),
    **dict.fromkeys(["Dispatch", "Host", "Root"], "hvmc.scenario.host"),
    **dict.fromkeys(["Interference", "Ipis", "Locks"], "hvmc.scenario.contention"),
    **dict.fromkeys(["Overheads", "Refill", "Switch"], "hvmc.scenario.overheads"),
    **dict.fromkeys(["Category", "Intercepts"], "hvmc.scenario.intercepts"),
    **dict.fromkeys(
        ["Attachment", "Device", "Interrupts", "IoPath", "Network"], "hvmc.scenario.io"
    ),
    **dict.fromkeys(["BoostStarved", "Static"], "hvmc.scenario.policy"),
    "Scenario": "hvmc.scenario.scenario",
    "SettingsError": "hvmc.scenario.settings",
    **dict.fromkeys(["Batch", "Closed", "Open", "Trace"], "hvmc.scenario.workload"),
    **dict.fromkeys(["simulate", "counter_series"], "hvmc.trial"),
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'hvmc' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
