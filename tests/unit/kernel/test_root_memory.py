"""A root short of memory: its page-ins keep guests waiting, its processors not.

The rate is so high that every task of the root meets a fault.
"""

import pytest

from hvmc.kernel.codes import PARTS
from hvmc.scenario.distributions import Deterministic
from hvmc.scenario.guest import Guest
from hvmc.scenario.io import Attachment, IoPath
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.paging import Faults
from hvmc.scenario.workload import Closed

MS, US = 1_000_000, 1_000
PATH = IoPath(
    path_s=20e-6,
    port_accesses=2,
    port_s=1e-5,
    vsp_submit_s=1e-4,
    vsp_complete_s=1e-4,
    mib_s=0.0,
    signal_s=0.0,
)
PAGE_IN = Faults(page_in=Deterministic(0.004), write_back=0.0, servers=1)
COSTS = Overheads(io=PATH, faults=PAGE_IN).only("io", "faults")


def user(name, kind):
    """Pauses for 1 ms, works 1 ms, has an I/O of 5 ms, works 1 ms."""
    work = Closed(
        threads=1,
        cpu=Deterministic(0.002),
        think=Deterministic(0.001),
        io=Deterministic(0.005),
        ios=1,
    )
    return Guest(name=name, workload=work, io=Attachment(kind))


def paging(run):
    run.set_root_fault_rate(1e9)
    return run


def parts_of(run, load=0):
    values = run.state["load"]["part_ns"][0][load].tolist()
    return {name: value for name, value in zip(PARTS, values, strict=True) if value}


@pytest.mark.parametrize(
    ("kind", "faults", "parts"),
    [
        ("direct", 0, {}),
        ("synthetic", 2, {"fault": 2 * 4 * MS, "io_path": 220 * US}),
        # the VP stays blocked during a page-in, and so waits for the root
        ("emulated", 2, {"root_wait": 2 * (4 * MS + 10 * US), "hypervisor": 2}),
    ],
)
def test_each_task_of_the_root_waits_for_its_page(machine, bare, kind, faults, parts):
    run = paging(machine(bare(user("a", kind), overheads=COSTS, horizon_s=0.0015))).to(0.018)
    assert parts_of(run) == {"service": 2 * MS, "device": 5 * MS} | parts
    assert run.responses_ns().sum() == sum(parts_of(run).values())
    assert run.state["root_faults"][0] == faults
    assert run.state["station"]["busy_ns"][0][run.state["paging_station"][0]] == faults * 4 * MS


def test_guests_share_the_paging_device_and_the_root_works_on(machine, bare):
    # both I/Os are submitted at once: the second page-in waits for the first
    guests = user("a", "synthetic"), user("b", "synthetic")
    run = paging(machine(bare(*guests, lps=4, overheads=COSTS, horizon_s=0.0015)))
    run.to(0.0022)
    assert run.running() == [-1, -1, -1, -1]
    run.to(0.030)
    assert parts_of(run, 0)["fault"] == 2 * 4 * MS
    assert parts_of(run, 1)["fault"] == 3 * 4 * MS


def test_a_fault_is_as_likely_as_the_law_says(machine, bare):
    # 100 us of work at 2000 a second: 1 - exp(-0.2) of the tasks, all of one guest's 2 a request
    run = machine(
        bare(user("a", "synthetic"), overheads=COSTS.replace(faults=PAGE_IN.replace(servers=0)))
    )
    run.set_root_fault_rate(2000.0)
    run.to(60.0)
    tasks = int(run.state["way"]["messages"][0][0])
    assert tasks > 10_000
    # four standard errors: false alarm below 1 in 10,000
    assert run.state["root_faults"][0] / tasks == pytest.approx(
        0.18127, abs=4 * (0.1484 / tasks) ** 0.5
    )
