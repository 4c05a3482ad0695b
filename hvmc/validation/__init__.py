"""Claims with a right or a published value, and what the model makes of them.

A case simulates one situation and tells the values of its claims; a claim names its reference: a
row of the reference tables (hyperv.csv, virtualization.csv), ``theory`` (`hvmc.theory`) or
``arithmetic``. Cases live in ``hvmc/validation/cases``, a file per family, and are found by
themselves. Nothing here changes a setting to meet a value: what was fitted says so.
"""
