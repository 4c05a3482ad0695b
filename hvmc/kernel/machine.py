"""One machine on the fine clock: its record, the response times drained from it, what drives it."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from hvmc.kernel.load import load_scenario
from hvmc.kernel.observe import copy_used, observe
from hvmc.kernel.responses import Responses, advance_to
from hvmc.kernel.start import apply_settings, make_native, start
from hvmc.scenario.scenario import Scenario

__all__ = ["Machine"]


class Machine:
    """A modelled host, or a bare machine in its place.

    Parameters
    ----------
    state : ndarray, shape (1,)
        The record, as `hvmc.kernel.load.load_scenario` fills it; the machine's own from now on.

    Attributes
    ----------
    state : ndarray, shape (1,)
        The record as it stands.
    responses : Responses
        Response times of measured requests.
    """

    def __init__(self, state: np.ndarray) -> None:
        self.state = state
        self.responses = Responses()
        self._observed: np.ndarray | None = None

    @classmethod
    def of(
        cls, scenario: Scenario, key: tuple[int, int], started: Sequence[bool] | None = None
    ) -> Self:
        """Return the scenario's host, loaded and not yet started (`load_scenario`)."""
        return cls(load_scenario(scenario, key, started))

    def copy(self) -> Self:
        """Return a machine with a copy of the record's settings, to be started anew."""
        return type(self)(copy_used(self.state, "law", "pool"))

    def start(self) -> None:
        """Set the machine to time zero and start its workloads."""
        self._begin()
        start(self.state)

    def start_bare(
        self, first_load: int, last_load: int, processors: int, as_host: bool = False
    ) -> None:
        """Become a bare machine for some of the workloads (`make_native`) and start."""
        self._begin()
        make_native(self.state, first_load, last_load, processors, as_host)

    def _begin(self) -> None:
        self.responses = Responses()
        self._observed = None

    @property
    def now_ns(self) -> int:
        """The fine clock's time."""
        return int(self.state["now"][0])

    def advance(self, until_ns: int, stop_when_measured: bool = False) -> None:
        """Run the events before a time; a time that is past changes nothing."""
        if until_ns > self.state["now"][0]:
            advance_to(self.state, until_ns, self.responses, stop_when_measured)

    def at(self, time_ns: int) -> np.ndarray:
        """Return the record, advanced to a time."""
        self.advance(time_ns)
        return self.state

    def observe(self, time_ns: int | None = None) -> np.ndarray:
        """Return a snapshot of the record, as it stands or at a time, with all accounts closed."""
        if time_ns is not None:
            self.advance(time_ns)
        if self._observed is None or self._observed["now"][0] != self.state["now"][0]:
            self._observed = observe(self.state)
        return self._observed

    def apply(self) -> None:
        """Take up changed weights, reserves and limits."""
        apply_settings(self.state)
        self._observed = None

    def set_fault_rates(self, per_cpu_s: ArrayLike, first_load: int = 0) -> None:
        """Set the hard faults per CPU second of the workloads from the first on."""
        rates = np.asarray(per_cpu_s)
        self.state["load"]["fault_rate"][0][first_load : first_load + len(rates)] = rates

    def set_root_fault_rate(self, per_cpu_s: float) -> None:
        """Set the hard faults per CPU second of the root's work for guests."""
        self.state["root_fault_rate"][0] = per_cpu_s * 1e-9

    @property
    def unfinished(self) -> bool:
        """Whether a measured request or a batch is under way."""
        return bool(self.state["measure_pending"][0] > 0 or self.state["batches_open"][0] > 0)
