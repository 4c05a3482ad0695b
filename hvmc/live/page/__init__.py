"""The page of a live host: figures and controls over a session, and the server that shows it.

The only room that imports Bokeh and Tornado (`hvmc[web]`). One page has one session of its own.
"""
