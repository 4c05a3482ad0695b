"""The reference: plain Python objects and one heap of timers.

State
    ``timers``: (time, rank) of everything that will happen; rank l is LP l's timer, rank L + t
    thread t's, which is also the order of simultaneous timers.
    ``ready``: (v, arrival, index) of the VPs that wait for an LP. A waiting VP's v stands still.
    ``vclock``: the largest v dispatched so far; a waking VP is lifted to it.
A VP never waits while an LP is idle, so a waking VP may take an idle LP without a look at `ready`.
"""

from collections import deque
from heapq import heappop, heappush
from time import process_time

import numpy as np
from case import CHARGE_SCALE, Case, Outcome, Tables, given_tables
from numpy.typing import NDArray

NOBODY = -1


class Thread:
    """Thinks, then asks its guest for a VP."""

    def __init__(self, guest: "Guest", rank: int, thinks: list[int], cpus: list[int]) -> None:
        self.guest = guest
        self.rank = rank
        self.thinks = thinks
        self.cpus = cpus
        self.request = 0
        self.started_ns = 0
        self.remaining_ns = 0


class Guest:
    """A queue of threads in front of some VPs."""

    def __init__(self, weight: int) -> None:
        self.weight = weight
        self.queue: deque[Thread] = deque()
        self.idle_vps: list[int] = []  # a heap of indices, lowest first
        self.completed = 0
        self.response_ns = 0
        self.waiting_ns = 0


class VirtualProcessor:
    """Runs one thread at a time on the LP it is given."""

    def __init__(self, guest: Guest, index: int) -> None:
        self.guest = guest
        self.index = index
        self.v = 0
        self.thread: Thread  # while it is ready or running
        self.ready_since_ns = 0
        self.last_lp: LogicalProcessor | None = None


