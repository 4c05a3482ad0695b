"""Hard faults in the middle of bursts, and mechanisms that cost nothing.

Where in a burst the faults come is drawn; what they cost is not.
"""

import pytest

import hvmc
from hvmc.kernel.codes import PARTS
from hvmc.scenario.distributions import Deterministic, Exponential
from hvmc.scenario.guest import Guest, Memory, Priority
from hvmc.scenario.host import Host, Root
from hvmc.scenario.intercepts import Category, Intercepts
from hvmc.scenario.io import Attachment, Interrupts, IoPath
from hvmc.scenario.memory import Balancer, MemoryUse
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import Faults, NestedPaging
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.workload import Closed, Open

MS, US = 1_000_000, 1_000
PATH = IoPath(
    path_s=0.0,
    vsp_submit_s=300e-6,
    vsp_complete_s=200e-6,
    mib_s=0.0,
    signal_s=0.0,
    port_accesses=2,
    port_s=1e-5,
)
PAGING = Faults(write_back=0.0, page_in=Deterministic(0.004))
COSTS = Overheads(io=PATH, faults=PAGING).only("io", "faults")


def worker(kind, threads=1, vps=1, work_s=0.020):
    work = Closed(threads=threads, cpu=Deterministic(work_s), think=Deterministic(0.001))
    return Guest(name="a", virtual_processors=vps, workload=work, io=Attachment(kind))


def faulting(run, per_cpu_s=200.0):
    run.state["load"]["fault_rate"][0][0] = per_cpu_s
    return run


def parts_of(run, load=0):
    values = run.state["load"]["part_ns"][0][load].tolist()
    return {name: value for name, value in zip(PARTS, values, strict=True) if value}


# of one fault: P_FAULT, the VP's wait for port accesses, its time at them
@pytest.mark.parametrize(
    ("kind", "fault_ns", "root_ns", "port_ns"),
    [
        ("direct", 4 * MS, 0, 0),
        ("synthetic", 4 * MS + 500 * US, 0, 0),
        ("emulated", 4 * MS, 2 * 10 * US, 2),
    ],
)
def test_each_fault_costs_a_page_in(machine, bare, kind, fault_ns, root_ns, port_ns):
    run = faulting(machine(bare(worker(kind), overheads=COSTS, horizon_s=0.0015))).to(1.0)
    # the first request is done, and only it is measured; later ones fault as well
    first = run.responses_ns()
    assert first.size == 1
    parts = parts_of(run)
    faults = parts["fault"] // fault_ns
    assert faults >= 1
    expected = {
        "service": 20 * MS,
        "fault": faults * fault_ns,
        "root_wait": faults * root_ns,
        "hypervisor": faults * port_ns,
    }
    assert parts == {name: value for name, value in expected.items() if value}
    assert first[0] == sum(parts.values())


def test_the_guest_works_on_during_a_page_in(machine, bare):
    # one VP: it runs the other thread while one waits for its page
    run = faulting(machine(bare(worker("direct", threads=2), overheads=COSTS)))
    overlaps = 0
    for _ in run.instants(0.2):
        waiting = run.state["thread"]["faulting"][0][:2].sum()
        overlaps += int(waiting == 1 and run.running() == [0])
    assert overlaps > 0
    look = run.look()
    assert look["load"]["work_ns"][0] == look["lp"]["busy_ns"][0]


def test_a_faulting_thread_resumes_where_it_was(machine, bare):
    run = faulting(machine(bare(worker("direct"), overheads=COSTS)))
    for _ in run.instants(0.5):
        left = run.state["thread"]["burst_left"][0][0] + run.state["thread"]["left"][0][0]
        if run.state["thread"]["faulting"][0][0]:
            done = run.look()["load"]["work_ns"][0]
            assert (done + left) % (20 * MS) == 0
    assert run.state["load"]["faults"][0][0] > 10


def test_guests_that_page_share_the_paging_device(machine, bare):
    costs = COSTS.replace(faults=PAGING.replace(servers=1))
    guests = worker("direct"), worker("direct").replace(name="b")
    run = machine(bare(*guests, lps=2, overheads=costs, horizon_s=0.0015))
    run.state["load"]["fault_rate"][0][:2] = 200.0
    paging = int(run.state["paging_station"][0])
    waits = 0
    for _ in run.instants(2.0):
        assert run.state["station"]["busy"][0][paging] <= 1
        waits += int(run.state["station"]["line"]["length"][0][paging])
    assert waits > 100
    look = run.look()
    assert look["load"]["faults"][:2].min() > 100
    assert (
        abs(look["station"]["busy_ns"][paging] - look["load"]["faults"][:2].sum() * 4 * MS)
        <= 8 * MS
    )


