"""Regimes: distributions over scenarios, by the commitment of the host's LPs and memory.

A target commitment is drawn; guests join in a fixed order until their VPs can carry it at the
drawn mean level; their demands, proportional to their drawn intensities, are then scaled so that
the host's commitment is met exactly, none above the largest own commitment. Nothing is rejected.
How much memory the host has follows in the same way: `hvmc.regimes.memory`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hvmc.regimes.clones import split_guest
from hvmc.regimes.luck import Luck
from hvmc.regimes.memory import Either
from hvmc.regimes.population import GuestDraw, Role, build_guest, draw_guest
from hvmc.scenario.evidence import Assumed, Measured
from hvmc.scenario.guest import Guest
from hvmc.scenario.host import Host
from hvmc.scenario.settings import Settings, commitment, nested, number, text

__all__ = ["Regime", "draw_population"]

_MOST_GUESTS = 2000
# where guests of fixed demand leave less than this part of the target, neighbours still get it
_LEAST_NEIGHBOURS = 0.05


@dataclass(frozen=True)
class Regime(Settings):
    """A provisioning regime; by default the efficiently provisioned host.

    Parameters
    ----------
    name : str
        over_committed, efficiently_provisioned, over_provisioned, under_provisioned_guest, or a
        user's own.
    title : str
        As printed.
    lp_commitment_low, lp_commitment_high : float
        Range of the host's LP commitment (uniform): from where "over-provisioned" ends (row G01)
        to the first warning threshold of tuning guides (row S24).
    mean_own_commitment_low, mean_own_commitment_high : float
        Range of the guests' mean demand over their own VPs (uniform), which decides how many
        guests it takes. Row E09, a 99th percentile in time, taken as limits of a mean: the median
        of hosts of 5 VMs, and the 90th percentile of hosts of 10.
    own_commitment_max : float
        Largest demand of a guest over its own VPs, roles with a range of their own excepted.
        Assumption: none is under-provisioned itself.
    memory_commitment_low, memory_commitment_high : float, optional
        Range of working sets over the memory guests can have (uniform), met by scaling the
        host's memory; without it the host has the memory it is given. Assumption: all working
        sets fit, buffers need not.
    either : Either, optional
        For hosts that are over-committed in LPs, memory or both: the ranges above are those of
        what is over-committed.
    """

    name: str = text("efficiently_provisioned")
    title: str = text("efficiently provisioned host", rule="a title")
    lp_commitment_low: float = commitment(0.40, above=True)
    lp_commitment_high: float = commitment(0.75, above=True)
    mean_own_commitment_low: float = number(
        0.26,
        low=0.001,
        high=1.0,
        known=Measured(
            "E09, medians over hosts of 5 (the value) to 100 VMs of the p99 in time, taken as the "
            "lower limit of a mean, which is less than a p99",
            0.258,
            0.309,
        ),
    )
    mean_own_commitment_high: float = number(
        0.55,
        low=0.001,
        high=1.0,
        known=Measured(
            "E09, 90th percentiles over hosts of 10 (the value), 100 and 5 VMs of the p99 in time, "
            "taken as the upper limit of a mean, which is less than a p99",
            0.349,
            0.676,
        ),
    )
    own_commitment_max: float = number(
        0.7,
        low=0.001,
        high=1.0,
        known=Assumed(
            "none is under-provisioned itself: an adequate bare machine is 70 % busy; no source, "
            "from the highest mean (mean_own_commitment_high) to 0.9",
            0.55,
            0.9,
        ),
    )
    memory_commitment_low: float | None = commitment(0.60, above=True, optional=True)
    memory_commitment_high: float | None = commitment(0.95, above=True, optional=True)
    either: Either | None = nested(Either, None, optional=True)

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules."""
        for name in ("lp_commitment", "mean_own_commitment", "memory_commitment"):
            low, high = getattr(self, f"{name}_low"), getattr(self, f"{name}_high")
            if (low is None) != (high is None):
                yield f"{name}_low", f"must be given together with {name}_high"
            elif low is not None and low > high:
                yield f"{name}_low", f"must be <= {name}_high ({high:g}), got {low:g}"
        if self.mean_own_commitment_high > self.own_commitment_max:
            yield (
                "mean_own_commitment_high",
                f"must be <= own_commitment_max ({self.own_commitment_max:g}), "
                f"got {self.mean_own_commitment_high:g}",
            )
        if self.either is not None and self.memory_commitment_low is None:
            yield "memory_commitment_low", "must be given where either is: it says which is scarce"

    def commitments(self, luck: Mapping[str, float]) -> tuple[float, float | None]:
        """Return target commitments of LPs and of memory at a host's luck; None: memory as is."""
        scarce = (True, True) if self.either is None else self.either.scarce(luck["scarce"])
        of = [self if own or self.either is None else self.either for own in scarce]
        lp = _between(luck["lp_commitment"], of[0].lp_commitment_low, of[0].lp_commitment_high)
        low, high = of[1].memory_commitment_low, of[1].memory_commitment_high
        if low is None or high is None:
            return lp, None
        return lp, _between(luck["memory_commitment"], low, high)