class LogicalProcessor:
    """Runs one VP at a time for at most a slice."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.vp: VirtualProcessor  # while it is busy
        self.ran = NOBODY  # the index of the VP it ran last
        self.dispatched_ns = 0
        self.slice_end_ns = 0
        self.work_from_ns = 0  # the present burst runs since; later than now during a switch


class Host:
    """The whole model; `run_until` is the event loop."""

    def __init__(self, case: Case, tables: Tables) -> None:
        self.case = case
        self.vclock = 0
        self.events = self.dispatches = self.switches = self.busy_ns = 0
        self.lps = [LogicalProcessor(index) for index in range(case.logical_processors)]
        self.idle_lps = set(range(case.logical_processors))
        self.guests = [Guest(case.weight(index)) for index in range(case.guests)]
        self.vps = [
            VirtualProcessor(self.guests[index // case.virtual_processors], index)
            for index in range(case.guests * case.virtual_processors)
        ]
        for vp in self.vps:
            vp.guest.idle_vps.append(vp.index)
        self.threads = [
            Thread(self.guests[index // case.threads_per_guest], len(self.lps) + index, *draws)
            for index, draws in enumerate(
                zip(tables.think_ns.tolist(), tables.cpu_ns.tolist(), strict=True)
            )
        ]
        self.ready: list[tuple[int, int, int]] = []
        self.arrivals = 0
        self.timers: list[tuple[int, int]] = []
        for thread in self.threads:
            heappush(self.timers, (thread.thinks[0], thread.rank))

    def run_until(self, horizon_ns: int) -> None:
        """Fire every timer that is due before the horizon."""
        timers, first_thread = self.timers, len(self.lps)
        while timers[0][0] < horizon_ns:
            now, rank = heappop(timers)
            self.events += 1
            if rank < first_thread:
                self.lp_fires(self.lps[rank], now)
            else:
                self.thread_wakes(self.threads[rank - first_thread], now)

    def thread_wakes(self, thread: Thread, now: int) -> None:
        thread.started_ns = now
        thread.remaining_ns = thread.cpus[thread.request]
        guest = thread.guest
        if not guest.idle_vps:
            guest.queue.append(thread)
            return
        vp = self.vps[heappop(guest.idle_vps)]
        vp.thread = thread
        vp.v = max(vp.v, self.vclock)
        if self.idle_lps:
            vp.ready_since_ns = now
            self.dispatch(vp, self.take_idle_lp(vp), now)
        else:
            self.wait(vp, now)

    def lp_fires(self, lp: LogicalProcessor, now: int) -> None:
        """End a burst, or a slice, or both; a burst that ends with its slice is complete."""
        vp = lp.vp
        thread = vp.thread
        thread.remaining_ns -= now - lp.work_from_ns
        if thread.remaining_ns > 0:
            self.charge(vp, lp, now)
            self.wait(vp, now)
        else:
            self.finish(thread, now)
            if not vp.guest.queue:
                self.charge(vp, lp, now)
                heappush(vp.guest.idle_vps, vp.index)
            else:
                vp.thread = vp.guest.queue.popleft()
                if lp.slice_end_ns > now:
                    self.start_burst(lp, now)
                    return
                self.charge(vp, lp, now)
                self.wait(vp, now)
        self.pick(lp, now)

    def finish(self, thread: Thread, now: int) -> None:
        """Count the request and let the thread think."""
        thread.guest.completed += 1
        thread.guest.response_ns += now - thread.started_ns
        thread.request += 1
        heappush(self.timers, (now + thread.thinks[thread.request], thread.rank))

    def wait(self, vp: VirtualProcessor, now: int) -> None:
        vp.ready_since_ns = now
        self.arrivals += 1
        heappush(self.ready, (vp.v, self.arrivals, vp.index))

    def charge(self, vp: VirtualProcessor, lp: LogicalProcessor, now: int) -> None:
        """Charge the whole stay on the LP to the VP, switch included."""
        used_ns = now - lp.dispatched_ns
        vp.v += used_ns * CHARGE_SCALE // vp.guest.weight
        self.busy_ns += used_ns

    def pick(self, lp: LogicalProcessor, now: int) -> None:
        if self.ready:
            self.dispatch(self.vps[heappop(self.ready)[2]], lp, now)
        else:
            self.idle_lps.add(lp.index)

    def take_idle_lp(self, vp: VirtualProcessor) -> LogicalProcessor:
        """Prefer the LP that ran the VP last, else take the lowest."""
        last = vp.last_lp
        index = last.index if last and last.index in self.idle_lps else min(self.idle_lps)
        self.idle_lps.remove(index)
        return self.lps[index]

    def dispatch(self, vp: VirtualProcessor, lp: LogicalProcessor, now: int) -> None:
        self.vclock = max(self.vclock, vp.v)
        vp.guest.waiting_ns += now - vp.ready_since_ns
        self.dispatches += 1
        overhead_ns = 0
        if lp.ran != vp.index:
            overhead_ns = self.case.switch_ns
            self.switches += 1
        lp.vp = vp
        lp.ran = vp.index
        vp.last_lp = lp
        lp.dispatched_ns = now
        lp.slice_end_ns = now + self.case.slice_ns
        self.start_burst(lp, now + overhead_ns)

    def start_burst(self, lp: LogicalProcessor, work_from_ns: int) -> None:
        lp.work_from_ns = work_from_ns
        burst_end_ns = work_from_ns + lp.vp.thread.remaining_ns
        heappush(self.timers, (min(burst_end_ns, lp.slice_end_ns), lp.index))


def run(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with these draws."""
    host = Host(case, given_tables(case, think_ns, cpu_ns))
    began_s = process_time()
    host.run_until(case.horizon_ns)
    loop_cpu_s = process_time() - began_s
    return Outcome(
        events=host.events,
        completed=tuple(guest.completed for guest in host.guests),
        response_ns=tuple(guest.response_ns for guest in host.guests),
        waiting_ns=tuple(guest.waiting_ns for guest in host.guests),
        dispatches=host.dispatches,
        switches=host.switches,
        busy_ns=host.busy_ns,
        loop_cpu_s=loop_cpu_s,
    )
