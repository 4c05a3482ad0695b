"""The outcomes cut into what a figure tells apart: regimes and roles, or design points.

Guests without a stretch (no request measured) are inactive: they are left out here and counted in
`remarks`, which every written figure prints below itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.analysis.clusters import Clusters, where
from hvmc.plots import style
from hvmc.plots.style import REGIMES, ROLES, Look, regime_look, role_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


class CannotDrawError(ValueError):
    """The outcomes have too little, or too much, for a figure; the others can still be drawn."""


@dataclass(frozen=True, slots=True)
class Group:
    """The active guests of one regime and role, or of one design point of it.

    Attributes
    ----------
    look : Look
        Name and appearance.
    rows : DataFrame
        The guests.
    key : dict
        What tells the group apart: column to value.
    """

    look: Look
    rows: pd.DataFrame
    key: dict[str, str | int]

    @property
    def size(self) -> str:
        """Guests and hosts behind the group, for a label."""
        return size_text(self.rows)

    def of(self, found: pd.DataFrame) -> pd.DataFrame:
        """Rows of a frame of estimates that are this group's."""
        for column, value in self.key.items():
            if column in found.columns:
                found = found[found[column] == value]
        return found


def active(outcomes: pd.DataFrame, needs: Sequence[str] = (), least: int = 2) -> pd.DataFrame:
    """Rows whose stretch is finite and above zero.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    needs : sequence of str
        Further columns the figure reads; where they are nan the row is left out.
    least : int
        Rows that must remain.

    Raises
    ------
    CannotDrawError
        If fewer than `least` rows remain.
    """
    check_active(outcomes, needs, least)
    return where(outcomes, _are_active(outcomes, needs))


def check_active(outcomes: pd.DataFrame, needs: Sequence[str] = (), least: int = 2) -> None:
    """Refuse outcomes of which `active` would leave too few rows, without making a copy of them.

    Raises
    ------
    CannotDrawError
        If fewer than `least` rows would remain.
    """
    count = int(_are_active(outcomes, needs).sum())
    if count < least:
        raise CannotDrawError(
            f"{count} of {len(outcomes)} rows have finite {', '.join(['stretch', *needs])}; "
            f"the figure needs at least {least}: run more trials or a longer window"
        )


def _are_active(outcomes: pd.DataFrame, needs: Sequence[str] = ()) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = outcomes["stretch"].to_numpy(np.float64) > 0
    for name in ("stretch", *needs):
        found &= np.isfinite(outcomes[name].to_numpy(np.float64))
    return found


def split_groups(rows: pd.DataFrame, roles: Sequence[str] = ()) -> list[Group]:
    """Cut active rows by regime and role, each with its appearance.

    Parameters
    ----------
    rows : DataFrame
        Active rows of an outcomes frame.
    roles : sequence of str
        Order of the roles; others follow in that of their first appearance, as regimes do. A
        role's number there is that of its colour, in all regimes.
    """
    ordered = _distinct([*roles, *rows["role"].unique()])
    regimes = _distinct(rows["regime"].unique())
    own = [name for name in [*regimes, *ordered] if name not in (*REGIMES, *ROLES)]
    groups: list[Group] = []
    for turn, regime in enumerate(regimes):
        of_regime = where(rows, rows["regime"] == regime)
        of_role = {role: (of_regime["role"] == role).to_numpy(bool) for role in ordered}
        present = [role for role in ordered if of_role[role].any()]
        look = regime_look(regime, own.index(regime) if regime in own else 0)
        for role in present:
            rank = own.index(role) if role in own else 0
            shown = look if present == ["guest"] else role_look(look, role, rank, turn)
            key: dict[str, str | int] = {"regime": regime, "role": role}
            groups.append(Group(shown, where(of_regime, of_role[role]), key))
    return groups


def split_points(group: Group, names: Mapping[int, str]) -> list[Group]:
    """Cut a group by design point; colours go from dark to light in the order of points."""
    frames = dict(list(group.rows.groupby("point", sort=True)))
    shades = style.ladder(len(frames))
    looks = [style.numbered_look(names[p], shades[k], k) for k, p in enumerate(frames)]
    return [
        Group(look, rows, {"point": int(point)})
        for look, (point, rows) in zip(looks, frames.items(), strict=True)
    ]


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(map(str, names)))


def size_text(rows: pd.DataFrame) -> str:
    """Say how many guests and hosts there are, e.g. '12000 guests, 1000 hosts'."""
    guests = len(rows)
    hosts = sum(
        Clusters.of(own.to_numpy()).count
        for _, own in rows.groupby(["regime", "point"], sort=False, observed=True)["trial"]
    )
    return f"{guests} guest{'s' * (guests != 1)}, {hosts} host{'s' * (hosts != 1)}"


def remarks(outcomes: pd.DataFrame, *, pooled: bool = True) -> str:
    """Say what a reader of any figure must know: size, guests left out, censored stretches.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, inactive guests included.
    pooled : bool
        Whether the figure throws the design points of a regime together.
    """
    kept = _are_active(outcomes)
    parts = [size_text(outcomes)]
    points = outcomes.groupby("regime", observed=True)["point"].nunique().max()
    if points > 1:
        parts.append(f"{points} design points{' pooled' * pooled}")
    if not kept.all():
        parts.append(f"{int((~kept).sum())} guests without a finite stretch are left out")
    censored = int((kept & (outcomes["censored"].to_numpy() > 0)).sum())
    if censored:
        parts.append(f"requests of {censored} guests were cut off: their stretch is a lower bound")
    return "; ".join(parts) + "."
