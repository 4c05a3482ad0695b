"""The fine clock: `start` a machine, `advance` it to a time."""

from hvmc.kernel.accounts import set_down_thread, settle, take_up_thread
from hvmc.kernel.codes import BUFFER, BUFFER_FULL, FOREVER, IPI, REACHED, ROOT_INTERCEPT
from hvmc.kernel.dispatch import block, end_slice, go_idle, place, used_up
from hvmc.kernel.io import emulate
from hvmc.kernel.ipis import send_ipi
from hvmc.kernel.jit import ix, jit, merged
from hvmc.kernel.locks import at_lock, meet_lock, release_lock, spin_again
from hvmc.kernel.requests import arrival, burst_done, thread_timer
from hvmc.kernel.root import ask_root, begin_task
from hvmc.kernel.shares import account, note_lead
from hvmc.kernel.speed import arm
from hvmc.kernel.threads import begin_piece, next_queued
from hvmc.kernel.timers import clear_later

__all__ = ["advance"]


@merged
def _next_thread(s, vp):
    """Return the thread that a VP takes after a burst, or -1."""
    partition = s.vp[ix(vp)].partition
    if s.vp[ix(vp)].pinned_lp < 0:
        return next_queued(s, partition, vp) if s.partition[ix(partition)].line.length > 0 else -1
    thread = s.vp[ix(vp)].waiting
    s.vp[ix(vp)].waiting = -1
    if thread < 0 and s.vp[ix(vp)].task_line.length > 0:
        thread = begin_task(s, vp)
    return thread


@jit
def _spin_timer(s, vp, thread):
    """See to the guest's lock: a section's end or begin, a burst's end; to a long spin.

    Return whether the VP yields.
    """
    if s.thread[ix(thread)].spinning:
        if s.now >= s.thread[ix(thread)].spin_until:
            s.partition[ix(s.vp[ix(vp)].partition)].long_spin_waits += 1
            spin_again(s, thread)
            return True
    elif s.partition[ix(s.vp[ix(vp)].partition)].lock_owner >= 0:
        over = s.thread[ix(thread)].left == 0
        stays = s.thread[ix(thread)].stop in (ROOT_INTERCEPT, IPI)
        if not over and s.thread[ix(thread)].lock_left == 0:
            at_lock(s, vp)
        elif over and not stays and s.partition[ix(s.vp[ix(vp)].partition)].lock_owner == vp:
            release_lock(s, s.vp[ix(vp)].partition)
    return False


@jit
def _ipi_due(s, vp, thread):
    """Go on with the burst after a synchronous IPI that all have taken."""
    if s.thread[ix(thread)].spinning:
        return
    waited = s.thread[ix(thread)].sent_at >= 0
    if not send_ipi(s, vp):
        begin_piece(s, thread)
        if waited:
            meet_lock(s, vp)


@merged
def _lp_timer(s, lp):
    settle(s, lp)
    vp = s.lp[ix(lp)].vp
    thread = s.vp[ix(vp)].thread
    yields = s.spins and _spin_timer(s, vp, thread)
    if s.thread[ix(thread)].left == 0 and s.thread[ix(thread)].stop == IPI:
        _ipi_due(s, vp, thread)
    elif s.thread[ix(thread)].left == 0:
        if s.thread[ix(thread)].stop == ROOT_INTERCEPT:
            emulate(s, thread)
            block(s, lp)
            return
        set_down_thread(s, lp, thread)
        s.vp[ix(vp)].thread = -1
        s.lp[ix(lp)].lead = -FOREVER
        s.vacant_partition = s.vp[ix(vp)].partition
        burst_done(s, thread)
        s.vacant_partition = -1
        thread = _next_thread(s, vp)
        if thread < 0:
            go_idle(s, lp)
            return
        s.vp[ix(vp)].thread = thread
        if s.boosts:
            note_lead(s, lp)
        take_up_thread(s, lp, thread)
        if s.spins:
            meet_lock(s, vp)
    capped = used_up(s, lp)
    if capped or yields or s.now >= s.lp[ix(lp)].slice_end:
        end_slice(s, lp, capped, yields)
    else:
        arm(s, lp)


@merged
def _later_timer(s, index):
    if index >= s.first_thread_timer:
        thread_timer(s, index - s.first_thread_timer + s.first_thread)
    elif index >= s.n_vp:
        arrival(s, index - s.n_vp + s.first_load)
    else:
        clear_later(s, index)
        place(s, index)


@jit
def advance(state, until, stop_when_measured):
    """Run the events before ``until``.

    Parameters
    ----------
    state : ndarray, shape (1,)
        The state record.
    until : int
        Nanoseconds; events at ``until`` itself do not run.
    stop_when_measured : bool
        Stop after the event that finishes the last measured request or batch.

    Returns
    -------
    int
        REACHED, or BUFFER_FULL: drain ``buffer_load`` and ``buffer_ns``, set ``buffered`` to 0
        and call again.
    """
    s = state[0]
    while True:
        if s.buffered == BUFFER:
            return BUFFER_FULL
        if stop_when_measured and s.measure_pending == 0 and s.batches_open == 0:
            return REACHED
        soon = s.soon_tree[1]
        later = s.later_tree[1]
        due = soon >> s.soon_bits
        if due <= later >> s.later_bits:
            if due >= until:
                break
            s.now = due
            s.events += 1
            index = soon & ((1 << s.soon_bits) - 1)
            if index > 0:
                _lp_timer(s, index - 1)
                if s.outbox >= 0:
                    thread = s.outbox
                    s.outbox = -1
                    ask_root(s, thread)
            else:
                account(s)
        else:
            due = later >> s.later_bits
            if due >= until:
                break
            s.now = due
            s.events += 1
            _later_timer(s, later & ((1 << s.later_bits) - 1))
    s.now = until
    return REACHED
