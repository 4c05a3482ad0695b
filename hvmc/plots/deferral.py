"""How long deferred interrupts wait, against how much of the host is left.

An interrupt is deferred when no virtual processor of its guest runs. On a host with an idle logical
processor the guest is dispatched at once and the delay is nothing; the scale is therefore linear
below a microsecond and logarithmic above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvmc.analysis.bins import LEAST_TRIALS
from hvmc.plots import style
from hvmc.plots.groups import CannotDrawError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_HEADROOM = "LP headroom (1 - LP commitment, dimensionless)"
_DELAY = "mean delay of a deferred interrupt (\N{MICRO SIGN}s)"


@style.journal()
def deferral_delay(ax: Axes, hosts: pd.DataFrame, found: pd.DataFrame, title: str) -> Axes:
    """Draw the mean delay of each host's deferred interrupts against its LP headroom, by regime.

    Parameters
    ----------
    ax, title
        See `hvmc.plots`.
    hosts : DataFrame
        As of `hvmc.analysis.deferrals.delays_of_hosts`.
    found : DataFrame
        As of `hvmc.analysis.deferrals.delays_by_headroom`.

    Raises
    ------
    CannotDrawError
        If all hosts have the same commitment.
    """
    low = hosts["headroom"].min()
    if low == hosts["headroom"].max():
        raise CannotDrawError(
            f"the LP headroom is {low:g} on all hosts; delays against it need a range of it"
        )
    for rank, (regime, own) in enumerate(hosts.groupby("regime", sort=False)):
        look = style.regime_look(str(regime), rank)
        paint: dict[str, Any] = {"color": look.colour, "marker": look.marker}
        dots = {"linestyle": "none", "markersize": 2.8, "markeredgewidth": 0, "alpha": 0.45}
        ax.plot(own["headroom"], own["delay_us"], zorder=2, **(paint | dots))
        bins = found[found["regime"] == regime]
        ax.errorbar(
            bins["x"],
            bins["estimate"],
            yerr=[bins["estimate"] - bins["low"], bins["high"] - bins["estimate"]],
            linestyle=look.line,
            markeredgecolor=style.INK,
            markeredgewidth=0.5,
            elinewidth=0.9,
            capsize=2.0,
            label=look.label,
            zorder=3,
            **paint,
        )
    ax.axvline(0.0, color=style.INK, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    ax.set_yscale("symlog", linthresh=1.0, linscale=0.6)
    ax.set_ylim(bottom=-0.1)
    ax.set(xlabel=_HEADROOM, ylabel=_DELAY)
    ax.set_title(title)
    bars = f"small: a host; large: mean in a bin of {LEAST_TRIALS} hosts or more,"
    style.legend_below(ax, f"{bars} 95 % interval between trials")
    return ax
