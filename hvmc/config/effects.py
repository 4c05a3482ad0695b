"""Settings that are given but have no effect, or not the one meant: told, and no error.

`IDLE` holds one entry per rule. A setting counts as given where it differs from its default; it is
told of where it has no effect at any of the design points that give it. The host's memory is a
case of its own, since regimes set it in its place.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple

from hvmc.config.findings import AskedRun
from hvmc.config.sources import conf_dir
from hvmc.regimes.design import Design
from hvmc.regimes.regime import Regime
from hvmc.scenario.documents import read_document
from hvmc.scenario.guest import Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.memory import MemoryUse
from hvmc.scenario.overheads import MECHANISMS, Overheads

__all__ = ["IDLE", "Idle", "without_effect"]

_MEMORY = "host.memory_mib"


type _Test = Callable[[Design], bool]


class Idle(NamedTuple):
    """A setting, whether a design gives it, whether it is idle there, and why."""

    setting: str
    given: _Test
    idle: _Test
    why: str


_MIX = re.compile(r"\+{0,2}population\.(?P<role>[^.=]+)\.virtual_processors=\{(?P<counts>.*)\}")
_COUNT = re.compile(r"(\d+)\s*:")


def _differs(path: str, usual: Any) -> _Test:
    names = path.split(".")
    return lambda design: bool(reduce(getattr, names, design) != usual)


def _no_smt(design: Design) -> bool:
    return design.host.threads_per_core == 1


def _no_limit(design: Design) -> bool:
    return all(item.limit == 1.0 for item in design.priorities)


def _no_reserve(design: Design) -> bool:
    return design.root.reserve == 0.0 and all(item.reserve == 0.0 for item in design.priorities)


def _restarts(design: Design) -> list[float]:
    uses = (guest.memory.use for guest in design.guests)
    return [use.restart_s for use in uses if use.restart_s is not None]


def _no_restart(design: Design) -> bool:
    last_s = design.horizon_s + design.drain_s
    if design.changes:
        return False
    return not design.balancer.enabled or all(at_s >= last_s for at_s in _restarts(design))


def _boots(design: Design) -> list[MemoryUse]:
    uses = (guest.memory.use for guest in design.guests)
    return [use for use in uses if use.boot_s != MemoryUse().boot_s]


def _mechanism(name: str) -> Idle:
    path = f"overheads.{name}"
    return Idle(
        path,
        # one that is on is given, too: whatever its values, they have an effect
        _differs(path, getattr(Overheads().without(name), name)),
        lambda design: not design.overheads.uses(name),
        f"with {path}.enabled=false, the mechanism is off: leave it on, or leave its values out",
    )


_NO_SMT = "with SMT off (host.threads_per_core=1)"
_NO_LIMIT = "where no guest has a limit below 1: give guests one, as priority=limits does"
IDLE = (
    Idle(
        "host.scheduler",
        _differs("host.scheduler", "classic"),
        lambda design: design.host.scheduler == "core" and _no_smt(design),
        f"{_NO_SMT}, where no two guests can share a core: to switch it on, choose host=smt_core",
    ),
    Idle(
        "host.smt_speed",
        _differs("host.smt_speed", Host().smt_speed),
        _no_smt,
        f"{_NO_SMT}, where no LP has a sibling: to switch it on, choose host=smt",
    ),
    Idle(
        "priority",
        lambda design: any(item != Priority() for item in design.priorities),
        lambda design: design.host.scheduler == "root",
        "with host.scheduler=root, which applies no weight, reserve or limit: choose classic",
    ),
    Idle(
        "dispatch.queues",
        _differs("dispatch.queues", Dispatch().queues),
        lambda design: design.host.scheduler == "core" and not _no_smt(design),
        "with the core scheduler, whose cores share one list: choose host.scheduler=classic",
    ),
    Idle(
        "dispatch.reserve_rule",
        _differs("dispatch.reserve_rule", Dispatch().reserve_rule),
        _no_reserve,
        "where nobody has a reserve: give guests one, as priority=reserves does",
    ),
    Idle(
        "dispatch.limit_period_s",
        _differs("dispatch.limit_period_s", Dispatch().limit_period_s),
        _no_limit,
        _NO_LIMIT,
    ),
    Idle(
        "dispatch.limit_stagger",
        _differs("dispatch.limit_stagger", Dispatch().limit_stagger),
        _no_limit,
        _NO_LIMIT,
    ),
    Idle(
        "root.working_set",
        _differs("root.working_set", Root().working_set),
        lambda design: design.root.working_set <= 1.0 or not design.overheads.faults.enabled,
        "with a working set within what is kept for the root, or overheads.faults.enabled=false: "
        "give more than 1, and leave hard faults on",
    ),
    Idle(
        "guests.NAME.memory.use.restart_s",
        lambda design: bool(_restarts(design)),
        _no_restart,
        "where guests have their maximum for good (balancer.enabled=false), or after the run: give "
        "guests dynamic memory, and a time before horizon_s",
    ),
    Idle(
        "guests.NAME.memory.use.boot_s",
        lambda design: bool(_boots(design)),
        lambda design: not design.changes and all(use.restart_s is None for use in _boots(design)),
        "where the guest does not restart: give restart_s",
    ),
    *map(_mechanism, MECHANISMS),
)


def without_effect(asked: AskedRun, texts: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each setting that is given and has no effect, or not the one meant.

    Parameters
    ----------
    asked : AskedRun
        The experiment.
    texts : iterable of str
        Overrides, as written.
    """
    yield from _memory(asked, texts)
    yield from _mix(asked, texts)
    designs = [point.design for point in asked.experiment.points]
    for setting, is_given, idle, why in IDLE:
        given = list(filter(is_given, designs))
        if given and all(map(idle, given)):
            yield f"{setting} has no effect {why}"


