"""The fine clock: a compiled event loop over one state record, one module per mechanism.

=============  =============================================================================
layout         the state record, its fields and size classes
load           scenario -> record
fill           growing lists of rows -> record
start          starting the host, or one of its native baselines, at time zero
loop           `advance`: run the events before a time
requests       what threads do between bursts
threads        bursts, cut into pieces by root intercepts, hard faults and IPIs; queues
dispatch       which VP runs on which LP
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
timers         winner trees: timers and the ready list
laws           draws by inversion
threefry       counter-based random bits
jit            compilation and its cache
=============  =============================================================================

Functions marked ``@jit`` take the record (``state``, length 1, for entry points; ``s`` inside) and
change it in place. With NUMBA_DISABLE_JIT=1 the same functions run interpreted, bit for bit.
"""
