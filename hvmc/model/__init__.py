"""The coarse clock: Mesa agents over one machine of the kernel.

An agent reads the record and holds no copy; what it decides is a function of `hvmc.policies`. What
takes microseconds does not belong here, nor does anything that needs more than one run.
"""
