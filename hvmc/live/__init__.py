"""The modelled host while it runs: a session without a browser, and a thin page on top.

`session` owns a `hvmc.HyperVHost`, the same Mesa model a Python user has, and the native twin of
its requests: it advances both, keeps the last moments event by event and the last minutes in
samples, applies controls, and is read as plain columns (`frames`). Looking changes no bit of what
the host does. `starts` holds the named starting points, `tour` the guided one. `page` draws all
that in a browser and is imported only when it is asked for (`hvmc[web]`).

The page is Bokeh's own server: streaming figures and controls in Python, all resources from its
package, no network. Panel is a layer over the same server; it brings 20 packages more and serves
paths of its own beside the page, and nothing here needs it. A later page that wants its state in
the address can still put Panel on top.
"""
