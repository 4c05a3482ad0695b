"""The fine clock: a compiled event loop over one state record, one module per mechanism.

=============  =============================================================================
codes          numbers that stand for words
fields         what a mechanism declares of the record
layout         the state record, gathered from what mechanisms declare; size classes
load           scenario -> record
fill           growing lists of rows -> record
start          starting the host, or one of its native baselines, at time zero
machine        one record with what drives it: the host's or a bare machine
loop           `advance`: run the events before a time
requests       what threads do between bursts
batches        workloads of tasks and iterations
workers        parked threads, timers, response times recorded
streams        which draws a request takes
taxes          what intercepts that the hypervisor handles take from each piece
threads        bursts, cut into pieces by root intercepts, hard faults and IPIs
lines          first-come-first-served lines, whoever waits in them
dispatch       VPs on and off LPs
choosing       which VP an LP takes, which LP a VP takes
shares         credit and paced shares: weight, reserve, limit
limits         limit periods and budgets
speed          SMT, interference; when an LP is done
accounts       who used which LP for what
root           the root's work for guests: emulation, both ways of an I/O
io             the way of an I/O to its device and back, the device's queue
interrupts     virtual interrupts and their deferral
locks          spin locks whose holder is preempted
ipis           IPIs that wait for VPs that are not running
stamps         what guests' and the root's clocks show of an I/O
responses      draining response times
observe        looking at a machine without touching it
elapsed        what happened between two looks
timers         winner trees: timers and the ready list
laws           draws by inversion
threefry       counter-based random bits
clock          nanoseconds
jit            compilation and its cache
=============  =============================================================================

A mechanism's module says which fields of the record are its own, what they begin with, what they
are on a bare machine, and what it takes from a scenario (``FIELDS``). What decides or observes once
a second does not belong here: see `hvmc.model`.

Functions marked ``@jit`` take the record (``state``, length 1, for entry points; ``s`` inside) and
change it in place. With NUMBA_DISABLE_JIT=1 the same functions run interpreted, bit for bit.
"""
