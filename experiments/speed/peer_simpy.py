"""SimPy processes: one for every thread, one for every LP.

A process waits for its own `Timer`, which whoever gives it work sets going: an LP sets the timer
of a thread whose request it completes, a waking thread that of the idle LP it takes. So each timer
that fires costs one SimPy event, the least SimPy can do; `peer_simpy_plain` signals as the textbook
does. SimPy breaks ties by priority, here the timer's rank: LPs before threads, low indices first.
"""

from collections import deque
from collections.abc import Generator
from heapq import heappop, heappush
from time import process_time

import numpy as np
import simpy
from case import CHARGE_SCALE, Case, Outcome, Tables, given_tables
from numpy.typing import NDArray

NOBODY = -1
FIRST_RANK = 2  # 0 is SimPy's own, the start of processes and the end of the run; 1 is for signals

Life = Generator[simpy.Event, None, None]


class Timer(simpy.Event):
    """An event to be set once, after which it happens with a delay."""

    def __init__(self, env: simpy.Environment, rank: int) -> None:
        self.env = env
        self.callbacks = []
        self.rank = rank

    def start(self, delay_ns: int) -> None:
        self._ok = True
        self._value = None
        self.env.schedule(self, self.rank, delay_ns)


class Guest:
    """The threads that wait for a VP, the VPs that wait for a thread, and the guest's sums."""

    def __init__(self, weight: int) -> None:
        self.weight = weight
        self.queue: deque[Thread] = deque()
        self.idle_vps: list[tuple[int, VirtualProcessor]] = []
        self.completed = 0
        self.response_ns = 0
        self.waiting_ns = 0


class VirtualProcessor:
    """A VP; `order` is its place in the host's list."""

    def __init__(self, guest: Guest, order: int) -> None:
        self.guest = guest
        self.order = order
        self.v = 0
        self.thread: Thread  # while it is ready or running
        self.ready_since_ns = 0
        self.last_lp: LogicalProcessor | None = None


class Thread:
    """Thinks, asks for a VP, and thinks again when an LP has completed the request."""

    def __init__(
        self, host: "Host", guest: Guest, rank: int, think_ns: list[int], cpu_ns: list[int]
    ) -> None:
        self.host = host
        self.guest = guest
        self.rank = rank
        self.think_ns = iter(think_ns)
        self.cpu_ns = iter(cpu_ns)
        self.started_ns = 0
        self.remaining_ns = 0
        host.env.process(self.life())

    def life(self) -> Life:
        host, env, rank = self.host, self.host.env, self.rank
        self.timer = Timer(env, rank)
        self.timer.start(next(self.think_ns))
        for cpu_ns in self.cpu_ns:
            yield self.timer
            self.timer = Timer(env, rank)
            host.events += 1
            self.started_ns = env.now
            self.remaining_ns = cpu_ns
            host.admit(self)

    def finish(self, now: int) -> None:
        guest = self.guest
        guest.completed += 1
        guest.response_ns += now - self.started_ns
        self.timer.start(next(self.think_ns))


