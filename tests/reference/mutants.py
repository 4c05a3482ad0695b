"""A pytest plugin that plants defects into the interpreted kernel, each for one test.

HVMC_MUTANTS says which: ``DEFECT=TEST``, a line each.
"""

import os

import numpy as np
import pytest

from hvmc.kernel import dispatch, io, shares, threads
from hvmc.validation.cases import arithmetic


def wrong_weight(patch):
    grant = shares._grant
    patch.setattr(
        shares, "_grant", lambda s, vp, share: grant(s, vp, 1.1 * share if vp == 0 else share)
    )


def lost_wakeup(patch):
    make_ready, calls = threads.make_ready, iter(range(10**9))
    patch.setattr(
        threads, "make_ready", lambda s, vp: make_ready(s, vp) if next(calls) != 1 else None
    )


def longer_slice(patch):
    """End every slice a nanosecond late."""
    begin_stay = dispatch._begin_stay

    def late(s, lp, vp):
        begin_stay(s, lp, vp)
        s.lp[lp].slice_end += 1

    patch.setattr(dispatch, "_begin_stay", late)


def skipped_switch(patch):
    put = dispatch._dispatch

    def free(s, lp, vp):
        s.lp[lp].last_vp = vp
        put(s, lp, vp)

    patch.setattr(dispatch, "_dispatch", free)


def leaked_fault(patch):
    """Leave a thread marked as faulting after its page-in."""
    complete = io._complete

    def forgetful(s, thread):
        faulting = s.thread[thread].faulting
        complete(s, thread)
        s.thread[thread].faulting = faulting

    patch.setattr(io, "_complete", forgetful)


MUTANTS = {
    defect.__name__: defect
    for defect in (wrong_weight, lost_wakeup, longer_slice, skipped_switch, leaked_fault)
}

PLANTED = {
    test: MUTANTS[name]
    for name, _, test in (line.partition("=") for line in os.environ["HVMC_MUTANTS"].splitlines())
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Plant the test's defect while it runs."""
    with pytest.MonkeyPatch.context() as patch:
        PLANTED.get(item.nodeid.removeprefix("tests/unit/"), lambda _: None)(patch)
        return (yield)


np.seterr(over="ignore")  # the generator's 64-bit words wrap around, as they must
arithmetic._FROM_S, arithmetic._TO_S = 1.0, 6.0  # interpreted, the whole window takes a minute
