"""Filling the state record from a scenario."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hvmc.kernel import codes
from hvmc.kernel.fill import ROOT, Filler, nanoseconds
from hvmc.kernel.jit import require_one_version
from hvmc.kernel.layout import new_state
from hvmc.kernel.start import derive_streams
from hvmc.kernel.timers import latest_ns
from hvmc.scenario.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    Lognormal,
)
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.workload import Closed, Open

__all__ = ["load_scenario"]


def _add_guest(filler: Filler, scenario: Scenario, guest: Guest, started: bool) -> None:
    priority = guest.priority
    applied = scenario.host.scheduler != "root"
    terms = (priority.weight, priority.reserve, priority.limit) if applied else (100, 0.0, 1.0)
    part = filler.partition(guest.virtual_processors, *terms)
    filler.load(guest.name, part, guest.workload if started else None)
    filler.loads[-1] |= _intercepts(filler, scenario, guest)
    filler.loads[-1]["inject_ns"] = nanoseconds(scenario.overheads.interrupts.inject_s)
    load, work = len(filler.loads) - 1, guest.workload
    law, kib = getattr(work, "io", None), getattr(work, "io_kib", 0.0)
    filler.ways[2 * load + codes.DISK] = _way(filler, scenario, guest, guest.io, law, kib)
    if isinstance(work, Closed | Open) and work.transfers > 0:
        filler.ways[2 * load + codes.NETWORK] = _way(
            filler, scenario, guest, guest.network, work.transfer, work.transfer_kib
        )


def _intercepts(filler: Filler, scenario: Scenario, guest: Guest) -> dict[str, Any]:
    """Return the rates and costs of a guest's intercepts, timer ticks and page walks among them."""
    intercepts, interrupts = scenario.overheads.intercepts, scenario.overheads.interrupts
    rate, mean_s, cv = intercepts.total(guest.enlightened, "hypervisor")
    indirect_s = intercepts.indirect_s * rate
    if interrupts.enabled and interrupts.tick_hz > 0:
        square = rate * mean_s**2 * (1 + cv**2) + interrupts.tick_hz * interrupts.tick_s**2
        total = rate * mean_s + interrupts.tick_hz * interrupts.tick_s
        rate += interrupts.tick_hz
        mean_s = total / rate
        cv = float(np.sqrt(max(square / rate / mean_s**2 - 1.0, 0.0))) if mean_s > 0 else 0.0
    walk = scenario.overheads.nested_paging
    root_rate, root_s, root_cv = intercepts.total(guest.enlightened, "root")
    ipi_rate = scenario.overheads.ipis.rate(guest.enlightened, guest.virtual_processors)
    emulation = Lognormal(root_s, root_cv) if root_cv > 0 else Deterministic(root_s)
    return {
        "hypervisor_rate": rate * 1e-9,
        "hypervisor_ns": mean_s * 1e9,
        # of the sum of a random number of costs, each mean x (1 + cv z): the number is drawn
        "hypervisor_cv": cv,
        "indirect_ns": indirect_s / rate * 1e9 if rate > 0 else 0.0,
        "root_rate": root_rate * 1e-9,
        "ipi_rate": ipi_rate * 1e-9,
        "stop_rate": (root_rate + ipi_rate) * 1e-9,
        "walk_fraction": walk.fraction if walk.enabled else 0.0,
        "emulate_law": filler.law(emulation if root_rate > 0 else None),
        "halt_ns": nanoseconds(intercepts.halt_s) if intercepts.enabled else 0,
    }


_ATTACHMENTS = {
    "synthetic": codes.SYNTHETIC,
    "emulated": codes.EMULATED,
    "direct": codes.DIRECT,
}


def _way(
    filler: Filler,
    scenario: Scenario,
    guest: Guest,
    attachment: Attachment,
    law: Distribution | None,
    kib: float,
) -> dict[str, Any]:
    """Return a guest's way to a device for I/Os of so many KiB."""
    path = scenario.overheads.io
    device = next(item for item in scenario.host.devices if item.name == attachment.device)
    submit_s, complete_s = path.root_cost_s(device.kind, kib)
    return {
        "attachment": _ATTACHMENTS[attachment.kind] if path.enabled else codes.NATIVE_IO,
        "station": filler.device(device, guest.name),
        "io_law": filler.law(law),
        "submit_ns": nanoseconds(submit_s),
        "complete_ns": nanoseconds(complete_s),
        "signal_ns": nanoseconds(path.signal_s),
        "ports": path.port_accesses,
        "port_ns": nanoseconds(path.port_s),
        "ring_size": path.ring_messages,
    }


def _root_works_for_guests(filler: Filler, faults: bool) -> bool:
    busy = (codes.SYNTHETIC, codes.EMULATED)
    if any(row["root_rate"] > 0 for row in filler.loads):
        return True
    for way, row in filler.ways.items():
        load, network = divmod(way, 2)
        transfers = filler.loads[load].get("transfers", 0)
        ios = filler.loads[load].get("ios", 0) - transfers
        uses = transfers > 0 if network else ios > 0 or faults
        if uses and row["attachment"] in busy:
            return True
    return False


