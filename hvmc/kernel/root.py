"""The root's work for guests: emulated instructions, and both ways of an I/O through its VSP.

A task is a guest's thread that waits for it. It goes to the root VP of an idle LP, else to the one
with the fewest tasks, taken in turn. A root VP works on its tasks in order, with a thread of its
own that shares the VP with the root's background work.

A root that is short of memory meets hard faults in its tasks, a Poisson process of its work. The
first in a task is counted; its page-in, from the host's paging device, comes when the task is done
and keeps the guest's thread waiting, not the root VP, which has other threads.
"""

import math

import numpy as np

from hvmc.kernel.codes import BURST_OVER, EMULATE, IDLE, SUBMIT
from hvmc.kernel.fields import FLOAT, LINE, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.lines import join, leave
from hvmc.kernel.stamps import tell_root
from hvmc.kernel.streams import PIECES, stream_of
from hvmc.kernel.threads import thread_ready
from hvmc.kernel.threefry import block
from hvmc.scenario.distributions import Deterministic, Lognormal
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = ["ask_root", "begin_task", "finish_task", "root_faults"]


def _of_guest(scenario: Scenario, guest: Guest, numbered: Numbered) -> Values:
    rate, mean_s, cv = scenario.overheads.intercepts.total(guest.enlightened, "root")
    emulation = Lognormal(mean_s, cv) if cv > 0 else Deterministic(mean_s)
    return {"root_rate": rate * 1e-9, "emulate_law": numbered(emulation if rate > 0 else None)}


FIELDS = Fields(
    of_guest=_of_guest,
    machine={
        "root_work": setting(),  # first thread of the root's work for guests; they are the last
        "next_root": begins(),
        # thread with a task for the root once the LP at hand has gone on, or -1
        "outbox": begins(-1),
        # hard faults per ns of the root's work for guests; the coarse clock writes it
        "root_fault_rate": setting(FLOAT, native=0.0),
        "root_faults": count(),
    },
    # of a root VP: the other of its two threads, guests' threads that it works for
    vp={"waiting": begins(-1), "task_line": begins(dtype=LINE)},
    load={
        "emulate_law": setting(),
        "root_rate": setting(FLOAT, native=0.0),  # intercepts per ns of guest work
        "root_intercepts": count(),
    },
    thread={
        "task": begins(),
        "root_tasks": begins(),  # that were done for the thread by a root short of memory
        "root_paging": begins(),  # whether a page-in of the root keeps the thread waiting
    },
    parts=("root_wait",),
)

EMULATE_STREAM = np.uint64(0xE7037ED1A0B428DB)
ROOT_FAULT_STREAM = np.uint64(0x2127599BF4325C37)


@jit
def _least_loaded(s):
    if s.idle_lps > 0:
        for lp in range(s.n_lp):
            if s.lp[ix(lp)].vp < 0 and s.vp[ix(s.lp[ix(lp)].root_vp)].state == IDLE:
                return s.lp[ix(lp)].root_vp
    best = -1
    lp = s.next_root
    for _ in range(s.n_lp):
        vp = s.lp[ix(lp)].root_vp
        if best < 0 or s.vp[ix(vp)].task_line.length < s.vp[ix(best)].task_line.length:
            best = vp
        if s.vp[ix(best)].task_line.length == 0:
            break
        lp += 1
        if lp == s.n_lp:
            lp = 0
    s.next_root = s.vp[ix(best)].pinned_lp + 1
    if s.next_root == s.n_lp:
        s.next_root = 0
    return best


@jit
def _cost_ns(s, thread):
    way = s.thread[ix(thread)].way
    if s.thread[ix(thread)].task == SUBMIT:
        return s.way[ix(way)].submit_ns
    if s.thread[ix(thread)].task != EMULATE:
        return s.way[ix(way)].complete_ns
    if s.thread[ix(thread)].ports_left > 0:
        return s.way[ix(way)].port_ns
    index = s.thread[ix(thread)].request * PIECES + s.thread[ix(thread)].pieces
    a, _ = block(s, stream_of(s, thread) ^ EMULATE_STREAM, index)
    return draw_ns(s, s.load[ix(s.thread[ix(thread)].load)].emulate_law, a)


@jit
def begin_task(s, vp):
    """Load the root VP's own thread with its first task; return the thread."""
    worker = s.root_work + s.vp[ix(vp)].pinned_lp
    s.thread[ix(worker)].left = max(_cost_ns(s, s.vp[ix(vp)].task_line.head), 1)
    s.thread[ix(worker)].hypervisor_left = 0
    s.thread[ix(worker)].slowdown_left = 0
    s.thread[ix(worker)].stop = BURST_OVER
    s.thread[ix(worker)].vp = vp
    return worker


@jit
def ask_root(s, thread):
    """Give the root the thread's task."""
    vp = _least_loaded(s)
    join(s.vp[ix(vp)].task_line, s.thread, thread)
    tell_root(s, thread, vp)
    if s.vp[ix(vp)].state == IDLE:
        thread_ready(s, begin_task(s, vp))


@jit
def finish_task(s, worker):
    """Take the finished task off its root VP; return the guest's thread."""
    vp = s.thread[ix(worker)].vp
    return leave(s.vp[ix(vp)].task_line, s.thread)


@jit
def root_faults(s, thread):
    """Say whether the root met a hard fault in the task that it has just done for a thread."""
    s.thread[ix(thread)].root_tasks += 1
    stream = s.thread[ix(thread)].stream ^ ROOT_FAULT_STREAM
    a, _ = block(s, stream, s.thread[ix(thread)].root_tasks)
    if a >= -math.expm1(-s.root_fault_rate * _cost_ns(s, thread)):
        return False
    s.root_faults += 1
    s.thread[ix(thread)].root_paging = 1
    return True
