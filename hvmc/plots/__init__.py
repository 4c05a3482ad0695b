"""Figures: matplotlib axes and tidy estimates in, drawn axes out.

Nothing is estimated here: `hvmc.analysis` estimates, and `hvmc.answers` hands each figure what the
text tells too. Each figure is one function in a module of its own; ``write`` puts them into files.
Nothing heavy is imported before a figure is drawn.

Most figures take some of these:

``ax``
    Where to draw. Figures of several panels make their own instead.
``groups``
    What is told apart, in order (`hvmc.plots.groups.Group`).
``thresholds``
    Stretches that are marked with a line, dimensionless.
``title``, ``note``
    Printed above the figure, and in small letters below it.
"""