def _add_root(filler: Filler, scenario: Scenario) -> None:
    """Add the root partition where it has work: background, and tasks for guests."""
    root, lps = scenario.root, scenario.host.logical_processors
    works = _root_works_for_guests(filler, scenario.overheads.faults.enabled)
    if root.background_load == 0.0 and not works:
        return
    applied = scenario.host.scheduler != "root"
    terms = (root.weight, root.reserve) if applied else (100, 0.0)
    part = filler.partition(lps, *terms, 1.0, pinned=True)
    if root.background_load > 0.0:
        think = root.burst_s * (1.0 / root.background_load - 1.0)
        background = Closed(threads=lps, cpu=Exponential(root.burst_s), think=Exponential(think))
        filler.load(ROOT, part, background, pinned=True)
    if works:
        filler.tasks(part, lps)


_TAXES = ("intercepts", "interrupts", "io", "nested_paging", "faults", "ipis")


def _write_settings(state: np.ndarray, scenario: Scenario) -> None:
    host, dispatch, overheads = scenario.host, scenario.dispatch, scenario.overheads
    switch, refill = overheads.switch, overheads.refill
    slope = overheads.interference.slope if overheads.interference.enabled else 0.0
    lock_share = overheads.locks.share if overheads.locks.enabled else 0.0
    credit = dispatch.rule == "credit"
    vps = state["n_vp"][0]
    values = {
        "rule": codes.CREDIT if credit else codes.FAIR_QUEUE,
        "accounting": credit or bool((state["vp"]["reserve"][0][:vps] > 0).any()),
        "wake_preemption": dispatch.wake_preemption,
        "root_preempts": scenario.root.wake == "preempt",
        "reserve_first": dispatch.reserve_rule == "first",
        "core_scheduler": host.scheduler == "core" and host.threads_per_core == 2,
        "smt": host.threads_per_core == 2,
        "host_smt": host.threads_per_core == 2,
        "smt_speed": host.smt_speed,
        "limits_staggered": dispatch.limit_stagger,
        "has_limits": bool((state["vp"]["limit"][0][:vps] < 1).any()),
        "slice_ns": nanoseconds(dispatch.slice_s),
        "accounting_ns": nanoseconds(dispatch.accounting_period_s),
        "limit_period_ns": nanoseconds(dispatch.limit_period_s),
        "switch_ns": nanoseconds(switch.cost_s) if switch.enabled else 0,
        "refill_ns": nanoseconds(refill.cost_s) if refill.enabled else 0,
        "refill_tau_ns": max(nanoseconds(refill.tau_s), 1),
        "interrupts": overheads.interrupts.enabled,
        "varying_speed": host.threads_per_core == 2 or slope > 0.0,
        "interference": slope / max(host.logical_processors - 1, 1),
        "update_ns": nanoseconds(overheads.interference.update_s),
        "spins": lock_share > 0 or overheads.ipis.enabled,
        "lock_share": lock_share,
        "section_ns": nanoseconds(overheads.locks.section_s),
        "spin_ns": nanoseconds(overheads.locks.spin_s),
        "taxed": any(getattr(overheads, name).enabled for name in _TAXES),
        "n_lp": host.logical_processors,
        "measure_mode": codes.BY_TIME,
        "measure_from_ns": nanoseconds(scenario.warmup_s),
        "measure_until_ns": nanoseconds(scenario.horizon_s),
        "end_ns": nanoseconds(scenario.horizon_s + scenario.drain_s),
    }
    for key, value in values.items():
        state[key][0] = value


def _check_length(scenario: Scenario, timers: int) -> None:
    longest_s = latest_ns(timers) // 10**9
    if scenario.horizon_s + scenario.drain_s > longest_s:
        raise SettingsError(
            [
                Problem(
                    "horizon_s",
                    f"plus drain_s must be at most {longest_s} s for a scenario of this size, "
                    f"got {scenario.horizon_s + scenario.drain_s:g}: shorten either",
                )
            ]
        )


def _largest_machine(scenario: Scenario) -> int:
    """Return the LPs of the largest machine the scenario runs on, baselines included."""
    sizes = [guest.virtual_processors for guest in scenario.guests]
    return max(scenario.host.logical_processors, *sizes)


def load_scenario(
    scenario: Scenario, key: tuple[int, int], started: Sequence[bool] | None = None
) -> np.ndarray:
    """Return a state record holding the scenario, ready for `start`.

    Workload i of the record is guest i of the scenario; the root's comes last.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    key : tuple of int
        The trial's two 64-bit key words.
    started : sequence of bool, optional
        Which guests run; the others have their VPs, which stay idle. All of them without.

    Returns
    -------
    ndarray, shape (1,)
        The record.
    """
    require_one_version()
    filler = Filler()
    running = started or [True] * len(scenario.guests)
    for guest, runs in zip(scenario.guests, running, strict=True):
        _add_guest(filler, scenario, guest, runs)
    _add_root(filler, scenario)
    _check_length(scenario, len(filler.vps) + len(filler.loads) + len(filler.thread_load))
    page_in_law = filler.law(scenario.overheads.faults.page_in)
    state = new_state(filler.needed(_largest_machine(scenario)))
    state["page_in_law"][0] = page_in_law
    filler.write(state)
    _write_settings(state, scenario)
    state["part"]["enlightened"][0][: len(scenario.guests)] = [
        guest.enlightened for guest in scenario.guests
    ]
    state["key0"][0], state["key1"][0] = key
    derive_streams(state)
    return state
