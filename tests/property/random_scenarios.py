"""Hypothesis strategies for small random scenarios."""

from hypothesis import strategies as st

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
from hvmc.scenario.intercepts import Intercepts
from hvmc.scenario.io import Attachment, Device, Interrupts, IoPath
from hvmc.scenario.memory import Memory, MemoryUse
from hvmc.scenario.overheads import Overheads, Refill, Switch
from hvmc.scenario.paging import Faults, NestedPaging
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Batch, Closed, Open, Trace

SHORT_S = st.sampled_from([0.0003, 0.001, 0.004])


@st.composite
def laws(draw):
    mean = draw(SHORT_S)
    return draw(
        st.sampled_from(
            [
                Deterministic(mean),
                Exponential(mean),
                Uniform(0.5 * mean, 1.5 * mean),
                Lognormal(mean, 1.5),
                Gamma(mean, 0.7),
                Pareto(mean, 2.5),
                Empirical((0.5 * mean, mean, 2.0 * mean)),
            ]
        )
    )


@st.composite
def io(draw):
    """I/Os and transfers per request and their laws, often none."""
    found = {"ios": draw(st.integers(1, 2)), "io": draw(laws())} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        found |= {"transfers": draw(st.integers(1, 3)), "transfer": draw(laws())}
    return found


@st.composite
def closed_loads(draw):
    threads = draw(st.integers(1, 6))
    return Closed(threads=threads, cpu=draw(laws()), think=draw(laws()), **draw(io()))


@st.composite
def open_loads(draw, lps):
    """Demand a part of some LPs that leaves the guest, and all open ones together, stable."""
    cpu = draw(laws())
    gap = cpu.mean / (lps * draw(st.sampled_from([0.2, 0.6, 0.9])))
    path = draw(io())
    off_s = sum(path.get(f"{n}s", 0) * path[n].mean for n in ("io", "transfer") if n in path)
    needed = (cpu.mean + off_s) / gap
    threads = int(needed) + draw(st.sampled_from([1, 3, 16]))
    return Open(interarrival=Exponential(gap), cpu=cpu, threads=threads, **path)


@st.composite
def batch_loads(draw):
    sleep, dispatch = draw(st.none() | laws()), draw(st.none() | laws())
    return Batch(
        workers=draw(st.integers(1, 4)),
        tasks=draw(st.integers(1, 6)),
        iterations=draw(st.integers(1, 4)),
        bursts=draw(st.integers(1, 2)),
        cpu=draw(laws()),
        sleep=sleep,
        dispatch=dispatch,
        at_end=draw(st.sampled_from(["stop", "repeat"])),
    )


@st.composite
def trace_loads(draw):
    threads = draw(st.integers(1, 4))
    levels = draw(st.lists(st.sampled_from([0.0, 0.1, 0.6, 1.0]), min_size=1, max_size=4))
    demand = tuple(threads * level for level in levels)
    return Trace(demand_lps=demand, interval_s=0.03, threads=threads, cpu=draw(laws()))


@st.composite
def priorities(draw, most_reserved):
    reserve = most_reserved * draw(st.sampled_from([0.0, 0.0, 0.5, 1.0]))
    limit = draw(st.sampled_from([1.0, 1.0, 1.0, 0.7, 0.25]))
    weight = draw(st.sampled_from([1, 50, 100, 400, 10000]))
    return Priority(reserve=reserve, limit=max(limit, reserve), weight=weight)


@st.composite
def memories(draw):
    """Enough, or a working set a tenth above the maximum."""
    return Memory(use=MemoryUse(working_set_mib=9000.0)) if draw(st.booleans()) else Memory()


@st.composite
def attachments(draw, device):
    kind = draw(st.sampled_from(["synthetic", "emulated", "direct"]))
    return Attachment(kind=kind, device=device)


@st.composite
def guest_lists(draw, lps, plain):
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    guests = []
    for number, size in enumerate(sizes):
        most_reserved = 0.9 * lps / sum(sizes) if size <= lps else 0.0
        terms = Priority() if plain else draw(priorities(min(most_reserved, 1.0)))
        part = size * min(terms.limit, 0.5 * lps / sum(sizes))
        kinds = closed_loads() | open_loads(part) | batch_loads() | trace_loads()
        work = draw(kinds)
        guests.append(
            Guest(
                name=f"g{number}",
                virtual_processors=size,
                priority=terms,
                workload=work,
                memory=draw(memories()),
                io=draw(attachments("disk")),
                network=draw(attachments("nic")),
                enlightened=draw(st.booleans()),
            )
        )
    return tuple(guests)


@st.composite
def hosts(draw):
    threads_per_core = draw(st.sampled_from([1, 1, 2]))
    return Host(
        logical_processors=threads_per_core * draw(st.integers(1, 3)),
        threads_per_core=threads_per_core,
        smt_speed=draw(st.sampled_from([0.5, 0.6, 1.0])),
        scheduler=draw(st.sampled_from(["classic", "core", "root"])),
        devices=(
            Device(servers=draw(st.sampled_from([0, 1, 3])), isolated=draw(st.booleans())),
            Device("nic", "adapter", 2),
        ),
    )


@st.composite
def dispatches(draw):
    rule = draw(st.sampled_from(["credit", "boost", "fair_queue"]))
    return Dispatch(
        rule=rule,
        queues=draw(st.sampled_from(["shared", "per_lp"])),
        slice_s=draw(st.sampled_from([0.0005, 0.003, 0.010])),
        wake_preemption=rule == "fair_queue" and draw(st.booleans()),
        reserve_rule=draw(st.sampled_from(["floor", "first"])),
        accounting_period_s=draw(st.sampled_from([0.002, 0.010])),
        limit_period_s=draw(st.sampled_from([0.005, 0.020])),
        limit_stagger=draw(st.booleans()),
    )


@st.composite
def roots(draw):
    return Root(
        background_load=draw(st.sampled_from([0.0, 0.02, 0.2])),
        wake=draw(st.sampled_from(["preempt", "queue"])),
        working_set=draw(st.sampled_from([1.0, 300.0])),
    )


@st.composite
def overheads(draw):
    return Overheads(
        switch=Switch(enabled=draw(st.booleans()), cost_s=20e-6),
        refill=Refill(enabled=draw(st.booleans())),
        intercepts=Intercepts(enabled=draw(st.booleans())),
        interrupts=Interrupts(enabled=draw(st.booleans())),
        io=IoPath(enabled=draw(st.booleans()), ring_messages=draw(st.sampled_from([1, 2, 256]))),
        nested_paging=NestedPaging(enabled=draw(st.booleans())),
        faults=Faults(enabled=draw(st.booleans()), page_in=Exponential(0.002)),
        locks=Locks(share=draw(st.sampled_from([0.0, 1e-4, 0.3]))),
        ipis=Ipis(enabled=draw(st.booleans()), enlightened_per_cpu_s=300.0),
    )


@st.composite
def scenarios(draw):
    host = draw(hosts())
    return Scenario(
        host=host,
        guests=draw(guest_lists(host.logical_processors, plain=False)),
        dispatch=draw(dispatches()),
        root=draw(roots()),
        overheads=draw(overheads()),
        horizon_s=0.15,
        warmup_s=0.03,
        drain_s=0.5,
        decision_interval_s=0.05,
        baselines=("adequate", "same_size", "full_host", "together"),
    )
