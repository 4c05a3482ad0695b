"""Figures of an experiment: the tidy outcomes frame in, matplotlib axes out.

Each figure is one function ``name(outcomes, *, ax=None, ...) -> Axes`` in a module of its own;
``write_figures`` draws all that a frame allows into a folder. Nothing heavy is imported before a
function is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvmc.plots.causes import cause_panels as cause_panels
    from hvmc.plots.deferral import deferral_delay as deferral_delay
    from hvmc.plots.distribution import stretch_distribution as stretch_distribution
    from hvmc.plots.exceedance import exceedance_curves as exceedance_curves
    from hvmc.plots.forest import paired_forest as paired_forest
    from hvmc.plots.groups import CannotDrawError as CannotDrawError
    from hvmc.plots.knee import commitment_knee as commitment_knee
    from hvmc.plots.knee import points_knee as points_knee
    from hvmc.plots.parts import parts_panels as parts_panels
    from hvmc.plots.points import points_distribution as points_distribution
    from hvmc.plots.points import points_exceedance as points_exceedance
    from hvmc.plots.quarters import quarter_map as quarter_map
    from hvmc.plots.quarters import quarter_maps as quarter_maps
    from hvmc.plots.series import series_assigned_memory as series_assigned_memory
    from hvmc.plots.series import series_lp_run_times as series_lp_run_times
    from hvmc.plots.series import series_pressure as series_pressure
    from hvmc.plots.series import series_rate as series_rate
    from hvmc.plots.series import series_wait as series_wait
    from hvmc.plots.series import write_series_figures as write_series_figures
    from hvmc.plots.split import sizing_hosting_split as sizing_hosting_split
    from hvmc.plots.split import split_panels as split_panels
    from hvmc.plots.suffering import suffering_map as suffering_map
    from hvmc.plots.sweep import sweep_percentiles as sweep_percentiles
    from hvmc.plots.sweepmap import sweep_map as sweep_map
    from hvmc.plots.write import write_figures as write_figures

_HOMES = {
    "CannotDrawError": "groups",
    "cause_panels": "causes",
    "commitment_knee": "knee",
    "deferral_delay": "deferral",
    "exceedance_curves": "exceedance",
    "paired_forest": "forest",
    "parts_panels": "parts",
    "points_distribution": "points",
    "points_exceedance": "points",
    "points_knee": "knee",
    "quarter_map": "quarters",
    "quarter_maps": "quarters",
    "sizing_hosting_split": "split",
    "split_panels": "split",
    "stretch_distribution": "distribution",
    "suffering_map": "suffering",
    "sweep_map": "sweepmap",
    "sweep_percentiles": "sweep",
    "series_assigned_memory": "series",
    "series_lp_run_times": "series",
    "series_pressure": "series",
    "series_rate": "series",
    "series_wait": "series",
    "write_figures": "write",
    "write_series_figures": "series",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Import the module of a figure when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {__all__}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
