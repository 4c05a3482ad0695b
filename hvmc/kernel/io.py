"""I/O: the way to the device, the device's queue, the way back.

Synthetic: a message in the guest's VMBus ring (its sender waits while the ring is full) until a
root VP has taken it; the device; a root VP for the device's interrupt and the completion message; a
virtual interrupt. Emulated: the port accesses are intercepts before the burst's end. Direct and
native: the device alone, and its interrupt. A guest has two such ways, to a disk and to a network
adapter; a hard fault's page-in takes the disk's, to the host's paging device, which all guests
share. A page-in holds that device for a write as well where the frame it takes was dirty. Where the
root is short of memory its own page-ins, from the same device, lengthen both ways through it.

Streams: I/O j of request k takes draw k x ios + ios - j of the I/O stream (network transfers are
among them), a page-in the draw of the piece that it ended, one of the root the draw of its task,
by the thread.
"""

import numpy as np

from hvmc.kernel.codes import (
    COMPLETE,
    EMULATE,
    IN_IO,
    IN_PATH,
    IN_ROOT,
    NATIVE_IO,
    ON_CPU,
    P_DEVICE,
    P_FAULT,
    P_PATH,
    ROOT_INTERCEPT,
    SUBMIT,
    SYNTHETIC,
)
from hvmc.kernel.dispatch import unblock
from hvmc.kernel.fields import FLOAT, LINE, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.interrupts import interrupt
from hvmc.kernel.jit import ix, jit, merged
from hvmc.kernel.laws import draw_ns
from hvmc.kernel.lines import join, leave
from hvmc.kernel.root import ask_root, finish_task, root_faults
from hvmc.kernel.stamps import guest_takes
from hvmc.kernel.streams import PIECES, stream_of
from hvmc.kernel.threads import (
    begin_piece,
    start_burst,
    take_way,
    thread_ready,
)
from hvmc.kernel.threefry import block
from hvmc.kernel.timers import set_later
from hvmc.scenario.scenario import Scenario

__all__ = ["begin_io", "device_done", "emulate", "next_burst_ns", "reach_device", "task_done"]


def _of_machine(scenario: Scenario, numbered: Numbered) -> Values:
    faults = scenario.overheads.faults
    return {"page_in_law": numbered(faults.page_in), "write_back": faults.write_back}


FIELDS = Fields(
    of_machine=_of_machine,
    cuts=("io", "faults"),
    machine={
        "page_in_law": setting(),
        "write_back": setting(FLOAT),  # share of page-ins that write a page back first
        "paging_station": setting(),
    },
    load={"ios": setting(), "transfers": setting(), "faults": count()},  # ios: transfers too
    way={
        "attachment": setting(native=NATIVE_IO),
        "station": setting(),
        "io_law": setting(),
        "submit_ns": setting(),
        "complete_ns": setting(),
        "path_ns": setting(),
        "signal_ns": setting(),
        "ports": setting(),
        "port_ns": setting(),
        "ring_size": setting(),
        "ring_used": begins(),
        "ring_line": begins(dtype=LINE),
        "ring_full": count(),
        "messages": count(),
        "ios_done": count(),
        "io_ns": count(),
    },
    station={
        "servers": setting(),
        "busy": begins(),
        "line": begins(dtype=LINE),
        "completed": count(),
        "busy_ns": count(),
    },
    thread={
        "way": begins(),  # of the I/O at hand
        "io_since": begins(),
        "faulting": begins(),
        "ports_left": begins(),
        "after_ports": begins(),
    },
    parts=("io_path", "device", "fault"),
)

IO_STREAM = np.uint64(0x9E3779B97F4A7C15)
FAULT_STREAM = np.uint64(0x8EBC6AF09C88C6E3)
ROOT_PAGE_STREAM = np.uint64(0x880355F21E6D1965)


@jit
def _book(s, thread, part):
    if s.thread[ix(thread)].faulting or s.thread[ix(thread)].root_paging:
        part = P_FAULT
    s.thread[ix(thread)].part_ns[part] += s.now - s.thread[ix(thread)].since
    s.thread[ix(thread)].since = s.now


