"""A design: everything a trial's scenario is drawn from, at one design point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

from hvmc.regimes.assumptions import (
    Assumptions,
    drawn_constants,
    drawn_of_roles,
    drawn_parts,
    is_place,
)
from hvmc.regimes.changes import additions, changed, is_change
from hvmc.regimes.fitted import FittedGuest, device_problems, draw_fitted
from hvmc.regimes.further import further_guests
from hvmc.regimes.luck import SAMPLINGS, Luck
from hvmc.regimes.memory import with_memory
from hvmc.regimes.population import Role
from hvmc.regimes.preferred import Preferred, prefer
from hvmc.regimes.priors import HOST_INPUTS
from hvmc.regimes.redrawn import WHOLES, other_luck
from hvmc.regimes.regime import Regime, draw_population
from hvmc.regimes.relief import Relief, relieved_guests, relieved_host
from hvmc.regimes.root_load import root_seen
from hvmc.regimes.traces import TraceSource, draw_traced
from hvmc.scenario.constants import Constant
from hvmc.scenario.guest import Guest, Priority
from hvmc.scenario.host import Dispatch, Host, Root
from hvmc.scenario.memory import Balancer
from hvmc.scenario.overheads import Overheads
from hvmc.scenario.policy import POLICIES, Policy, Static
from hvmc.scenario.problems import nearest
from hvmc.scenario.scenario import BASELINES, Scenario
from hvmc.scenario.settings import (
    Settings,
    SettingsError,
    choice,
    choices,
    flag,
    nested,
    nested_all,
    number,
    text,
    texts,
    variant,
)

__all__ = ["Design"]

_PARTS = ", ".join((*WHOLES, *HOST_INPUTS))


def _is_part(name: str) -> bool:
    return name in WHOLES or name in HOST_INPUTS or is_place(name)


@dataclass(frozen=True)
class Design(Settings):
    """What a trial's scenario is drawn from.

    Guests come from exactly one source: a regime with a population, recorded traces, or explicit
    ones (``guests``, ``fitted``), which may stand beside either of the others.

    Parameters
    ----------
    regime : Regime, optional
        Commitment of the host; needs a population.
    population : tuple of Role
        Roles of drawn guests.
    trace : TraceSource, optional
        Recorded traces.
    guests : tuple of Guest
        Explicit guests.
    host, dispatch, root, overheads, balancer, policy
        As in `Scenario`.
    horizon_s, warmup_s, drain_s, decision_interval_s, baselines
        As in `Scenario`. The window is an assumption: the warm-up is more than ten cycles of the
        slowest default workload. Guests report and the balancer acts every second (rows M03, M05).
    suffers_above : float
        A guest suffers when its stretch is above this. Assumption.
    causes : bool
        Whether trials also divide each guest's log stretch among its causes.
    preferred : Preferred, optional
        Which guests are preferred, and by which settings.
    relief : Relief
        Guests moved away and LPs added after the draw.
    assumptions : Assumptions
        Whether constants that are only assumed are drawn from their ranges.
    sampling : str
        How trials cover what is drawn of hosts, guests and constants: ``rqmc``, evenly
        (`hvmc.regimes.luck`); ``iid``, independently of each other.
    redrawn : str
        What is drawn anew, the rest of each trial staying the same (`hvmc.regimes.redrawn`):
        ``none``; ``luck``, which is anew wherever anything is; ``hosts``; ``constants``; ``all``; a
        part of hosts such as ``lp_commitment``; the path of an assumed constant or what is above.
    fitted : tuple of FittedGuest
        Guests of one's own host, as ``hvmc fit`` writes them.
    root_use : float, optional
        Share of the time that the root's VPs ran while those guests were measured. What their I/Os
        do not explain of it, with a trial's constants, is ``root.background_load``.
    changes : tuple of str
        What is done to each host after it was drawn (`hvmc.regimes.changes`).
    """

    regime: Regime | None = nested(Regime, None, optional=True)
    population: tuple[Role, ...] = nested_all(Role)
    trace: TraceSource | None = nested(TraceSource, None, optional=True)
    guests: tuple[Guest, ...] = nested_all(Guest)
    host: Host = nested(Host)
    dispatch: Dispatch = nested(Dispatch)
    root: Root = nested(Root)
    overheads: Overheads = nested(Overheads)
    balancer: Balancer = nested(Balancer)
    policy: Policy = variant(POLICIES, Static(), what="policy")
    horizon_s: float = number(12.0, low=0.0, above=True, high=2e5)
    warmup_s: float = number(2.0, low=0.0, high=2e5)
    drain_s: float = number(30.0, low=0.0, high=2e5)
    decision_interval_s: float = number(1.0, low=1e-3, high=1e6)
    baselines: tuple[str, ...] = choices(("adequate", "same_size"), BASELINES)
    suffers_above: float = number(1.25, low=1.0)
    causes: bool = flag(False)
    preferred: Preferred | None = nested(Preferred, None, optional=True)
    relief: Relief = nested(Relief)
    assumptions: Assumptions = nested(Assumptions)
    sampling: str = choice("rqmc", SAMPLINGS)
    redrawn: str = text(
        "none", good=_is_part, rule=f"{_PARTS}, or an assumed constant's path or what is above it"
    )
    fitted: tuple[FittedGuest, ...] = nested_all(FittedGuest)
    root_use: float | None = number(None, low=0.0, high=1.0, optional=True)
    changes: tuple[str, ...] = texts(
        good=is_change, rule="changes such as host.logical_processors+=4 or guests.NAME.load*=1.5"
    )

    def rules(self) -> Iterator[tuple[str, str]]:
        """Yield broken rules, those of the first trial's scenario included."""
        roles = [role.name for role in self.population]
        yield from self._known_rules(roles)
        guests = [guest.name for guest in self.explicit]
        for name, names in (("population", roles), ("guests", guests)):
            for twice in sorted({key for key in names if names.count(key) > 1}):
                yield f"{name}.{twice}", f"must be unique, used {names.count(twice)} times"
        if self.regime is None and self.trace is None and not guests:
            yield "guests", "must hold at least one guest where no regime or trace is given"
        elif self.regime is not None and self.trace is not None:
            yield "trace", "must not be given beside a regime: set regime to null"
        elif self.regime is not None and not self.population:
            yield "population", "must hold at least one role where a regime is given"
        elif self.redrawn != "none" and self.sampling != "iid":
            yield "sampling", f"must be iid where a part is redrawn, got {self.sampling}"
        elif self.regime is None and self.population:
            yield "regime", "must be given where a population is: choose a regime"
        else:
            missing = list(self._device_rules())
            yield from missing or self._scenario_rules()

    def _known_rules(self, roles: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield roles that are known of and not there."""
        for place in self.assumptions.known if roles else ():
            root, *below = place.split(".")
            if root == "population" and below and below[0] not in (*roles, "ROLE"):
                remedy = nearest(below[0], (*roles, "ROLE"))
                yield "assumptions.known", f"must name roles that are there, got {place}: {remedy}"

    def _device_rules(self) -> Iterator[tuple[str, str]]:
        """Yield roles' devices that the host lacks, once for all guests drawn from the role."""
        for role in self.population:
            at = f"population.{role.name}"
            for problem in self.host.device_problems(role.io.device, "disk"):
                yield f"{at}.io.device", problem
            if role.network_share > 0:
                for problem in self.host.device_problems(role.network.device, "adapter"):
                    yield f"{at}.network.device", f"{problem}, or set network_share to 0"
        yield from device_problems(self.fitted, self.host)

    def _scenario_rules(self) -> Iterator[tuple[str, str]]:
        try:
            self._drawn_by(Luck(1, 0))
        except SettingsError as error:
            for problem in error.problems:
                yield problem.below("").path, problem.message
        except (OSError, ValueError) as error:
            yield "trace.path", f"can't be used: {error}"

    @property
    def explicit(self) -> "tuple[Guest | FittedGuest, ...]":
        """Guests that are named: ``guests``, then ``fitted``."""
        return (*self.guests, *self.fitted)

    @property
    def memory_is_drawn(self) -> bool:
        """Whether the regime sets the host's memory, so that ``host.memory_mib`` is not used."""
        return self.regime is not None and self.regime.memory_commitment_low is not None

    @property
    def priorities(self) -> Iterator[Priority]:
        """CPU priority settings of all sources of guests."""
        yield from (role.priority for role in self.population)
        yield from (guest.priority for guest in self.explicit)
        if self.trace is not None:
            yield self.trace.priority
        if self.preferred is not None:
            yield from (self.preferred.priority, self.preferred.others)

    @cached_property
    def drawn(self) -> tuple[Constant, ...]:
        """Constants that are drawn, with the values they have undrawn."""
        return drawn_constants(self)

    @cached_property
    def drawn_of_roles(self) -> dict[str, frozenset[str]]:
        """Role to the paths of the constants of drawn guests that are drawn for it."""
        return drawn_of_roles(self)

    @property
    def is_spread(self) -> bool:
        """Whether trials are spread evenly over what is drawn, so that they are not independent."""
        drawn = self.regime is not None or bool(self.drawn)
        return self.sampling == "rqmc" and drawn

    def luck_of(self, replication: int) -> int:
        """Return the replication by which the luck of a trial's replication is named."""
        return other_luck(replication, self.redrawn)

    def draw(self, *, seed: int, trial: int) -> Scenario:
        """Return the scenario of a trial.

        Parameters
        ----------
        seed, trial : int
            Names of the scenario's random stream.

        Returns
        -------
        Scenario
            The same for the same names, whatever else is drawn.
        """
        return self._drawn_by(Luck(seed, trial, self.sampling, self.redrawn))

    def _drawn_by(self, luck: Luck) -> Scenario:
        parts = drawn_parts(self, luck)
        shared = {name: parts.get(name, getattr(self, name)) for name in _SHARED}
        machine = parts.get("host", self.host)
        if self.root_use is not None:
            load, shared["overheads"] = root_seen(
                self.root_use,
                self.fitted,
                machine,
                shared["overheads"],
                shared["root"].burst_s,
            )
            shared["root"] = shared["root"].replace(background_load=load)
        drawn: tuple[Guest, ...] = ()
        commitment: float | None = None
        if self.regime is not None:
            regime = parts.get("regime", self.regime)
            drawn = draw_population(regime, parts.get("population", self.population), machine, luck)
            commitment = regime.commitments(luck.host())[1]
        elif self.trace is not None:
            drawn = draw_traced(
                parts.get("trace", self.trace), self.horizon_s, self.drain_s, luck.seed, luck.trial
            )
        more = further_guests(self.explicit, additions(self.changes))
        fitted = draw_fitted(
            self.fitted,
            machine,
            self.host,
            shared["root"].background_load if self.root_use is None else self.root_use,
            shared["overheads"],
            (luck.seed, luck.trial),
            [guest for guest in more if isinstance(guest, FittedGuest)],
        )
        machine, shared["overheads"] = fitted.host, fitted.overheads
        added = [guest for guest in more if isinstance(guest, Guest)]
        guests = (*self.guests, *added, *fitted.guests, *drawn)
        if self.preferred is not None:
            guests = prefer(self.preferred, guests, machine, luck.seed, luck.trial)
        memories = [guest.memory for guest in guests]
        host = with_memory(machine, memories, shared["balancer"], commitment)
        scenario = Scenario(
            host=relieved_host(self.relief, host),
            guests=relieved_guests(self.relief, guests),
            **shared,
        )
        return changed(scenario, self.changes) if self.changes else scenario


_SHARED = tuple(item.name for item in fields(Scenario) if item.name not in ("host", "guests"))
"""What a design hands to every scenario as it is; a field of `Scenario` it lacks is an error."""
