"""SimPy as its textbook has it: ``timeout`` to let time pass, ``succeed`` to tell another process.

A thread waits for its think time and then for the event that its request is done; an idle LP waits
for the event that there is work. The rest is `peer_simpy`. What a signal sets off has to be over
before the next timer of the same instant, so timers rank after signals, SimPy's normal priority.
"""

import numpy as np
import peer_simpy
import simpy
from case import Case, Outcome, given_tables
from numpy.typing import NDArray


class Timeout(simpy.Event):
    """``simpy.Timeout`` with a rank among the timeouts of the same instant."""

    def __init__(self, env: simpy.Environment, delay_ns: int, rank: int) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, rank, delay_ns)


class Thread(peer_simpy.Thread):
    """Thinks, asks, waits for the answer."""

    def life(self) -> peer_simpy.Life:
        host, env = self.host, self.host.env
        for think_ns in self.think_ns:
            yield Timeout(env, think_ns, self.rank)
            host.events += 1
            self.started_ns = env.now
            self.remaining_ns = next(self.cpu_ns)
            self.done = env.event()
            host.admit(self)
            yield self.done

    def finish(self, now: int) -> None:
        self.guest.completed += 1
        self.guest.response_ns += now - self.started_ns
        self.done.succeed()


class LogicalProcessor(peer_simpy.LogicalProcessor):
    """Runs VPs slice by slice, and waits for the word when there is none."""

    def life(self) -> peer_simpy.Life:
        host, env = self.host, self.host.env
        while True:
            if self.idle:
                self.wanted = env.event()
                yield self.wanted
            yield Timeout(env, self.delay_ns, self.rank)
            host.events += 1
            self.end_burst_or_slice(env.now)

    def work(self, now: int, work_from_ns: int) -> None:
        self.work_from_ns = work_from_ns
        burst_end_ns = work_from_ns + self.vp.thread.remaining_ns
        self.delay_ns = min(burst_end_ns, self.slice_end_ns) - now

    def wake(self, vp: peer_simpy.VirtualProcessor, now: int) -> None:
        super().wake(vp, now)
        self.wanted.succeed()


def run(case: Case, think_ns: NDArray[np.int64], cpu_ns: NDArray[np.int64]) -> Outcome:
    """Simulate `case` with these draws."""
    tables = given_tables(case, think_ns, cpu_ns)
    return peer_simpy.Host(case, tables, Thread, LogicalProcessor).run_until(case.horizon_ns)
