"""The page of the explorer: controls and figures over `hvmc.explore`, shown by `hvmc.web`.

It imports Bokeh (`hvmc[web]`). Each page that is open has a selection of its own.
"""
