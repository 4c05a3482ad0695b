"""From what a user writes to a checked experiment: composing, overriding, validating.

The only user of Hydra and OmegaConf. Hydra reads the files and chooses among groups, once per
combination of choices; levels of other axes are put in place in process. What is wrong is raised
as one `BadInputError` that holds all of it. Nothing here prints, simulates or reads results, and
no value is declared here: defaults, ranges and rules are the settings classes' own.
"""
