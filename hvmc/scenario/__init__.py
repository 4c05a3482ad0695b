"""What is simulated: settings with units, ranges and sources, and the laws durations follow.

A default value is written here (and in `hvmc.regimes`) alone, beside it what is known of it
(`hvmc.scenario.evidence`). No files, no random draws but by quantile,
nothing that runs a simulation.
"""
