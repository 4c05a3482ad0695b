"""Synchronous IPIs: the sender spins until each VP it addressed has run.

A VP that changes page tables or calls the guest's other processors waits for their answer. It
addresses all of them that are not idle. One that runs answers at once; one that is ready, capped or
blocked answers when it is next dispatched. The IPI itself is an intercept and has its cost there.

Streams: an IPI that ends piece i of request k takes draw k x PIECES + i.
"""

from hvmc.kernel.accounts import settle
from hvmc.kernel.codes import IDLE, RUNNING
from hvmc.kernel.fields import FLOAT, Fields, Numbered, Values, begins, count, setting
from hvmc.kernel.jit import ix, jit
from hvmc.kernel.locks import spin_again
from hvmc.kernel.speed import arm
from hvmc.scenario.guest import Guest
from hvmc.scenario.scenario import Scenario

__all__ = ["answer_ipis", "send_ipi"]


def _of_guest(scenario: Scenario, guest: Guest, _: Numbered) -> Values:
    rate = scenario.overheads.ipis.rate(guest.enlightened, guest.virtual_processors)
    return {"ipi_rate": rate * 1e-9}


FIELDS = Fields(
    of_guest=_of_guest,
    cuts=("ipis",),
    partition={"senders": begins()},  # VPs that wait for others to take an IPI
    load={
        "ipi_rate": setting(FLOAT, native=0.0),  # synchronous ones per ns of guest work
        "ipis": count(),
        "ipis_waited": count(),
    },
    thread={"sent_at": begins(-1)},  # when it sent the IPI that it waits for, or -1
)


@jit
def _unanswered(s, vp):
    sent_at = s.thread[ix(s.vp[ix(vp)].thread)].sent_at
    partition = s.vp[ix(vp)].partition
    first = s.partition[ix(partition)].first_vp
    for other in range(first, first + s.partition[ix(partition)].vps):
        state = s.vp[ix(other)].state
        off = state not in (RUNNING, IDLE)
        if off and other != vp and s.vp[ix(other)].left_at < sent_at:
            return True
    return False


@jit
def send_ipi(s, vp):
    """Send the IPI at which the running VP has arrived, or look again; say whether it waits."""
    thread = s.vp[ix(vp)].thread
    load = s.thread[ix(thread)].load
    first = s.thread[ix(thread)].sent_at < 0
    if first:
        s.load[ix(load)].ipis += 1
        s.thread[ix(thread)].sent_at = s.now
    waits = _unanswered(s, vp)
    if waits:
        s.partition[ix(s.vp[ix(vp)].partition)].senders += first
        s.load[ix(load)].ipis_waited += first
        spin_again(s, thread)
    else:
        s.partition[ix(s.vp[ix(vp)].partition)].senders -= not first
        s.thread[ix(thread)].sent_at = -1
    return waits


@jit
def answer_ipis(s, vp):
    """Let senders of the guest go on, now that the VP has been dispatched."""
    thread = s.vp[ix(vp)].thread
    if s.thread[ix(thread)].sent_at >= 0 and _unanswered(s, vp):
        spin_again(s, thread)
    partition = s.vp[ix(vp)].partition
    first = s.partition[ix(partition)].first_vp
    for other in range(first, first + s.partition[ix(partition)].vps):
        if other == vp or s.vp[ix(other)].state != RUNNING:
            continue
        sender = s.vp[ix(other)].thread
        waits = sender >= 0 and s.thread[ix(sender)].spinning
        if waits and s.thread[ix(sender)].sent_at >= 0 and not _unanswered(s, other):
            settle(s, s.vp[ix(other)].lp)
            s.thread[ix(sender)].spinning = 0
            arm(s, s.vp[ix(other)].lp)
