"""Figures: matplotlib axes and tidy estimates in, drawn axes out.

Nothing is estimated here: `hvmc.analysis` estimates, and `hvmc.answers` hands each figure what the
text tells too. Each figure is one function in a module of its own; ``write`` puts them into files.
Nothing heavy is imported before a figure is drawn.
"""
