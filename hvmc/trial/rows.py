"""Outcomes as plain rows, the columns of the outcomes table without its keys."""

from typing import Any

from hvmc.trial.accounts import ConservationError
from hvmc.trial.measured import GuestResult, Result

__all__ = ["NATIVE_PARTS", "outcome_rows"]

NATIVE_PARTS = ("service", "guest_queue", "switch", "slowdown", "device", "fault")
"""Parts of a request's time that there can be on a bare machine."""


def outcome_rows(result: Result, suffers_above: float = 1.25) -> list[dict[str, Any]]:
    """Return one plain row per guest, the columns of the outcomes table without its keys.

    Raises
    ------
    ConservationError
        If a native request spent time on a part that has no column: a defect of hvmc.
    """
    scenario = result.scenario
    all_vps = sum(guest.virtual_processors for guest in scenario.guests)
    all_memory = sum(guest.memory.maximum_mib for guest in scenario.guests)
    lp_commitment, memory_commitment = scenario.lp_commitment, scenario.memory_commitment
    rows = []
    for guest, found in zip(scenario.guests, result.guests, strict=True):
        native = found.native["adequate"]
        stretch = found.stretch
        rows.append(
            {
                "guest": guest.name,
                "role": guest.role,
                "virtual_processors": guest.virtual_processors,
                "logical_processors": scenario.host.logical_processors,
                "lp_commitment": lp_commitment,
                "memory_commitment": memory_commitment,
                "own_commitment": guest.own_commitment,
                "own_memory_commitment": guest.memory.own_commitment,
                "started": found.started,
                "think_ratio": guest.workload.think_ratio,
                "stretch": stretch,
                "sizing": found.sizing,
                "hosting": found.hosting,
                "stretch_full_host": found.stretch_full_host,
                "stretch_together": found.stretch_together,
                "cycle_stretch": found.cycle_stretch,
                "response_p50_ratio": found.quantile_ratio(0.50),
                "response_p95_ratio": found.quantile_ratio(0.95),
                "response_p99_ratio": found.quantile_ratio(0.99),
                "suffers": bool(stretch > suffers_above),
                "response_mean_s": found.response_s.mean,
                "native_response_mean_s": native.response_s.mean,
                "throughput_per_s": found.throughput_per_s,
                "native_throughput_per_s": native.throughput_per_s,
                "measured": found.response_s.count,
                "censored": found.response_s.censored,
                "lp_used": found.lp_used,
                "wait_per_dispatch_s": found.wait_per_dispatch_s,
                "assigned_mib": found.assigned_mib,
                "pressure": found.pressure,
                **{f"{kind}_utilisation": busy for kind, busy in found.device_utilisation.items()},
                **{f"share_{name}": share for name, share in found.time_shares.items()},
                "provisioned_lp_s": scenario.host.logical_processors
                * result.window_s
                * (guest.virtual_processors / all_vps),
                "provisioned_gib_s": scenario.host.memory_mib
                / 1024.0
                * result.window_s
                * (guest.memory.maximum_mib / all_memory),
                "native_cpu_s": found.cpu_work_s,
                **_time_columns(found),
                **_deferral_columns(found, result.window_s),
            }
        )
    return rows


def _time_columns(found: GuestResult) -> dict[str, float]:
    native = found.native["adequate"].parts_s
    lost = [part for part in native if part not in NATIVE_PARTS and native[part] > 0.0]
    if lost:
        raise ConservationError(f"time on a bare machine has no column: {lost}")
    return {f"time_{part}_s": seconds for part, seconds in found.parts_s.items()} | {
        f"native_time_{part}_s": native[part] for part in NATIVE_PARTS
    }


def _deferral_columns(found: GuestResult, window_s: float) -> dict[str, float]:
    every = found.deferred
    columns = {
        "deferred_per_s": every.count / window_s,
        "deferral_mean_s": every.mean_s,
        "deferral_p50_s": every.quantile_s(0.50),
        "deferral_p95_s": every.quantile_s(0.95),
        "deferral_p99_s": every.quantile_s(0.99),
    }
    for reason, deferral in found.deferrals.items():
        columns[f"deferred_{reason}_per_s"] = deferral.count / window_s
        columns[f"deferral_{reason}_mean_s"] = deferral.mean_s
        columns[f"deferral_{reason}_p95_s"] = deferral.quantile_s(0.95)
    return columns
