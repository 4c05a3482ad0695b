"""Mesa agents: threads, guests, VPs and LPs, with one Mesa event for every timer.

Mesa's clock holds what it is given, so integer nanoseconds stay exact as long as events are
scheduled `at` a time (``after`` would add to the float 0.0 the clock starts with). No timer is ever
taken back in this model: an LP's only timer is the end of its slice or of the burst in it.
"""

from collections import deque
from heapq import heappop, heappush
from time import process_time
from typing import NamedTuple

import mesa
import numpy as np
from case import CHARGE_SCALE, Case, Outcome, Tables, given_tables
from numpy.typing import NDArray

NOBODY = -1


class Rank(NamedTuple):
    """A Mesa priority of our own: its value orders simultaneous events, LPs before threads."""

    value: int


class Thread(mesa.Agent):
    """Thinks, then asks its guest for a VP."""

    def __init__(
        self, model: "Host", guest: "Guest", rank: int, thinks: list[int], cpus: list[int]
    ) -> None:
        super().__init__(model)
        self.guest = guest
        self.rank = Rank(rank)
        self.thinks = iter(thinks)
        self.cpus = iter(cpus)
        self.started_ns = 0
        self.remaining_ns = 0

    def think(self, now: int) -> None:
        self.model.schedule_event(self.wake, at=now + next(self.thinks), priority=self.rank)

    def wake(self) -> None:
        self.model.events += 1
        self.started_ns = now = self.model.time
        self.remaining_ns = next(self.cpus)
        self.guest.admit(self, now)

    def finish(self, now: int) -> None:
        self.guest.completed += 1
        self.guest.response_ns += now - self.started_ns
        self.think(now)


class Guest(mesa.Agent):
    """Gives its idle VPs to its threads, first come first served."""

    def __init__(self, model: "Host", weight: int) -> None:
        super().__init__(model)
        self.weight = weight
        self.queue: deque[Thread] = deque()
        self.idle_vps: list[tuple[int, VirtualProcessor]] = []
        self.completed = 0
        self.response_ns = 0
        self.waiting_ns = 0

    def admit(self, thread: Thread, now: int) -> None:
        if self.idle_vps:
            heappop(self.idle_vps)[1].wake(thread, now)
        else:
            self.queue.append(thread)


class VirtualProcessor(mesa.Agent):
    """Runs one thread; waits for an LP in the host's `ready` heap."""

    def __init__(self, model: "Host", guest: Guest, order: int) -> None:
        super().__init__(model)
        self.guest = guest
        self.order = order
        self.v = 0
        self.thread: Thread  # while it is ready or running
        self.ready_since_ns = 0
        self.last_lp: LogicalProcessor | None = None
        self.idle()

    def idle(self) -> None:
        heappush(self.guest.idle_vps, (self.order, self))

    def wake(self, thread: Thread, now: int) -> None:
        model = self.model
        self.thread = thread
        self.v = max(self.v, model.vclock)
        self.wait(now)
        if model.idle_lps:
            model.idle_lp(self.last_lp).pick(now)

    def wait(self, now: int) -> None:
        self.ready_since_ns = now
        self.model.arrivals += 1
        heappush(self.model.ready, (self.v, self.model.arrivals, self))


class LogicalProcessor(mesa.Agent):
    """Runs VPs slice by slice."""

    def __init__(self, model: "Host", rank: int) -> None:
        super().__init__(model)
        self.rank = Rank(rank)
        self.vp: VirtualProcessor  # while it is busy
        self.ran = NOBODY  # the order of the VP it ran last
        self.dispatched_ns = 0
        self.slice_end_ns = 0
        self.work_from_ns = 0

    def fire(self) -> None:
        self.model.events += 1
        now = self.model.time
        vp = self.vp
        thread = vp.thread
        thread.remaining_ns -= now - self.work_from_ns
        if thread.remaining_ns > 0:
            self.release(now)
            vp.wait(now)
            self.pick(now)
            return
        thread.finish(now)
        queue = vp.guest.queue
        if not queue:
            self.release(now)
            vp.idle()
            self.pick(now)
            return
        vp.thread = queue.popleft()
        if now < self.slice_end_ns:
            self.work(now)
        else:
            self.release(now)
            vp.wait(now)
            self.pick(now)

    def release(self, now: int) -> None:
        used_ns = now - self.dispatched_ns
        self.vp.v += used_ns * CHARGE_SCALE // self.vp.guest.weight
        self.model.busy_ns += used_ns

    def pick(self, now: int) -> None:
        model = self.model
        if not model.ready:
            model.idle_lps.append(self)
            return
        vp = heappop(model.ready)[2]
        vp.guest.waiting_ns += now - vp.ready_since_ns
        vp.last_lp = self
        model.vclock = max(model.vclock, vp.v)
        model.dispatches += 1
        self.dispatched_ns = now
        self.slice_end_ns = now + model.case.slice_ns
        self.vp = vp
        if self.ran == vp.order:
            self.work(now)
        else:
            self.ran = vp.order
            model.switches += 1
            self.work(now + model.case.switch_ns)

    def work(self, work_from_ns: int) -> None:
        self.work_from_ns = work_from_ns
        at_ns = min(work_from_ns + self.vp.thread.remaining_ns, self.slice_end_ns)
        self.model.schedule_event(self.fire, at=at_ns, priority=self.rank)


class Host(mesa.Model):
    """The agents of one case and what they share."""

    def __init__(self, case: Case, tables: Tables) -> None:
        super().__init__(rng=0)
        # Mesa steps a model at every 1.0 of its time, here every nanosecond; 3.5 has no public way
        # to have it otherwise.
        self._default_schedule.stop()
        self.case = case
        self.vclock = 0
        self.events = self.dispatches = self.switches = self.busy_ns = 0
        self.ready: list[tuple[int, int, VirtualProcessor]] = []
        self.arrivals = 0
        self.idle_lps = [LogicalProcessor(self, rank) for rank in range(case.logical_processors)]
        self.guests = [Guest(self, case.weight(index)) for index in range(case.guests)]
        for order in range(case.guests * case.virtual_processors):
            VirtualProcessor(self, self.guests[order // case.virtual_processors], order)
        draws = zip(tables.think_ns.tolist(), tables.cpu_ns.tolist(), strict=True)
        for index, lists in enumerate(draws):
            guest = self.guests[index // case.threads_per_guest]
            Thread(self, guest, case.logical_processors + index, *lists).think(0)

    def idle_lp(self, last: LogicalProcessor | None) -> LogicalProcessor:
        """Take the LP that ran the VP last if it is idle, else the lowest idle one."""
        lp = last if last in self.idle_lps else min(self.idle_lps, key=lambda lp: lp.rank)
        self.idle_lps.remove(lp)
        return lp


def run(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with these draws."""
    host = Host(case, given_tables(case, think_ns, cpu_ns))
    began_s = process_time()
    host.run_until(case.horizon_ns - 1)  # Mesa fires what is due at the end, too
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
