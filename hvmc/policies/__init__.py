"""Policies: plain functions ``decide(view) -> changes`` that the coarse clock calls.

A policy sees what an administrator could see and returns what to change. It knows nothing of Mesa
or the kernel, so it can be tested with a view made by hand.

==========  ====================================================================================
priority    CPU priority settings: `HostView` in, changed `Priority` settings by guest out;
            ``static`` changes nothing
boosting    ``boost_starved``: weight for guests that wait long for an LP
choosing    from a policy's settings to its function
memory      admission and dynamic memory: `MemoryView` in, changed assignments in MiB by guest out
pressure    sharing out grains of memory at equal pressure
==========  ====================================================================================
"""
