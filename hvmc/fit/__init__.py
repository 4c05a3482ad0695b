"""From what an administrator has of a host to a scenario that ``hvmc run`` takes.

problems   all that is wrong with sources, by file, line and column
facts      what a source tells: values with their standing
amounts    amounts as people write them: 16 GB, 35 %, 1.5e3
names      names of VMs as names of guests
registry   the sources; one is recognised from its content
columns    columns of an inventory, and what may stand in them
inventory  CSV and YAML lists of VMs
performance, load, devices   Performance Monitor logs
merging    facts of several sources in one
scenario   the scenario file, each line with what is known of it
starting   lists of VMs to begin with
fit        from files to that file
"""
