"""How every figure looks: colours, line styles, fonts for print, names and units.

Colours are those of Okabe and Ito [1]_, one per regime, chosen to stay apart for colour-blind
readers. Each also has its own line style and marker, so that a grey-scale print can be read.

References
----------
.. [1] M. Okabe, K. Ito, Color Universal Design, 2002, figure 16.
"""

from __future__ import annotations

import math
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hvmc.analysis.words import regime_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.path import Path

type LineStyle = str | tuple[int, tuple[float, ...]]

INK = "#222222"
QUIET = "#8a8a8a"
FAINT = "#d9d9d9"

STRETCH = "stretch (virtual / adequate response time, dimensionless)"
LP_COMMITMENT = "LP commitment (LP demand / LP capacity, dimensionless)"
OWN_COMMITMENT = "own commitment (guest's LP demand / its VPs, dimensionless)"

DPI = 200
_LEGEND_DROP_IN = 0.42
_NARROWEST_IN = 4.2
_JOURNAL: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7.5,
    "legend.title_fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.0,
    "savefig.dpi": DPI,
    "svg.hashsalt": "hvmc",
    "svg.fonttype": "none",  # text stays text: to be searched, read aloud, edited
}


@dataclass(frozen=True, slots=True)
class Look:
    """Name and appearance of one curve, box or cloud."""

    label: str
    colour: str
    line: LineStyle
    marker: str


_DASHED: LineStyle = (0, (5, 1.6))
_DASH_DOT: LineStyle = (0, (6, 1.6, 1.2, 1.6))
_DOTTED: LineStyle = (0, (1.2, 1.4))
_LONG_SHORT: LineStyle = (0, (8, 1.6, 3, 1.6))

_REGIMES: dict[str, tuple[str, LineStyle, str]] = {
    "over_committed": ("#D55E00", "solid", "o"),
    "efficiently_provisioned": ("#0072B2", _DASHED, "s"),
    "over_provisioned": ("#009E73", _DASH_DOT, "^"),
    "under_provisioned_guest": ("#CC79A7", "solid", "D"),
}
REGIMES = {name: Look(regime_title(name), *look) for name, look in _REGIMES.items()}
_ROLE_LINES: dict[str, tuple[LineStyle, str]] = {
    "victim": (_LONG_SHORT, "D"),
    "neighbour": (_DOTTED, "v"),
}
_ROLE_COLOURS = {"neighbour": "#56B4E9"}
ROLES = ("guest", *_ROLE_LINES)
"""Roles that are built in."""

# those that are no regime's first
_OTHER_COLOURS = ("#E69F00", "#56B4E9", "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#000000")
_OTHER_LINES: tuple[LineStyle, ...] = ("solid", _DASHED, _DASH_DOT, _DOTTED, _LONG_SHORT)
_OTHER_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")


def regime_look(regime: str, rank: int = 0) -> Look:
    """Appearance of a regime; one that is not built in takes the colour number `rank`.

    Examples
    --------
    >>> regime_look("over_committed").label
    'over-committed host'
    >>> regime_look("my_own_mix").label
    'my own mix'
    """
    return REGIMES.get(regime) or own_look(regime_title(regime), rank)


def role_look(look: Look, role: str, rank: int = 0, turn: int = 0) -> Look:
    """Appearance of one role inside a regime.

    The role `guest` keeps the regime's; one that is not built in takes the colour number `rank`,
    and line and marker `turn` places further, by which regimes differ.

    Examples
    --------
    >>> role_look(REGIMES["under_provisioned_guest"], "victim").label
    'under-provisioned guest: victim'
    """
    label = f"{look.label}: {role.replace('_', ' ')}"
    if role in _ROLE_LINES:
        line, marker = _ROLE_LINES[role]
        return Look(label, _ROLE_COLOURS.get(role, look.colour), line, marker)
    return replace(look, label=label) if role == "guest" else own_look(label, rank, turn)


def own_look(label: str, rank: int, turn: int = 0) -> Look:
    """Appearance of a user's own regime or role number `rank`: a colour that tells it apart."""
    return numbered_look(label, _OTHER_COLOURS[rank % len(_OTHER_COLOURS)], rank + turn)


def numbered_look(label: str, colour: str, rank: int) -> Look:
    """Appearance of entry `rank` of a list: line styles and markers take turns."""
    return Look(label, colour, _OTHER_LINES[rank % 5], _OTHER_MARKERS[rank % 8])


