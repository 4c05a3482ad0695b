"""Conservation laws that every trial must keep."""

import numpy as np

from hvmc.kernel.codes import BATCH, RUNNING

__all__ = ["ConservationError", "check_accounts"]


class ConservationError(RuntimeError):
    """Accounts of a trial that do not add up: a defect of hvmc, never of the input."""


def check_accounts(state: np.ndarray) -> None:
    """Conservation laws: VP time, LP time and their sum, to the nanosecond; requests."""
    vps, lps, now = int(state["n_vp"][0]), int(state["n_lp"][0]), int(state["now"][0])
    vp_ns = state["vp"]["ns"][0][:vps]
    busy = state["lp"]["busy_ns"][0][:lps]
    booked = sum(
        state["lp"][name][0][:lps]
        for name in (
            "guest_ns",
            "hypervisor_ns",
            "switch_ns",
            "refill_ns",
            "slowed_ns",
            "spin_ns",
        )
    )
    loads = slice(0, int(state["n_load"][0]))
    checks = {
        "times of a VP's states must sum to the elapsed time": bool((vp_ns.sum(1) == now).all()),
        "uses of an LP must sum to its busy time": bool((booked == busy).all()),
        "running time of VPs must equal busy time of LPs": int(vp_ns[:, RUNNING].sum())
        == int(busy.sum()),
        "guest time of LPs must equal work done": int(state["lp"]["guest_ns"][0][:lps].sum())
        == int(state["load"]["work_ns"][0][loads].sum()),
    }
    for load in range(int(state["n_load"][0])):
        law = f"parts of response times must sum to them (workload {load})"
        checks[law] = (
            int(state["load"]["part_ns"][0][load].sum())
            == int(state["load"]["response_ns"][0][load])
            or state["load"]["kind"][0][load] == BATCH
        )
    broken = [law for law, holds in checks.items() if not holds]
    if broken:
        raise ConservationError("; ".join(broken))
