"""Starting points that are drawn from a regime, as `hvmc run` draws its trials."""

from collections.abc import Sequence

from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir
from hvmc.experiment.settings import Point
from hvmc.live.starts import Start
from hvmc.scenario.scenario import Scenario

__all__ = ["REGIMES", "drawn_start", "regime_starts"]

REGIMES = {
    "over_committed": "Over-committed host",
    "efficiently_provisioned": "Efficiently provisioned host",
    "over_provisioned": "Over-provisioned host",
    "under_provisioned_guest": "Under-provisioned guest",
}
_STEP_S = 3e-3


def drawn_start(title: str, point: Point, *, seed: int, trial: int) -> Start:
    """Return a starting point that is one host of a design point.

    Parameters
    ----------
    title : str
        What it is called.
    point : Point
        Of an experiment.
    seed, trial : int
        Which host.
    """
    scenario = point.design.draw(seed=seed, trial=trial)
    return Start(title, _look(scenario), lambda: scenario, _STEP_S, seed=seed, trial=trial)


def regime_starts(seed: int) -> dict[str, Start]:
    """Return a starting point for each of the four regimes, trial 0, drawn when it is chosen."""
    return {name: _of_regime(name, title, seed) for name, title in REGIMES.items()}


def _of_regime(name: str, title: str, seed: int) -> Start:
    def scenario() -> Scenario:
        points: Sequence[Point] = assemble([f"regime={name}"], Source(conf_dir())).experiment.points
        return points[0].design.draw(seed=seed, trial=0)

    look = f"The first host that hvmc run draws for regime={name}, with seed {seed}."
    return Start(f"Regime: {title}", look, scenario, _STEP_S, seed=seed)


def _look(scenario: Scenario) -> str:
    return (
        f"{len(scenario.guests)} guests on {scenario.host.logical_processors} LPs, commitment "
        f"{scenario.lp_commitment:.3g} of the LPs, {scenario.memory_commitment:.3g} of the memory."
    )