@jit
def _page_in_ns(s, stream, index):
    a, b = block(s, stream, index)
    service = draw_ns(s, s.page_in_law, a)
    if b < s.write_back:
        service += draw_ns(s, s.page_in_law, b / s.write_back)
    return service


@jit
def _service_ns(s, thread):
    if s.thread[ix(thread)].root_paging:
        stream = s.thread[ix(thread)].stream ^ ROOT_PAGE_STREAM
        return _page_in_ns(s, stream, s.thread[ix(thread)].root_tasks)
    stream = stream_of(s, thread)
    request = s.thread[ix(thread)].request
    if s.thread[ix(thread)].faulting:
        index = request * PIECES + s.thread[ix(thread)].pieces
        return _page_in_ns(s, stream ^ FAULT_STREAM, index)
    ios = s.load[ix(s.thread[ix(thread)].load)].ios
    index = request * ios + s.thread[ix(thread)].bursts_left
    a, _ = block(s, stream ^ IO_STREAM, index)
    return draw_ns(s, s.way[ix(s.thread[ix(thread)].way)].io_law, a)


@jit
def _station(s, thread):
    """Return the device at which the I/O is served."""
    if s.thread[ix(thread)].faulting or s.thread[ix(thread)].root_paging:
        return s.paging_station
    return s.way[ix(s.thread[ix(thread)].way)].station


@jit
def _serve(s, thread):
    service = _service_ns(s, thread)
    blocked = s.thread[ix(thread)].root_paging and s.thread[ix(thread)].task == EMULATE
    s.thread[ix(thread)].phase = IN_ROOT if blocked else IN_IO
    s.station[ix(_station(s, thread))].busy_ns += service
    set_later(s, s.first_thread_timer + thread - s.first_thread, s.now + service)


@jit
def _arrive(s, thread):
    """Let a device serve the thread's I/O or page-in, or put it at the end of the line."""
    device = _station(s, thread)
    servers = s.station[ix(device)].servers
    if servers == 0 or s.station[ix(device)].busy < servers:
        s.station[ix(device)].busy += 1
        _serve(s, thread)
        return
    join(s.station[ix(device)].line, s.thread, thread)


@jit
def reach_device(s, thread):
    """Let an I/O arrive at its device."""
    _book(s, thread, P_PATH)
    _arrive(s, thread)


@jit
def _send(s, thread):
    """Put the I/O's message into the guest's ring, or wait for room in it."""
    way = s.thread[ix(thread)].way
    if s.way[ix(way)].ring_used < s.way[ix(way)].ring_size:
        s.way[ix(way)].ring_used += 1
        s.way[ix(way)].messages += 1
        s.thread[ix(thread)].task = SUBMIT
        s.outbox = thread
        return
    s.way[ix(way)].ring_full += 1
    join(s.way[ix(way)].ring_line, s.thread, thread)


@jit
def _leave_ring(s, way):
    s.way[ix(way)].ring_used -= 1
    if s.way[ix(way)].ring_line.length > 0:
        _send(s, leave(s.way[ix(way)].ring_line, s.thread))


@jit
def begin_io(s, thread):
    """Start an I/O, or the page-in of a hard fault, of a thread that has left its VP."""
    s.thread[ix(thread)].since = s.now
    s.thread[ix(thread)].io_since = s.now
    s.thread[ix(thread)].phase = IN_PATH
    way = take_way(s, thread, s.thread[ix(thread)].faulting)
    if s.way[ix(way)].attachment == SYNTHETIC:
        s.thread[ix(thread)].extra_ns += s.way[ix(way)].signal_ns
        _send(s, thread)
    else:
        reach_device(s, thread)


@jit
def next_burst_ns(s, thread):
    """Return the CPU time of the request's next burst: even ones, the last takes the rest."""
    bursts = s.load[ix(s.thread[ix(thread)].load)].ios + 1
    cpu_ns = s.thread[ix(thread)].cpu_ns
    s.thread[ix(thread)].bursts_left -= 1
    if bursts == 1:
        return max(cpu_ns, 1)
    burst = cpu_ns // bursts
    if s.thread[ix(thread)].bursts_left == 0:
        burst = cpu_ns - burst * (bursts - 1)
    return max(burst, 1)


