"""Response times as they come, of a machine that runs on and on: the latest ones are kept."""

from collections import deque

import numpy as np

from hvmc.kernel.responses import Responses

__all__ = ["LatestResponses"]

_KEPT = 1500


class LatestResponses(Responses):
    """The latest response times of one machine, in order of finishing.

    They take the place of `Machine.responses`, which would keep all of them for good.

    Attributes
    ----------
    latest : deque of (int, int, int)
        Time up to which it was advanced, nanoseconds; workload; response time, nanoseconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.latest: deque[tuple[int, int, int]] = deque(maxlen=_KEPT)

    def drain(self, state: np.ndarray) -> None:
        """Take over what the record's buffer holds and empty it."""
        count = int(state["buffered"][0])
        if count == 0:
            return
        now_ns = int(state["now"][0])
        loads = state["buffer_load"][0][:count].tolist()
        times_ns = state["buffer_ns"][0][:count].tolist()
        self.latest.extend((now_ns, load, ns) for load, ns in zip(loads, times_ns, strict=True))
        state["buffered"][0] = 0
