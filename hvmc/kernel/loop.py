"""The fine clock: `start` a machine, `advance` it to a time."""

from hvmc.kernel.accounts import set_down_thread, settle, take_up_thread
from hvmc.kernel.dispatch import arm, end_slice, go_idle, place, used_up
from hvmc.kernel.jit import jit
from hvmc.kernel.layout import BUFFER, BUFFER_FULL, REACHED
from hvmc.kernel.requests import arrival, burst_done, thread_timer
from hvmc.kernel.shares import account
from hvmc.kernel.timers import clear_later

__all__ = ["advance"]


@jit
def _lp_timer(s, lp):
    settle(s, lp)
    vp = s.lp_vp[lp]
    thread = s.vp_thread[vp]
    if s.thread_left[thread] == 0:
        set_down_thread(s, lp, thread)
        s.vp_thread[vp] = -1
        part = s.vp_part[vp]
        s.vacant_part = part
        burst_done(s, thread)
        s.vacant_part = -1
        if s.part_queued[part] == 0 or s.vp_pinned_lp[vp] >= 0:
            go_idle(s, lp)
            return
        thread = s.part_queue_head[part]
        s.part_queue_head[part] = s.thread_next[thread]
        s.part_queued[part] -= 1
        s.vp_thread[vp] = thread
        take_up_thread(s, lp, thread)
    capped = used_up(s, lp)
    if capped or s.now >= s.lp_slice_end[lp]:
        end_slice(s, lp, capped)
    else:
        arm(s, lp)


@jit
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
    state : recarray, shape (1,)
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
            index = soon & (s.soon_leaves - 1)
            if index > 0:
                _lp_timer(s, index - 1)
            else:
                account(s)
        else:
            due = later >> s.later_bits
            if due >= until:
                break
            s.now = due
            s.events += 1
            _later_timer(s, later & (s.later_leaves - 1))
    s.now = until
    return REACHED
