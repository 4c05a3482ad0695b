"""What every page in the browser is served by: on the loopback, to this machine alone.

`guard` says who may talk to the server, `server` runs it until it is told to stop. It knows nothing
of what a page shows. With the rooms of the pages, the only one that imports Bokeh and Tornado
(`hvmc[web]`).
"""
