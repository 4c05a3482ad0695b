"""The modelled host while it runs: a session without a browser, and a thin page on top.

`session` owns a `hvmc.HyperVHost`, the same Mesa model a Python user has, and the native twin of
its requests: it advances both, keeps the last moments event by event and the last minutes in
samples, applies controls, and is read as plain columns (`frames`). Looking changes no bit of what
the host does. `starts` holds the named starting points, `tour` the guided one. `page` draws all
that in a browser and is imported only when it is asked for (`hvmc[web]`).

Why the page is Bokeh's: ``docs/structure.md``.
"""