def test_a_page_in_that_takes_a_dirty_frame_writes_it_back_first(machine, bare):
    costs = COSTS.replace(faults=PAGING.replace(write_back=1.0))
    run = faulting(machine(bare(worker("direct"), overheads=costs, horizon_s=0.0015)))
    for _ in run.instants(10.0):
        if run.state["load"]["finished"][0][0]:
            break
    faults = int(run.state["load"]["faults"][0][0])
    assert faults >= 1
    assert run.responses_ns()[0] == (20 + 8 * faults) * MS


def test_a_native_machine_pays_the_page_in_alone(machine, bare):
    costs = Overheads(faults=PAGING).only()
    run = machine(bare(worker("synthetic"), overheads=costs, horizon_s=0.0015))
    run.state["taxed"][0] = 1
    faulting(run).to(1.0)
    parts = parts_of(run)
    assert set(parts) == {"service", "fault"}
    assert parts["fault"] % (4 * MS) == 0
    assert run.responses_ns()[0] == 20 * MS + parts["fault"]


def short_of_memory(*mechanisms):
    memory = Memory(startup_mib=1024.0, maximum_mib=1024.0, use=MemoryUse(working_set=1.5))
    guest = worker("direct").replace(memory=memory)
    return Scenario(
        host=Host(logical_processors=1),
        guests=(guest,),
        root=Root(background_load=0.0),
        overheads=Overheads().only(*mechanisms),
        balancer=Balancer(enabled=False),
        warmup_s=0.0,
        horizon_s=2.0,
    )


@pytest.mark.parametrize("mechanisms", [("faults",), ("faults", "io")], ids=str)
def test_faults_come_whatever_else_is_on(mechanisms):
    host = hvmc.HyperVHost(short_of_memory(*mechanisms))
    host.run_until(2.0)
    assert host.observed["load"]["fault_rate"].flat[0] > 0
    assert host.observed["load"]["faults"].flat[0] > 0


MIXED = (
    Guest(
        name="a",
        virtual_processors=2,
        workload=Closed(
            threads=4,
            cpu=Exponential(0.004),
            think=Exponential(0.003),
            io=Exponential(0.002),
            ios=2,
        ),
        io=Attachment("direct"),
    ),
    Guest(
        name="b",
        virtual_processors=3,
        workload=Open(interarrival=Exponential(0.010), cpu=Exponential(0.005), threads=3),
        priority=Priority(limit=0.5, weight=300),
    ),
)
FREE = {
    "intercepts without rates": {
        "intercepts": Intercepts(enlightened=(Category(rate_per_cpu_s=0.0),), halt_s=0.0)
    },
    "intercepts without costs": {
        "intercepts": Intercepts(
            enlightened=(Category(rate_per_cpu_s=5000.0, cost_s=0.0),),
            direct_s=0.0,
            indirect_s=0.0,
            halt_s=0.0,
        )
    },
    "interrupts without costs": {"interrupts": Interrupts(tick_hz=0.0, inject_s=0.0)},
    "ticks without costs": {"interrupts": Interrupts(tick_s=0.0, inject_s=0.0)},
    "direct I/O": {"io": IoPath(path_s=0.0)},
    "page walks for nothing": {"nested_paging": NestedPaging(fraction=0.0)},
    "enough memory": {"faults": Faults()},
}


def outcome(run):
    """Return what happened when; what is counted, and how a wait is called, may differ."""
    run.to(1.0)
    look = run.look()
    loads = look["load"][: len(MIXED)]
    same = {name: loads[name].tolist() for name in ("completed", "response_ns", "work_ns")}
    return (
        same,
        look["lp"][["busy_ns", "guest_ns", "switch_ns", "refill_ns", "switches"]][:2].tolist(),
        look["vp"]["ns"][: int(look["n_vp"])].tolist(),
        [run.responses_ns(load).tolist() for load in (0, 1)],
        int(look["events"]),
    )


@pytest.mark.parametrize("case", FREE)
def test_a_mechanism_that_costs_nothing_changes_nothing(machine, bare, case):
    base = Overheads().only("switch", "refill")
    window = {"lps": 2, "root": {"background_load": 0.02}, "horizon_s": 1.0}
    off = outcome(machine(bare(*MIXED, overheads=base, **window)))
    free = outcome(machine(bare(*MIXED, overheads=base.replace(**FREE[case]), **window)))
    assert free == off


def test_a_mechanism_that_costs_something_changes_something(machine, bare):
    base = Overheads().only("switch", "refill")
    window = {"lps": 2, "root": {"background_load": 0.02}, "horizon_s": 1.0}
    ticks = base.replace(interrupts=Interrupts(tick_hz=64.0, tick_s=1e-6, inject_s=0.0))
    off = outcome(machine(bare(*MIXED, overheads=base, **window)))
    assert outcome(machine(bare(*MIXED, overheads=ticks, **window))) != off
