"""Answers of experiments: each kind estimates once, and tells its estimates in text and figures.

A kind of answer is one file in ``kinds``: its `Kind` states which reports tell it, ``estimate``
makes tidy frames, ``text`` and ``figures`` tell them. `Answer` gathers all kinds for one command.
Estimators live in `hvmc.analysis` and drawing in `hvmc.plots`; here they are chosen, worded and
laid out. Reading of commands and files of settings does not belong here.
"""
