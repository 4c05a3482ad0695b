"""Outcomes as plain rows, the columns of the outcomes table without its keys."""

from typing import Any

from hvmc.trial.measured import Result

__all__ = ["outcome_rows"]


def outcome_rows(result: Result, suffers_above: float = 1.25) -> list[dict[str, Any]]:
    """Return one plain row per guest, the columns of the outcomes table without its keys."""
    scenario = result.scenario
    all_vps = sum(guest.virtual_processors for guest in scenario.guests)
    all_memory = sum(guest.memory.maximum_mib for guest in scenario.guests)
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
                "lp_commitment": scenario.lp_commitment,
                "memory_commitment": scenario.memory_commitment,
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
                **{f"share_{name}": share for name, share in found.time_shares.items()},
                "provisioned_lp_s": scenario.host.logical_processors
                * result.window_s
                * (guest.virtual_processors / all_vps),
                "provisioned_gib_s": scenario.host.memory_mib
                / 1024.0
                * result.window_s
                * (guest.memory.maximum_mib / all_memory),
                "native_cpu_s": found.cpu_work_s,
            }
        )
    return rows
