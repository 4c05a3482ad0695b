"""The command ``hvmc``: one small file per verb, that reads its arguments and prints.

A verb asks `hvmc.config` for a checked experiment, has it run, and tells the outcome. Nothing here
composes configurations, simulates or estimates, and nothing heavy is imported before the verb and
its arguments are known to be good.
"""
