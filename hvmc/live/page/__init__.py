"""The page of a live host: figures and controls over a session, shown by `hvmc.web`.

It imports Bokeh (`hvmc[web]`). One page has one session of its own.
"""
