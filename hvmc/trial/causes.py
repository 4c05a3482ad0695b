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

from hvmc.kernel.load import load_scenario
from hvmc.model.host import HyperVHost
from hvmc.model.measuring import measure_requests, measured_requests
from hvmc.scenario.guest import Guest
from hvmc.scenario.keys import trial_key
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.scenario import Scenario
from hvmc.trial.accounts import check_accounts
from hvmc.trial.coalitions import PLAYERS, alone, is_bare, with_players
from hvmc.trial.measured import Measured, Result, mean_ratio
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
        self._virtual: dict[Scenario, tuple[Measured, ...]] = {self.scenario: result.guests}
        own = {name: result.native(name).guests for name in ("adequate", "same_size")}
        self._native: dict[Overheads, dict[str, tuple[Measured, ...]]] = {
            self.scenario.overheads.native(): own
        }

    def stretches(self, present: frozenset[str]) -> list[float]:
        """Return each guest's stretch in a coalition, nan where it has none."""
        world = with_players(self.scenario, present)
        native = self._native_runs(world.overheads)
        if "sharing" in present:
            runs = self._virtual_run(world)
        elif is_bare(world.overheads):
            runs = native["same_size" if "sizing" in present else "adequate"]
        else:
            runs = tuple(self._run_alone(world, guest) for guest in world.guests)
        return [mean_ratio(*pair) for pair in zip(runs, native["adequate"], strict=True)]

    def _run_alone(self, world: Scenario, guest: Guest) -> Measured:
        return self._virtual_run(alone(world, guest))[0]

    def _virtual_run(self, world: Scenario) -> tuple[Measured, ...]:
        if world not in self._virtual:
            seed, trial, replication = self._names
            host = HyperVHost(
                world, seed=seed, trial=trial, replication=replication, requests=self._requests
            )
            host.run()
            check_accounts(host.window[-1])
            self._virtual[world] = tuple(
                measure(world, host.final_state, host.responses, load, guest.virtual_processors)
                for load, guest in enumerate(world.guests)
            )
        return self._virtual[world]

    def _native_runs(self, overheads: Overheads) -> dict[str, tuple[Measured, ...]]:
        """Return the trial's native runs with what a bare machine has of the overheads."""
        key = overheads.native()
        if key not in self._native:
            scenario = self.scenario.replace(overheads=overheads)
            state = load_scenario(scenario, trial_key(*self._names))
            measure_requests(state, scenario.guests, self._requests)
            runs = NativeRuns(scenario, state)
            self._native[key] = {
                name: runs.baseline(name).guests for name in ("adequate", "same_size")
            }
        return self._native[key]
