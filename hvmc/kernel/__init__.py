"""The fine clock: a compiled event loop over one state record, one module per mechanism.

=============  =============================================================================
layout         the state record, its fields and size classes
load           scenario -> record
start          starting the host, or one of its native baselines, at time zero
loop           `advance`: run the events before a time
requests       what threads do between bursts
dispatch       which VP runs on which LP
shares         credit and paced shares: weight, reserve, limit
limits         limit periods and budgets
accounts       who used which LP for what
observe        looking at a machine without touching it
timers         winner trees: timers and the ready list
laws           draws by inversion
threefry       counter-based random bits
jit            compilation and its cache
=============  =============================================================================

Functions marked ``@jit`` take the record (``state``, length 1, for entry points; ``s`` inside) and
change it in place. With NUMBA_DISABLE_JIT=1 the same functions run interpreted, bit for bit.
"""
