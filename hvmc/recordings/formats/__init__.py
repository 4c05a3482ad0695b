"""The formats of recordings, one file each.

A format is a subclass of `hvmc.recordings.format.Format` in a file here; it is then known.
"""
