"""Dynamic memory: the case study of five guests, rows M21-M26, and a host short of memory, M36.

The case study is ``conf/experiment/memory_case_study.yaml``, its demands assumed. M36 does not say
how short the host was: working sets are assumed to be 1.3 times what guests can have, the middle of
the regime over-committed; four guests of 2 VPs on 8 LPs, each with an endless closed load of two
threads. Nothing is fitted.

M21 (12 GB) and M26 (sums of minimums and maximums, 5.5 and 32 GB) are settings; what M26 says of
them, that memory runs short only where several guests become active, is tried: a guest is active
that wants its maximum, the balancer's buffer in it (assumed).
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from hvmc.model.host import HyperVHost
from hvmc.regimes.memory import with_memory
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.memory import Balancer, Memory, MemoryUse
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed
from hvmc.validation.bench import design_of, played
from hvmc.validation.case import Case, Claim

__all__ = ["CASES"]

_AT_S = 100.0
_SOAKING = "guests.guest5.memory.use.ramp_factor=20.5"
_COMMITMENT = 1.3
_WORKING_SET_MIB = 4096.0


def _case_study(trials: int, seed: int) -> NDArray[np.float64]:
    design = design_of("experiment=memory_case_study", _SOAKING)
    larger = design.replace(host=design.host.replace(memory_mib=24576.0))
    found = np.empty((trials, 5))
    for trial in range(trials):
        host, roomy = (
            HyperVHost(one.draw(seed=seed, trial=trial), seed=seed, trial=trial)
            for one in (design, larger)
        )
        host.run_for(_AT_S)
        roomy.run_for(_AT_S)
        first, third, soaking = (host.guest(f"guest{number}") for number in (1, 3, 5))
        spare = host.balancer.available_mib - host.balancer.assigned_mib.sum()
        found[trial] = [
            first.assigned_mib,
            third.assigned_mib,
            100.0 * first.pressure / min(third.pressure, soaking.pressure),
            float(spare),
            roomy.guest("guest5").pressure,
        ]
    return found


def _highest_pressure(active: int, trials: int, seed: int) -> list[float]:
    """Return the highest pressure of a guest where the first so many want their maximum."""
    design = design_of("experiment=memory_case_study")
    wanting = []
    for guest in design.guests[:active]:
        wanted_mib = guest.memory.maximum_mib / (1.0 + guest.memory.buffer)
        use = guest.memory.use.replace(working_set_mib=wanted_mib, committed=1.0, ramp_factor=1.0)
        wanting.append(guest.replace(memory=guest.memory.replace(use=use)))
    design = design.replace(guests=[*wanting, *design.guests[active:]])
    found = []
    for trial in range(trials):
        host = HyperVHost(design.draw(seed=seed, trial=trial), seed=seed, trial=trial)
        host.run_for(_AT_S)
        found.append(max(guest.pressure for guest in host.guests))
    return found


def _short_of_memory(trials: int, seed: int) -> list[float]:
    """Return the throughput of a guest alone over its mean beside three others."""
    memory = Memory(use=MemoryUse(working_set_mib=_WORKING_SET_MIB, committed=1.0))
    work = Closed(threads=2, cpu=Exponential(0.020), think=Deterministic(1e-9))
    guests = [
        Guest(name=f"g{number}", virtual_processors=2, workload=work, memory=memory)
        for number in range(4)
    ]
    host = with_memory(Host(logical_processors=8), [memory] * 4, Balancer(), _COMMITMENT)
    found = []
    for trial in range(trials):
        finished = []
        for some in (guests[:1], guests):
            scenario = Scenario(host=host, guests=tuple(some), horizon_s=90.0, warmup_s=30.0)
            run = played(scenario, seed, trial)
            finished.append(float(np.mean([guest.measured for guest in run.guests])))
        found.append(finished[0] / finished[1])
    return found


CASES = (
    Case(
        "memory_case_study",
        (
            Claim("guest 1, idle: assigned, MiB", "M22", 2048.0, 2048.0, "predicted"),
            Claim(
                "guest 3, idle: assigned, MiB (near its minimum)", "M23", 512.0, 563.0, "predicted"
            ),
            Claim(
                "guest 1: pressure, % of the others' (far below)", "M25", -np.inf, 50.0, "predicted"
            ),
            Claim("guest 5 soaks: MiB left over on 12 GB", "M21, M24", 0.0, 10.0, "predicted"),
            Claim("guest 5 in 8 GB: pressure, % (tight)", "M24", 100.0, np.inf, "predicted"),
        ),
        _case_study,
        5,
        20,
    ),
    Case(
        "one_active_guest",
        (
            Claim(
                "guest 1 alone wants its maximum: highest pressure, %",
                "M26",
                -np.inf,
                100.0,
                "predicted",
            ),
        ),
        partial(_highest_pressure, 1),
        5,
        20,
    ),
    Case(
        "five_active_guests",
        (
            Claim(
                "all five want their maximum: highest pressure, %",
                "M26",
                100.0,
                np.inf,
                "predicted",
            ),
        ),
        partial(_highest_pressure, 5),
        5,
        20,
    ),
    Case(
        "host_short_of_memory",
        (
            Claim(
                "four guests, host short of memory (by 30 %, assumed): x slower",
                "M36",
                3.0,
                3.0,
                "predicted",
                why="how much memory was missing is not published; 30 % is assumed.",
            ),
        ),
        _short_of_memory,
        5,
        20,
    ),
)
