"""Stored results looked at from all sides: what is chosen, and the views of it as tidy frames.

`catalogue` tells what can be chosen in one or several results, `selection` is what is chosen and
how it is written in an address, `rows` reads the rows of it and no other column, `views` estimates
with what `hvmc.answers` estimates with (`hvmc.analysis`), `unit` tells of one trial, `timeline`
simulates it again as `hvmc.live` does, `download` writes a view as CSV, SVG and PNG. All of that
runs without a browser; `page` shows it in one and is imported only when it is asked for
(`hvmc[web]`).
"""