def ladder(steps: int) -> list[str]:
    """Return `steps` colours of viridis from dark to light, which keeps their order in grey."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    shades = mpl.colormaps["viridis"]
    return [to_hex(shades(0.85 * k / max(steps - 1, 1))) for k in range(steps)]


@contextmanager
def journal() -> Iterator[None]:
    """Draw for print whatever the user's own settings are, and leave those as they were."""
    import matplotlib as mpl
    import matplotlib.style

    with mpl.rc_context():
        matplotlib.style.use(["default", _JOURNAL])
        yield


def arrow() -> Path:
    """Return the marker of what is at least as high: an arrow that points up."""
    from matplotlib.path import Path

    codes = [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO]
    points = [(0.0, -1.0), (0.0, 1.0), (-0.4, 0.35), (0.0, 1.0), (0.4, 0.35)]
    return Path(points, codes)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Make an empty figure that pyplot does not know, drawn by Agg."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained", dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


@journal()
def arrange(figure: Figure) -> None:
    """Arrange a figure once and for all, so that no later drawing in any format moves a thing."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def panels(
    count: int, most: int, cell_in: tuple[float, float], around_in: tuple[float, float]
) -> tuple[Figure, list[Axes], int]:
    """Make a figure of panels, `most` beside each other.

    Parameters
    ----------
    count : int
        How many panels.
    most : int
        Panels in a line at the most.
    cell_in, around_in : tuple of float
        Width and height of a panel, and of what surrounds all of them, inches.

    Returns
    -------
    figure : Figure
    panels : list of Axes
    columns : int
        Panels in a line.
    """
    columns = min(most, count)
    lines = -(-count // columns)
    width, height = (around_in[0] + cell_in[0] * columns, around_in[1] + cell_in[1] * lines)
    figure = new_figure(max(width, _NARROWEST_IN), height)
    found = list(figure.subplots(lines, columns, squeeze=False).ravel())
    for spare in found[count:]:
        spare.set_visible(False)
    return figure, found[:count], columns


def log_limits(values: Iterable[float], margin: float = 0.04) -> tuple[float, float]:
    """Range of positive values, wider by a share of its logarithm; a single value gets 10 %.

    Examples
    --------
    >>> log_limits([1.0, 100.0], margin=0.5)
    (0.1, 1000.0)
    """
    every = [float(value) for value in values]
    low, high = min(every), max(every)
    widen = max((high / low) ** margin, 1.001) if high > low else 1.1
    return low / widen, high * widen


def log_axis(
    ax: Axes, which: Literal["x", "y"], low: float, high: float, *, narrow: bool = False
) -> None:
    """Make an axis logarithmic, with plain numbers at its ticks; few of them if it is narrow."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    axis = ax.xaxis if which == "x" else ax.yaxis
    ax.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    decades = math.log10(high / low)
    subs = (1.0,) if decades > (1.5 if narrow else 3.2) else (1.0, 2.0, 5.0)
    linear = MaxNLocator(4 if narrow else 7, steps=[1, 2, 5, 10])
    axis.set_major_locator(linear if decades < 0.8 else LogLocator(subs=subs, numticks=9))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def legend_below(ax: Axes, title: str = "", columns: int = 2) -> None:
    """Put the legend under the x label, where no curve can run into it."""
    from matplotlib.transforms import ScaledTranslation

    below = ScaledTranslation(0.0, -_LEGEND_DROP_IN, ax.figure.dpi_scale_trans)
    ax.legend(
        title=title,
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes + below,
        ncols=columns,
        handlelength=3.4,
        borderaxespad=0.0,
    )


def mark_stretch(ax: Axes, which: Literal["x", "y"], values: Sequence[float]) -> None:
    """Draw thin lines at stretch thresholds, their value written at the far end of each."""
    across = which == "x"
    low, high = ax.get_xlim() if across else ax.get_ylim()
    for value in values:
        if low < value < high:
            (ax.axvline if across else ax.axhline)(value, color=QUIET, linewidth=0.8, zorder=0.9)
            ax.annotate(
                f"{value:g}",
                (value, 1.0) if across else (1.0, value),
                (0, 2) if across else (3, 0),
                xycoords=ax.get_xaxis_transform() if across else ax.get_yaxis_transform(),
                textcoords="offset points",
                ha="center" if across else "left",
                va="bottom" if across else "center",
                color=INK,
                fontsize="small",
                annotation_clip=False,
            )


def headline(figure: Figure | SubFigure, text: str) -> None:
    """Print the title of a figure of several panels at its upper left."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=9, fontweight="bold")


def footnote(figure: Figure, text: str) -> None:
    """Print a note in small letters below a figure, wrapped to its width."""
    if text:
        characters = int(figure.get_figwidth() * 19)
        lines = [piece for line in text.splitlines() for piece in textwrap.wrap(line, characters)]
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=6.5, color="#555555")
