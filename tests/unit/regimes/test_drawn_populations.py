"""What is assumed of the laws of drawn guests: drawn once per trial, for all roles that have it."""

import math

import pytest

import hvmc
from hvmc.config.assembly import assemble
from hvmc.config.problems import BadInputError
from hvmc.config.sources import Source, conf_dir
from hvmc.regimes.assumptions import (
    ROLE,
    assumed_constants,
    constants_of_guests,
    drawn_parts,
    is_place_of_any,
)
from hvmc.regimes.luck import Luck
from hvmc.scenario.evidence import Assumed

LAWS = {path for path in assumed_constants() if path.startswith((ROLE, "regime."))}


def design(*texts):
    asked = assemble(["experiment=four_regimes", *texts], Source(conf_dir()), multirun=True)
    (point,) = asked.experiment.points
    return point.design


def paths(made):
    return {constant.path for constant in made.drawn} & LAWS


def test_all_that_is_assumed_within_a_range_is_drawn():
    assert paths(design("regime=over_committed")) == LAWS
    assert paths(design("regime=over_committed", "assumptions.mode=fixed")) == set()


def test_every_role_gets_the_value_that_is_told():
    made = design("regime=under_provisioned_guest")
    luck = Luck(1, 5, made.sampling)
    told, parts = constants_of_guests(made, luck), drawn_parts(made, luck)
    assert set(told) == LAWS
    assert {role.cpu_cv for role in parts["population"]} == {told[f"{ROLE}.cpu_cv"]}
    used = {role.memory.committed for role in parts["population"]}
    assert used == {told[f"{ROLE}.memory.committed"]}
    assert parts["regime"].own_commitment_max == told["regime.own_commitment_max"]


def test_the_drawn_laws_reach_the_guests():
    made = design("regime=efficiently_provisioned")
    for trial in range(8):
        told = constants_of_guests(made, Luck(1, trial, made.sampling))
        guests = made.draw(seed=1, trial=trial).guests
        assert {guest.memory.use.committed for guest in guests} == {
            told[f"{ROLE}.memory.committed"]
        }
        low, high = (told[f"{ROLE}.cpu_{end}_s"] for end in ("low", "high"))
        assert all(low <= guest.workload.cpu.mean <= high for guest in guests)
        most = max(guest.own_commitment for guest in guests)
        assert most <= told["regime.own_commitment_max"] * (1 + 1e-9)


def test_a_guest_with_io_has_one_io_at_least_however_long_its_bursts():
    made = design("regime=efficiently_provisioned", "population.guest.burst_s=0.1")
    for guest in made.draw(seed=1, trial=0).guests:
        assert guest.workload.ios + guest.workload.transfers == 1


@pytest.mark.parametrize(
    "without", [("io_share_low=0", "io_share_high=0"), ("burst_s=10",)], ids=["share", "bursts"]
)
def test_a_guest_without_io(without):
    given = [f"population.guest.{setting}" for setting in without]
    made = design("regime=efficiently_provisioned", *given)
    for guest in made.draw(seed=1, trial=0).guests:
        assert (guest.workload.ios, guest.workload.transfers) == (0, 0)
        assert (guest.workload.io, guest.workload.transfer) == (None, None)


@pytest.mark.parametrize("regime", ["over_committed", "under_provisioned_guest"])
def test_the_ends_of_every_law_give_hosts(regime):
    made = design(f"regime={regime}")
    for trial in range(64):
        made.draw(seed=3, trial=trial)


def test_the_ends_of_a_range_can_not_cross():
    for path in LAWS:
        if "_low" in path and path.replace("_low", "_high") in LAWS:
            low, high = (
                assumed_constants()[one].known for one in (path, path.replace("_low", "_high"))
            )
            assert isinstance(low, Assumed)
            assert isinstance(high, Assumed)
            assert low.high <= high.low


def test_what_is_given_to_one_role_is_known_of_it_alone():
    made = design("regime=under_provisioned_guest", "population.victim.cpu_cv=1.0")
    assert paths(made) == LAWS
    luck = Luck(1, 5, made.sampling)
    victim, neighbour = drawn_parts(made, luck)["population"]
    told = constants_of_guests(made, luck)[f"{ROLE}.cpu_cv"]
    assert (victim.cpu_cv, neighbour.cpu_cv) == (1.0, told)


def test_one_end_that_is_given_fixes_the_other():
    made = design("regime=over_committed", "population.guest.memory_low_mib=2048")
    assert LAWS - paths(made) == {f"{ROLE}.memory_{end}_mib" for end in ("low", "high")}
    made = design("regime=over_committed", "regime.mean_own_commitment_high=0.65")
    assert LAWS - paths(made) == {"regime.own_commitment_max"}


def test_a_whole_population_can_be_known():
    made = design("regime=over_committed", "assumptions.known=[population]")
    assert paths(made) == {"regime.own_commitment_max"}
    assert is_place_of_any("population.sql.memory")
    assert not is_place_of_any("population.sql.name")


def test_a_law_that_roles_do_not_share_has_no_value_where_it_is_fixed():
    made = design(
        "regime=under_provisioned_guest", "assumptions.mode=fixed", "population.victim.cpu_cv=2.0"
    )
    told = constants_of_guests(made, Luck(1, 0))
    assert math.isnan(told[f"{ROLE}.cpu_cv"])
    assert told[f"{ROLE}.burst_s"] == hvmc.Role().burst_s


@pytest.mark.parametrize(
    ("setting", "levels", "other"),
    [
        ("population.guest.cpu_low_s", "0.002,0.004", f"{ROLE}.cpu_high_s"),
        ("population.guest.io_share_high", "0.2,0.5", f"{ROLE}.io_share_low"),
        ("regime.mean_own_commitment_high", "0.4,0.55", "regime.own_commitment_max"),
    ],
)
def test_a_sweep_over_its_default_draws_the_same_at_every_level(setting, levels, other):
    texts = ["experiment=four_regimes", "regime=over_committed", f"{setting}={levels}"]
    points = assemble(texts, Source(conf_dir()), multirun=True).experiment.points
    first, second = (paths(point.design) for point in points)
    assert first == second
    assert other not in first


def test_what_is_known_of_a_role_that_is_not_there_is_refused():
    with pytest.raises(BadInputError, match=r"got population.gest.cpu_cv: did you mean guest\?"):
        design("regime=over_committed", "assumptions.known=[population.gest.cpu_cv]")


def test_short_bursts_and_many_clones_give_guests_whatever_is_drawn():
    made = design("regime=over_committed", "population.guest.burst_s=1e-6")
    ios = {
        guest.workload.ios for trial in range(8) for guest in made.draw(seed=1, trial=trial).guests
    }
    assert max(ios) <= 10_000
    mix = "population.guest.virtual_processors={1: 0, 2: 0, 4: 0, 8: 1, 16: 0}"
    few = ["own_commitment_low=0.06", "own_commitment_high=0.07", "clones=8", "think_ratio_low=1"]
    given = [mix, *(f"population.guest.{setting}" for setting in few)]
    made = design("regime=over_provisioned", *given)
    for trial in range(8):
        assert all(guest.workload.threads >= 1 for guest in made.draw(seed=1, trial=trial).guests)
