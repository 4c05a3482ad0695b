"""Streams: which draws a thread's request takes.

Draws of pieces of a request, of which there may be any number: piece i of request k takes draw
k x PIECES + i.
"""

from hvmc.kernel.codes import BATCH, OPEN
from hvmc.kernel.jit import ix, jit

__all__ = ["PIECES", "stream_of"]

PIECES = 1 << 20


@jit
def stream_of(s, thread):
    """Return the stream that numbers the thread's requests."""
    load = s.thread[ix(thread)].load
    kind = s.load[ix(load)].kind
    if kind in (OPEN, BATCH):
        return s.load[ix(load)].stream
    return s.thread[ix(thread)].stream
