"""A pytest plugin that plants one defect, named by HVMC_MUTANT, into the interpreted kernel."""

import os

import numpy as np

from hvmc.kernel import dispatch, io, shares, threads
from hvmc.validation.cases import arithmetic


def wrong_weight():
    grant = shares._grant
    shares._grant = lambda s, vp, share: grant(s, vp, 1.1 * share if vp == 0 else share)


def lost_wakeup():
    make_ready, calls = threads.make_ready, iter(range(10**9))
    threads.make_ready = lambda s, vp: make_ready(s, vp) if next(calls) != 1 else None


def longer_slice():
    """End every slice a nanosecond late."""
    begin_stay = dispatch._begin_stay

    def late(s, lp, vp):
        begin_stay(s, lp, vp)
        s.lp[lp].slice_end += 1

    dispatch._begin_stay = late


def skipped_switch():
    put = dispatch._dispatch

    def free(s, lp, vp):
        s.lp[lp].last_vp = vp
        put(s, lp, vp)

    dispatch._dispatch = free


def leaked_fault():
    """Leave a thread marked as faulting after its page-in."""
    complete = io._complete

    def forgetful(s, thread):
        faulting = s.thread[thread].faulting
        complete(s, thread)
        s.thread[thread].faulting = faulting

    io._complete = forgetful


MUTANTS = {
    defect.__name__: defect
    for defect in (wrong_weight, lost_wakeup, longer_slice, skipped_switch, leaked_fault)
}

np.seterr(over="ignore")  # the generator's 64-bit words wrap around, as they must
arithmetic._FROM_S, arithmetic._TO_S = 1.0, 21.0  # interpreted, the whole window takes a minute
if os.environ.get("HVMC_MUTANT"):
    MUTANTS[os.environ["HVMC_MUTANT"]]()
