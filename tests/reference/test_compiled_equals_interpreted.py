"""The compiled kernel and the same functions interpreted: every byte of the state record is equal.

The interpreted runs take place in a process of their own, with NUMBA_DISABLE_JIT=1: this module
run as a script writes the records of all scenarios.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hvmc.kernel.clock import nanoseconds
from hvmc.kernel.load import load_scenario
from hvmc.kernel.loop import advance
from hvmc.kernel.start import make_native, start
from hvmc.scenario.contention import Ipis, Locks
from hvmc.scenario.distributions import (
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Pareto,
    Uniform,
)
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.io import Attachment, Device, IoPath
from hvmc.scenario.keys import trial_key
from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import Faults
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed, Open, Trace

UNTIL_S = 0.16


def networked(guest, transfers, **changes):
    work = guest.workload.replace(transfer=Exponential(0.0005), transfers=transfers)
    return guest.replace(workload=work, **changes)


def closed(name, vps, threads, **priority):
    work = Closed(threads=threads, cpu=Exponential(0.004), think=Lognormal(0.006, 1.5))
    return Guest(name=name, virtual_processors=vps, priority=Priority(**priority), workload=work)


CLOSED_IO = Guest(
    name="io",
    virtual_processors=2,
    workload=Closed(
        threads=4, cpu=Gamma(0.005, 0.7), think=Pareto(0.004, 2.2), io=Uniform(0.0, 0.002), ios=2
    ),
)
OPEN = Guest(
    name="open",
    virtual_processors=2,
    workload=Open(
        interarrival=Gamma(0.004, 1.3),
        cpu=Empirical((0.001, 0.002, 0.008)),
        io=Exponential(0.001),
        ios=1,
        threads=3,
    ),
)
NIC = Attachment(device="nic")
BATCH = Guest(
    name="batch",
    virtual_processors=2,
    workload=Batch(
        workers=3,
        tasks=5,
        iterations=4,
        bursts=2,
        cpu=Exponential(0.003),
        sleep=Deterministic(0.001),
        dispatch=Exponential(0.001),
        at_end="repeat",
    ),
)
TRACE = Guest(
    name="trace",
    workload=Trace(demand_lps=(0.2, 1.8, 0.0, 1.0), interval_s=0.05, offset_s=0.02, threads=2),
)
SMT = {"threads_per_core": 2, "smt_speed": 0.6}
SCENARIOS = {
    "credit, all overheads, preempting root": Scenario(
        host=Host(logical_processors=2),
        guests=(closed("a", 2, 5, weight=300), CLOSED_IO, OPEN),
        root=Root(background_load=0.05),
    ),
    "fair queue, reserve first, limit, waking preempts, queueing root": Scenario(
        host=Host(logical_processors=2),
        guests=(
            closed("a", 2, 5, reserve=0.3),
            closed("b", 1, 3, limit=0.35),
            BATCH,
        ),
        dispatch=Dispatch(
            rule="fair_queue", reserve_rule="first", wake_preemption=True, slice_s=0.002
        ),
        root=Root(background_load=0.05, wake="queue"),
        overheads=Overheads().without("intercepts", "io"),
    ),
    "credit, reserve floor, core scheduler": Scenario(
        host=Host(logical_processors=4, scheduler="core", **SMT),
        guests=(closed("a", 3, 7, reserve=0.2), closed("b", 2, 5, limit=0.5), TRACE, BATCH),
        dispatch=Dispatch(rule="boost", limit_stagger=False, slice_s=0.003),
    ),
    "fair queue, core scheduler": Scenario(
        host=Host(logical_processors=4, scheduler="core", **SMT),
        guests=(closed("a", 3, 7), closed("b", 2, 5, limit=0.5), OPEN),
        dispatch=Dispatch(rule="fair_queue", slice_s=0.003),
        root=Root(background_load=0.02),
    ),
    "every way to a device, ring and disk full, unenlightened, short of memory": Scenario(
        host=Host(logical_processors=2, devices=(Device(servers=1), Device("nic", "adapter", 2))),
        guests=(
            CLOSED_IO.replace(
                enlightened=False, memory=Memory(use=MemoryUse(working_set_mib=12000.0))
            ),
            CLOSED_IO.replace(name="old", io=Attachment("emulated")),
            networked(CLOSED_IO, 3, name="direct", io=Attachment("direct")),
            networked(OPEN, 2, network=NIC, priority=Priority(limit=0.6)),
            networked(CLOSED_IO, 1, name="older", network=NIC.replace(kind="emulated")),
            BATCH.replace(memory=Memory(use=MemoryUse(working_set_mib=10000.0))),
        ),
        root=Root(background_load=0.05, wake="queue", working_set=3.0),
        overheads=Overheads(io=IoPath(path_s=0.0, ring_messages=1), faults=Faults(per_cpu_s=500.0)),
    ),
    "spinning for locks and for IPIs": Scenario(
        host=Host(logical_processors=3),
        guests=(closed("a", 3, 9), closed("b", 3, 9, limit=0.7).replace(enlightened=False), BATCH),
        overheads=Overheads(
            locks=Locks(share=0.3),
            ipis=Ipis(enlightened_per_cpu_s=800.0, unenlightened_per_cpu_s=800.0),
        ),
    ),
    "root scheduler with SMT": Scenario(
        host=Host(logical_processors=2, scheduler="root", **SMT),
        guests=(closed("a", 2, 5, weight=300), TRACE, CLOSED_IO),
    ),
}


def records(scenario):
    """State record after the virtual run, and after a native run of all guests together."""
    scenario = scenario.replace(warmup_s=0.03, horizon_s=0.13)
    state = load_scenario(scenario, trial_key(1))
    if scenario.root.working_set > 1.0:
        state["root_fault_rate"][0] = 1e-5
        state["load"]["fault_rate"][0][: len(scenario.guests)] = 500.0
    start(state)
    advance(state, nanoseconds(UNTIL_S), False)
    virtual = state.copy()
    state["buffered"][0] = 0
    make_native(state, 0, len(scenario.guests), scenario.host.logical_processors, True)
    advance(state, nanoseconds(UNTIL_S), False)
    return virtual, state


def write_all(folder):
    for number, scenario in enumerate(SCENARIOS.values()):
        for part, record in zip(("virtual", "native"), records(scenario), strict=True):
            (folder / f"{number}_{part}.record").write_bytes(record.tobytes())


def test_every_byte_is_equal(tmp_path, differing):
    """One test for all scenarios: another worker would interpret them all again."""
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        for part, record in zip(("virtual", "native"), records(scenario), strict=True):
            data = (tmp_path / f"{number}_{part}.record").read_bytes()
            other = np.frombuffer(data, dtype=record.dtype)
            assert differing(record, other) == [], (name, part)
            assert record.tobytes() == data, (name, part)
            assert record["events"][0] > 100, (name, part)


def test_every_mechanism_is_at_work():
    """A scenario that does nothing would be equal too."""
    virtual = [records(scenario)[0][0] for scenario in SCENARIOS.values()]
    for name in ("switch_ns", "refill_ns", "hypervisor_ns", "slowed_ns", "spin_ns"):
        assert sum(record["lp"][name].sum() for record in virtual) > 0
    in_state = sum(record["vp"]["ns"].sum(axis=0) for record in virtual)
    assert (in_state[:4] > 0).all()  # idle, ready, running, capped
    assert {kind for record in virtual for kind in record["load"]["kind"][: record.n_load]} == {
        0,
        1,
        2,
        3,
        4,
    }
    assert {kind for record in virtual for kind in record.law["kind"]} == set(range(7))
    assert sum(record["load"]["ipis_waited"].sum() for record in virtual) > 10
    assert sum(record["load"]["faults"].sum() for record in virtual) > 10
    assert sum(record.root_faults for record in virtual) > 10
    for name in ("finished", "completed"):
        assert all(record["load"][name].sum() > 0 for record in virtual)


@pytest.mark.validation
def test_no_array_is_overrun(tmp_path):
    """The same scenarios with bounds checks, compiled anew (half a minute)."""
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "HVMC_CACHE": str(tmp_path)}
    command = [sys.executable, __file__, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    with np.errstate(over="ignore"):  # the generator's 64-bit words wrap around, as they must
        write_all(Path(sys.argv[1]))