def _between(u: float, low: float, high: float) -> float:
    return low + u * (high - low)


def _spread(draws: Sequence[GuestDraw], demand: float, most: float) -> list[float]:
    """Return own commitments proportional to intensity, at most ``most``, summing to demand."""
    vps = np.array([draw.virtual_processors for draw in draws], float)
    wish = np.array([draw.intensity for draw in draws])
    level = np.zeros(len(draws))
    open_ = np.ones(len(draws), bool)
    left = demand
    while open_.any():
        scale = left / float((vps * wish)[open_].sum())
        over = open_ & (scale * wish >= most)
        if not over.any():
            level[open_] = scale * wish[open_]
            break
        level[over] = most
        left = demand - float((vps * level)[~open_ | over].sum())
        open_ &= ~over
    return level.tolist()


def _fixed_guests(
    regime: Regime, roles: Sequence[Role], luck: Luck, host: Host
) -> list[tuple[GuestDraw, float]]:
    """Draw the guests of roles with a count; their own commitment is their own or 0 (scaled).

    A guest with demand of its own gets no more VPs than the host's largest commitment leaves
    room for: else a single victim would turn a small host into an over-committed one.
    """
    room = max(1, int(regime.lp_commitment_high * host.lp_capacity))
    found: list[tuple[GuestDraw, float]] = []
    for role in roles:
        for _ in range(role.count):
            sized = role.own_commitment_low is not None
            most = min(room, host.logical_processors) if sized else host.logical_processors
            draw = draw_guest(luck, len(found), [role], most)
            own = 0.0
            if (
                role.own_commitment_low is not None
                and role.own_commitment_high is not None
                and not draw.short_of_memory
            ):
                low, high = role.own_commitment_low, role.own_commitment_high
                own = _between(draw.luck["own_commitment"], low, high)
            found.append((draw, own))
    return found


def draw_population(
    regime: Regime, roles: Sequence[Role], host: Host, luck: Luck
) -> tuple[Guest, ...]:
    """Draw the guests of a trial.

    Parameters
    ----------
    regime : Regime
        The regime.
    roles : sequence of Role
        The population; roles of count 0 fill the host up to the commitment.
    host : Host
        The host.
    luck : Luck
        The trial's.

    Returns
    -------
    tuple of Guest
        Named ``<role><number>``, or by the role alone where its count is 1.
    """
    of_host = luck.host()
    target, _ = regime.commitments(of_host)
    mean_own = _between(
        of_host["mean_own_commitment"],
        regime.mean_own_commitment_low,
        regime.mean_own_commitment_high,
    )
    fixed = _fixed_guests(regime, [role for role in roles if role.count], luck, host)
    own = {draw.number: level for draw, level in fixed if level > 0}
    draws = [draw for draw, _ in fixed]
    taken = sum(
        min(own[draw.number], 1.0) * draw.virtual_processors for draw in draws if draw.number in own
    )
    demand = target * host.lp_capacity
    demand = max(demand - taken, _LEAST_NEIGHBOURS * demand)
    fillers = [role for role in roles if not role.count]
    if fillers:
        draws += _fill(luck, fillers, host, demand / mean_own, draws, own)
    scaled = [draw for draw in draws if draw.number not in own]
    if scaled:
        levels = _spread(scaled, demand, regime.own_commitment_max)
        own |= {draw.number: level for draw, level in zip(scaled, levels, strict=True)}
    return tuple(
        guest
        for draw in draws
        for guest in split_guest(
            build_guest(draw, _name(draw), max(own[draw.number], 1e-6)), draw.role.clones
        )
    )


def _fill(
    luck: Luck,
    roles: Sequence[Role],
    host: Host,
    vps_wanted: float,
    present: Sequence[GuestDraw],
    own: dict[int, float],
) -> list[GuestDraw]:
    """Draw guests until the VPs of those that are scaled reach what the demand takes."""
    vps = sum(draw.virtual_processors for draw in present if draw.number not in own)
    added: list[GuestDraw] = []
    while (vps < vps_wanted or not vps) and len(added) < _MOST_GUESTS:
        draw = draw_guest(luck, len(present) + len(added), roles, host.logical_processors)
        added.append(draw)
        vps += draw.virtual_processors
    return added


def _name(draw: GuestDraw) -> str:
    return draw.role.name if draw.role.count == 1 else f"{draw.role.name}{draw.number}"
