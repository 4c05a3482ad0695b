"""The value of every coalition of causes: log stretch with the coalition's mechanisms alone.

All runs of a trial have the same random inputs and measure the same requests, those of its virtual
run. The value of a coalition is the log of a guest's mean response time in the coalition's world
(`hvmc.trial.coalitions`) over that on its adequate bare machine, on which mechanisms that bare
machines have too are on or off as in the coalition. The full coalition is the trial's own run, the
empty one is native and has the value 0. A guest alone without virtual mechanisms runs as on a bare
machine, to the nanosecond, so that this is not run again. Coalitions whose worlds are equal are run
once: a player that is not there, or switched off, never changes a value.
"""

import numpy as np
from numpy.typing import NDArray

from hvmc.model.host import HyperVHost
from hvmc.model.measuring import measured_requests
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.trial.accounts import check_accounts
from hvmc.trial.coalitions import PLAYERS, alone, is_bare, with_players
from hvmc.trial.measured import GuestRun, Result, mean_ratio
from hvmc.trial.native import NativeRuns, measure

__all__ = ["coalition_log_stretches"]


def coalition_log_stretches(
    host: HyperVHost, result: Result, *, seed: int, trial: int, replication: int
) -> NDArray[np.float64]:
    """Return the log stretch of every guest in every coalition of `PLAYERS`.

    Parameters
    ----------
    host : HyperVHost
        The trial's virtual run, at its end.
    result : Result
        Its outcomes.
    seed, trial, replication : int
        Names of its random streams.

    Returns
    -------
    ndarray
        float64, shape (guests, 2**players), dimensionless; bit i of the last index says whether
        player i is in the coalition. nan where a guest measured no request, or a run did not
        finish those it should have.

    Raises
    ------
    SettingsError
        If the guests with adequate processors break a rule of `Scenario`.
    """
    worlds = _Worlds(host, result, seed, trial, replication)
    values = np.empty((len(result.guests), 1 << len(PLAYERS)))
    for number in range(values.shape[1]):
        present = frozenset(player for bit, player in enumerate(PLAYERS) if number >> bit & 1)
        values[:, number] = worlds.stretches(present)
    logs: NDArray[np.float64] = np.log(values)
    return logs


class _Worlds:
    """Runs of one trial's guests, virtual and native, each once."""

    def __init__(
        self, host: HyperVHost, result: Result, seed: int, trial: int, replication: int
    ) -> None:
        self.scenario = host.scenario
        self._names = seed, trial, replication
        self._requests = measured_requests(host.final_state, self.scenario.guests)
        self._virtual: dict[Scenario, tuple[GuestRun, ...]] = {self.scenario: result.guests}
        own = self.scenario.overheads.native()
        self._native: dict[tuple[Overheads, str], tuple[GuestRun, ...]] = {
            (own, name): result.native(name).guests for name in ("adequate", "same_size")
        }

    def stretches(self, present: frozenset[str]) -> list[float]:
        """Return each guest's stretch in a coalition, nan where it has none."""
        world = with_players(self.scenario, present)
        if "sharing" in present:
            runs = self._virtual_run(world)
        elif is_bare(world.overheads):
            runs = self._native_run(world, "same_size" if "sizing" in present else "adequate")
        else:
            runs = tuple(self._virtual_run(alone(world, guest))[0] for guest in world.guests)
        adequate = self._native_run(world, "adequate")
        return [mean_ratio(*pair) for pair in zip(runs, adequate, strict=True)]

    def _host(self, world: Scenario) -> HyperVHost:
        seed, trial, replication = self._names
        return HyperVHost(
            world, seed=seed, trial=trial, replication=replication, requests=self._requests
        )

    def _virtual_run(self, world: Scenario) -> tuple[GuestRun, ...]:
        if world not in self._virtual:
            host = self._host(world)
            host.run()
            check_accounts(host.window[-1])
            self._virtual[world] = tuple(
                measure(world, host.machine, load, guest.virtual_processors)
                for load, guest in enumerate(world.guests)
            )
        return self._virtual[world]

    def _native_run(self, world: Scenario, baseline: str) -> tuple[GuestRun, ...]:
        """Return the trial's native run with what a bare machine has of the world's overheads."""
        key = world.overheads.native(), baseline
        if key not in self._native:
            host = self._host(self.scenario.replace(overheads=world.overheads))
            runs = NativeRuns(host.scenario, host.machine, host.working_sets)
            self._native[key] = runs.baseline(baseline).guests
        return self._native[key]