def _memory(asked: AskedRun, texts: Iterable[str]) -> Iterator[str]:
    """Say that the host's memory was set where the regime sets it itself."""
    points = [point for point in asked.experiment.points if point.design.memory_is_drawn]
    if not points:
        return
    set_in_file = {point.design.host.memory_mib for point in points} - _usual_memory()
    if not set_in_file and not any(map(_sets_memory, texts)):
        return
    names = dict.fromkeys(point.regime for point in points)
    regimes = [point.design.regime for point in points]
    yield (
        f"{_MEMORY} has no effect with regime {', '.join(names)}: the regime gives each "
        f"host the memory that meets its memory commitment. To set it, add {_remedy(regimes)}"
    )


def _mix(asked: AskedRun, texts: Iterable[str]) -> Iterator[str]:
    """Say that VP counts given for a role were added to those of its mix."""
    for text in texts:
        found = _MIX.fullmatch(text)
        if found is None:
            continue
        given = {int(count) for count in _COUNT.findall(found["counts"])}
        roles = [role for point in asked.experiment.points for role in point.design.population]
        others = {
            count: weight
            for role in roles
            if role.name == found["role"]
            for count, weight in role.virtual_processors.items()
            if weight > 0 and count not in given
        }
        if others:
            kept = ", ".join(f"{count}: {weight:g}" for count, weight in sorted(others.items()))
            none = ", ".join(f"{count}: 0" for count in sorted(others))
            yield (
                f"population.{found['role']}.virtual_processors adds to the mix of that role, "
                f"which also has {kept}. To have those given alone, add {none} to them"
            )


def _sets_memory(text: str) -> bool:
    key, _, value = text.lstrip("+").partition("=")
    return key == _MEMORY or (key == "host" and "memory_mib:" in value.replace(" ", ""))


def _usual_memory() -> set[float]:
    """Return the memory of hvmc's own hosts, MiB."""
    files = (conf_dir() / "host").glob("*.yaml")
    found = [read_document(file.read_text(encoding="utf-8"), str(file)) or {} for file in files]
    own = {float(settings["memory_mib"]) for settings in found if "memory_mib" in settings}
    return own | {Host().memory_mib}


def _remedy(regimes: Iterable[Regime | None]) -> str:
    keys = ["memory_commitment_low", "memory_commitment_high"]
    if any(regime is not None and regime.either is not None for regime in regimes):
        keys.insert(0, "either")
    return " ".join(f"regime.{key}=null" for key in keys)
