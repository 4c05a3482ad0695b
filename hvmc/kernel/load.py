"""Filling the state record from a scenario."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hvmc.kernel import codes
from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.fill import ROOT, Filler
from hvmc.kernel.jit import require_one_version
from hvmc.kernel.layout import DECLARED, new_state
from hvmc.kernel.start import derive_streams
from hvmc.kernel.timers import latest_ns
from hvmc.scenario.distributions import (
    Distribution,
    Exponential,
)
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.settings import Problem, SettingsError
from hvmc.scenario.workload import Closed, Open

__all__ = ["load_scenario"]

PAGING = ("", "paging")


def _add_guest(filler: Filler, scenario: Scenario, guest: Guest, started: bool) -> None:
    priority = guest.priority
    applied = scenario.host.scheduler != "root"
    terms = (priority.weight, priority.reserve, priority.limit) if applied else (100, 0.0, 1.0)
    partition = filler.partition(guest.virtual_processors, *terms)
    filler.load(guest.name, partition, guest.workload if started else None)
    row = filler.loads[-1]
    for declared in DECLARED:
        row |= declared.of_guest(scenario, guest, filler.law)
    row["stop_rate"] = row["root_rate"] + row["ipi_rate"]
    load, work = len(filler.loads) - 1, guest.workload
    law, kib = getattr(work, "io", None), getattr(work, "io_kib", 0.0)
    filler.ways[2 * load + codes.DISK] = _way(filler, scenario, guest, guest.io, law, kib)
    if isinstance(work, Closed | Open) and work.transfers > 0:
        filler.ways[2 * load + codes.NETWORK] = _way(
            filler, scenario, guest, guest.network, work.transfer, work.transfer_kib
        )


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
        "station": filler.device(device, guest.name, scenario.host.logical_processors),
        "io_law": filler.law(law),
        "submit_ns": nanoseconds(submit_s),
        "complete_ns": nanoseconds(complete_s),
        "path_ns": nanoseconds(path.path_s),
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
    partition = filler.partition(lps, *terms, 1.0, pinned=True)
    if root.background_load > 0.0:
        think = root.burst_s * (1.0 / root.background_load - 1.0)
        background = Closed(threads=lps, cpu=Exponential(root.burst_s), think=Exponential(think))
        filler.load(ROOT, partition, background, pinned=True)
    if works:
        filler.tasks(partition, lps)


def _of_machine(scenario: Scenario, filler: Filler) -> dict[str, float]:
    values: dict[str, float] = {}
    for declared in DECLARED:
        values |= declared.of_machine(scenario, filler.law)
    return values


def _write_settings(state: np.ndarray, scenario: Scenario, values: dict[str, float]) -> None:
    """Write what mechanisms have of the scenario, and what follows from all of it."""
    vps = state["n_vp"][0]
    reserved = bool((state["vp"]["reserve"][0][:vps] > 0).any())
    cuts = [name for declared in DECLARED for name in declared.cuts]
    values |= {
        "accounting": values["rule"] == codes.CREDIT or reserved,
        "has_limits": bool((state["vp"]["limit"][0][:vps] < 1).any()),
        "taxed": any(getattr(scenario.overheads, name).enabled for name in cuts),
        "n_lp": scenario.host.logical_processors,
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
    values = _of_machine(scenario, filler)
    values["paging_station"] = filler.station(PAGING, scenario.overheads.faults.servers)
    state = new_state(filler.needed(_largest_machine(scenario)))
    filler.write(state)
    _write_settings(state, scenario, values)
    state["partition"]["enlightened"][0][: len(scenario.guests)] = [
        guest.enlightened for guest in scenario.guests
    ]
    state["key0"][0], state["key1"][0] = key
    derive_streams(state)
    return state