@jit
def _complete(s, thread):
    """End an I/O: the thread goes on with its burst, or with the next one."""
    way = s.thread[ix(thread)].way
    _book(s, thread, P_PATH)
    deferred = False
    if s.interrupts:
        deferred = interrupt(s, thread)
    if s.thread[ix(thread)].faulting:
        s.thread[ix(thread)].faulting = 0
        begin_piece(s, thread)
        thread_ready(s, thread)
        return
    s.way[ix(way)].ios_done += 1
    s.way[ix(way)].io_ns += s.now - s.thread[ix(thread)].io_since
    if deferred:
        s.thread[ix(thread)].ended_way = way
    else:
        guest_takes(s, thread, way, 0)
    start_burst(s, thread, next_burst_ns(s, thread))


@merged
def emulate(s, thread):
    """Note the blocked VP's intercept, for the root to handle."""
    s.load[ix(s.thread[ix(thread)].load)].root_intercepts += 1
    s.thread[ix(thread)].task = EMULATE
    s.outbox = thread


@merged
def _emulated(s, thread):
    """Let the VP of a thread go on after the root has emulated its instruction."""
    if s.thread[ix(thread)].ports_left > 0:
        s.thread[ix(thread)].ports_left -= 1
        over = s.thread[ix(thread)].ports_left == 0
        s.thread[ix(thread)].stop = s.thread[ix(thread)].after_ports if over else ROOT_INTERCEPT
        s.thread[ix(thread)].hypervisor_left = 1
        s.thread[ix(thread)].left = 1
    else:
        begin_piece(s, thread)
    unblock(s, s.thread[ix(thread)].vp)


@jit
def _after_root(s, thread):
    """Go on after a task of the root for a thread, and the page-in that it may have needed."""
    task = s.thread[ix(thread)].task
    if task == EMULATE:
        _emulated(s, thread)
    elif task == SUBMIT:
        way = s.thread[ix(thread)].way
        if s.way[ix(way)].path_ns > 0:
            timer = s.first_thread_timer + thread - s.first_thread
            set_later(s, timer, s.now + s.way[ix(way)].path_ns)
        else:
            reach_device(s, thread)
    else:
        _complete(s, thread)


@merged
def task_done(s, worker):
    """Go on after a root VP has finished its first task."""
    thread = finish_task(s, worker)
    if s.thread[ix(thread)].task == SUBMIT:
        _leave_ring(s, s.thread[ix(thread)].way)
    if s.root_fault_rate > 0.0:
        if s.thread[ix(thread)].task != EMULATE:
            _book(s, thread, P_PATH)
        if root_faults(s, thread):
            _arrive(s, thread)
            return
    _after_root(s, thread)


@jit
def _root_page_in(s, thread):
    """Go on after a page-in of the root."""
    if s.thread[ix(thread)].task == EMULATE:
        s.thread[ix(thread)].phase = ON_CPU
    else:
        _book(s, thread, P_PATH)
        s.thread[ix(thread)].phase = IN_PATH
    s.thread[ix(thread)].root_paging = 0
    _after_root(s, thread)


@merged
def device_done(s, thread):
    """Take what has been served off its device: an I/O, or a page-in of a guest or the root."""
    way = s.thread[ix(thread)].way
    device = _station(s, thread)
    s.station[ix(device)].completed += 1
    if s.station[ix(device)].line.length > 0:
        _serve(s, leave(s.station[ix(device)].line, s.thread))
    else:
        s.station[ix(device)].busy -= 1
    if s.thread[ix(thread)].root_paging:
        _root_page_in(s, thread)
        return
    _book(s, thread, P_DEVICE)
    if s.way[ix(way)].attachment == SYNTHETIC:
        s.thread[ix(thread)].phase = IN_PATH
        s.thread[ix(thread)].task = COMPLETE
        s.way[ix(way)].messages += 1
        ask_root(s, thread)
    else:
        _complete(s, thread)
