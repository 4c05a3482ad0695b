"""The outcomes frame cut into what a figure tells apart: regimes, and the roles inside one.

A host regime has one role and is one group; the regime of the under-provisioned guest has two,
its victim and the neighbours. Guests without a stretch (no request measured) are inactive: they
are left out here and counted in `remarks`, which every written figure prints below itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hvmc.plots.style import REGIMES, Look, regime_look, role_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_ROLE_ORDER = ("guest", "victim", "neighbour")


class CannotDrawError(ValueError):
    """The outcomes have too little, or too much, for a figure; the others can still be drawn."""


@dataclass(frozen=True, slots=True)
class Group:
    """The active guests of one regime and role, with their appearance."""

    regime: str
    role: str
    look: Look
    rows: pd.DataFrame

    @property
    def hosts(self) -> int:
        """Simulated hosts (clusters) the guests come from."""
        return count_hosts(self.rows)

    @property
    def size(self) -> str:
        """Guests and hosts behind the group, for a label."""
        return size_text(self.rows)


def active(outcomes: pd.DataFrame, needs: Sequence[str] = (), least: int = 2) -> pd.DataFrame:
    """Rows whose stretch is finite and above zero.

    Parameters
    ----------
    outcomes : DataFrame
        Outcomes frame, one row per (point, trial, replication, guest).
    needs : sequence of str
        Further columns the figure reads, checked to exist; where they are nan the row is left out.
    least : int
        Rows that must remain.

    Raises
    ------
    ValueError
        If a column that every figure reads is missing.
    CannotDrawError
        If one of `needs` is missing, or fewer than `least` rows remain.
    """
    _require(outcomes, ("regime", "role", "point", "trial", "stretch"), ValueError)
    _require(outcomes, needs, CannotDrawError)
    keep = outcomes["stretch"].to_numpy(dtype=float) > 0
    for name in ("stretch", *needs):
        keep &= np.isfinite(outcomes[name].to_numpy(dtype=float))
    if keep.sum() < least:
        raise CannotDrawError(
            f"{keep.sum()} of {len(outcomes)} rows have finite {', '.join(['stretch', *needs])}; "
            f"the figure needs at least {least}: run more trials or a longer window"
        )
    return outcomes[keep]


def _require(outcomes: pd.DataFrame, columns: Sequence[str], error: type[ValueError]) -> None:
    missing = [name for name in columns if name not in outcomes.columns]
    if missing:
        raise error(
            f"outcomes must have the column(s) {', '.join(missing)}, got "
            f"{', '.join(map(str, outcomes.columns))}; pass the outcomes table of an experiment"
        )


def split_groups(rows: pd.DataFrame, roles: Sequence[str] = ()) -> list[Group]:
    """Cut active rows by regime and role, each with its appearance.

    Parameters
    ----------
    rows : DataFrame
        Active rows of an outcomes frame.
    roles : sequence of str
        Order of the roles. What is not listed comes after, and regimes in the order of
        `style.REGIMES`; a user's own regimes and roles in that of their first appearance, which is
        that of the configuration. A role's number there is that of its colour, in all regimes.
    """
    ordered = _in_order(
        rows["role"], [*roles, *(role for role in _ROLE_ORDER if role not in roles)]
    )
    regimes = in_order_of_regimes(rows)
    own = [name for name in [*regimes, *ordered] if name not in (*REGIMES, *_ROLE_ORDER)]
    groups: list[Group] = []
    for turn, regime in enumerate(regimes):
        of_regime = rows[rows["regime"] == regime]
        present = [role for role in ordered if (of_regime["role"] == role).any()]
        look = regime_look(regime, own.index(regime) if regime in own else 0)
        for role in present:
            rank = own.index(role) if role in own else 0
            own_look = look if present == ["guest"] else role_look(look, role, rank, turn)
            groups.append(Group(regime, role, own_look, of_regime[of_regime["role"] == role]))
    return groups


def in_order_of_regimes(rows: pd.DataFrame) -> list[str]:
    """Regimes of a frame: the built-in ones as in `style.REGIMES`, then others as they appear."""
    return _in_order(rows["regime"], tuple(REGIMES))


def _in_order(names: pd.Series, first: Sequence[str]) -> list[str]:
    """Names that occur: those listed `first`, then the others as they appear."""
    seen = [str(name) for name in names.unique()]
    return [*(name for name in first if name in seen), *(n for n in seen if n not in first)]


def is_censored(rows: pd.DataFrame) -> np.ndarray:
    """Tell whose stretch is only a lower bound: bool, shape (rows,); all False if not recorded."""
    if "censored" not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    censored: np.ndarray = rows["censored"].to_numpy() > 0
    return censored


def count_hosts(rows: pd.DataFrame) -> int:
    """Count the simulated hosts: distinct (regime, point, trial)."""
    return len(rows[["regime", "point", "trial"]].drop_duplicates())


def size_text(rows: pd.DataFrame) -> str:
    """Say how many guests and hosts there are, e.g. '12000 guests, 1000 hosts'."""
    guests, hosts = len(rows), count_hosts(rows)
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
    stretch = outcomes["stretch"].to_numpy(dtype=float)
    usable = np.isfinite(stretch) & (stretch > 0)
    parts = [size_text(outcomes)]
    points = (
        outcomes.groupby("regime", observed=True)["point"].nunique().max() if len(outcomes) else 0
    )
    if points > 1:
        parts.append(f"{points} design points{' pooled' * pooled}")
    if not usable.all():
        parts.append(f"{int((~usable).sum())} guests without a finite stretch are left out")
    censored = int(is_censored(outcomes)[usable].sum())
    if censored:
        parts.append(f"requests of {censored} guests were cut off: their stretch is a lower bound")
    return "; ".join(parts) + "."