class LogicalProcessor:
    """Runs VPs slice by slice; its timer is the end of the slice or of the burst in it."""

    def __init__(self, host: "Host", rank: int) -> None:
        self.host = host
        self.rank = rank
        self.vp: VirtualProcessor  # while it is busy
        self.ran = NOBODY  # the order of the VP it ran last
        self.idle = True
        self.dispatched_ns = 0
        self.slice_end_ns = 0
        self.work_from_ns = 0
        host.env.process(self.life())

    def life(self) -> Life:
        host, env, rank = self.host, self.host.env, self.rank
        self.timer = Timer(env, rank)
        while True:
            yield self.timer
            self.timer = Timer(env, rank)
            host.events += 1
            self.end_burst_or_slice(env.now)

    def end_burst_or_slice(self, now: int) -> None:
        vp = self.vp
        guest = vp.guest
        thread = vp.thread
        worked_ns = now - self.work_from_ns
        has_work = True
        if worked_ns < thread.remaining_ns:
            thread.remaining_ns -= worked_ns
        else:
            thread.finish(now)
            if guest.queue:
                vp.thread = guest.queue.popleft()
                if now < self.slice_end_ns:
                    self.work(now, now)
                    return
            else:
                has_work = False
        used_ns = now - self.dispatched_ns
        vp.v += used_ns * CHARGE_SCALE // guest.weight
        self.host.busy_ns += used_ns
        if has_work:
            vp.ready_since_ns = now
            self.host.arrivals += 1
            heappush(self.host.ready, (vp.v, self.host.arrivals, vp))
        else:
            heappush(guest.idle_vps, (vp.order, vp))
        if self.host.ready:
            self.dispatch(heappop(self.host.ready)[2], now)
        else:
            self.idle = True
            self.host.idle_lps += 1

    def wake(self, vp: VirtualProcessor, now: int) -> None:
        self.idle = False
        self.dispatch(vp, now)

    def dispatch(self, vp: VirtualProcessor, now: int) -> None:
        host = self.host
        if host.vclock < vp.v:
            host.vclock = vp.v
        vp.guest.waiting_ns += now - vp.ready_since_ns
        vp.last_lp = self
        host.dispatches += 1
        self.dispatched_ns = now
        self.slice_end_ns = now + host.slice_ns
        self.vp = vp
        if self.ran == vp.order:
            self.work(now, now)
        else:
            self.ran = vp.order
            host.switches += 1
            self.work(now, now + host.switch_ns)

    def work(self, now: int, work_from_ns: int) -> None:
        self.work_from_ns = work_from_ns
        burst_end_ns = work_from_ns + self.vp.thread.remaining_ns
        self.timer.start(min(burst_end_ns, self.slice_end_ns) - now)


class Host:
    """What the processes share."""

    def __init__(
        self,
        case: Case,
        tables: Tables,
        thread_type: type[Thread] = Thread,
        lp_type: type[LogicalProcessor] = LogicalProcessor,
    ) -> None:
        self.env = simpy.Environment()
        self.slice_ns = case.slice_ns
        self.switch_ns = case.switch_ns
        self.vclock = 0
        self.events = self.dispatches = self.switches = self.busy_ns = 0
        self.ready: list[tuple[int, int, VirtualProcessor]] = []
        self.arrivals = 0
        self.idle_lps = case.logical_processors
        self.lps = [lp_type(self, FIRST_RANK + index) for index in range(self.idle_lps)]
        self.guests = [Guest(case.weight(index)) for index in range(case.guests)]
        for order in range(case.guests * case.virtual_processors):
            guest = self.guests[order // case.virtual_processors]
            guest.idle_vps.append((order, VirtualProcessor(guest, order)))
        draws = zip(tables.think_ns.tolist(), tables.cpu_ns.tolist(), strict=True)
        for index, lists in enumerate(draws):
            guest = self.guests[index // case.threads_per_guest]
            thread_type(self, guest, FIRST_RANK + len(self.lps) + index, *lists)

    def admit(self, thread: Thread) -> None:
        """Give a waking thread an idle VP, and the VP an idle LP, as far as there are any."""
        guest = thread.guest
        if not guest.idle_vps:
            guest.queue.append(thread)
            return
        _, vp = heappop(guest.idle_vps)
        vp.thread = thread
        vp.ready_since_ns = thread.started_ns
        if vp.v < self.vclock:
            vp.v = self.vclock
        if not self.idle_lps:
            self.arrivals += 1
            heappush(self.ready, (vp.v, self.arrivals, vp))
            return
        self.idle_lps -= 1
        lp = vp.last_lp
        if lp is None or not lp.idle:
            lp = next(lp for lp in self.lps if lp.idle)
        lp.wake(vp, thread.started_ns)

    def run_until(self, horizon_ns: int) -> Outcome:
        began_s = process_time()
        self.env.run(until=horizon_ns)
        loop_cpu_s = process_time() - began_s
        return Outcome(
            events=self.events,
            completed=tuple(guest.completed for guest in self.guests),
            response_ns=tuple(guest.response_ns for guest in self.guests),
            waiting_ns=tuple(guest.waiting_ns for guest in self.guests),
            dispatches=self.dispatches,
            switches=self.switches,
            busy_ns=self.busy_ns,
            loop_cpu_s=loop_cpu_s,
        )


def run(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with these draws."""
    return Host(case, given_tables(case, think_ns, cpu_ns)).run_until(case.horizon_ns)
