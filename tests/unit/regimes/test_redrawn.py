"""Redrawn parts: what they name comes from another trial, and nothing else does."""

import pytest

from hvmc.regimes.assumptions import assumed_constants
from hvmc.regimes.design import Design
from hvmc.regimes.luck import Luck
from hvmc.regimes.population import Role
from hvmc.regimes.priors import GUEST_PRIORS, HOST_INPUTS, HOST_PRIORS
from hvmc.regimes.redrawn import OTHER_TRIAL, WHOLES
from hvmc.regimes.regime import Regime
from hvmc.scenario.settings import SettingsError

CONSTANTS = ("root.burst_s", "overheads.faults.page_in.mean", "overheads.faults.exponent")


def uniforms(luck):
    constants = {path: luck.constant(path, 3) for path in CONSTANTS}
    guests = {f"{n} {name}": u for n in (0, 30) for name, u in luck.guest(n).items()}
    return {**luck.host(), **guests, **constants, "recorded": luck.trial}


def changed(redrawn):
    own, other = uniforms(Luck(7, 3)), uniforms(Luck(7, 3 + OTHER_TRIAL))
    found = uniforms(Luck(7, 3, redrawn=redrawn))
    assert all(found[name] in (own[name], other[name]) for name in own)
    return {name.split(" ")[-1] for name in own if found[name] != own[name]}


def test_parts_of_hosts_are_all_that_is_drawn_of_them():
    every = [name for names in HOST_INPUTS.values() for name in names]
    assert sorted(every) == sorted((*HOST_PRIORS, *GUEST_PRIORS))


@pytest.mark.parametrize("part", HOST_INPUTS)
def test_a_part_of_hosts_is_redrawn_alone(part):
    assert changed(part) == set(HOST_INPUTS[part])


def test_wholes_and_constants_are_redrawn_alone():
    hosts, constants = {*HOST_PRIORS, *GUEST_PRIORS, "recorded"}, set(CONSTANTS)
    assert changed("none") == changed("luck") == set()
    assert changed("hosts") == hosts
    assert changed("constants") == constants
    assert changed("all") == hosts | constants
    assert changed("overheads.faults") == set(CONSTANTS[1:])
    assert changed("overheads.faults.page_in.mean") == {CONSTANTS[1]}
    assert not set(WHOLES) & {path.partition(".")[0] for path in assumed_constants()}


def test_luck_is_another_where_anything_is_redrawn_and_a_third_where_all_is():
    names = ("none", "luck", "hosts", "root.burst_s", "all")
    none, luck, hosts, constant, everything = (design(redrawn=name).luck_of(0) for name in names)
    assert none == 0
    assert luck == hosts == constant
    assert len({none, luck, everything}) == 3


def design(**more):
    return Design(regime=Regime(), population=(Role(),), sampling="iid", **more)


def test_a_part_must_be_known_and_trials_independent():
    with pytest.raises(
        SettingsError, match="redrawn must be none, luck, all, hosts, constants, lp"
    ):
        design(redrawn="lp")
    with pytest.raises(
        SettingsError, match="sampling must be iid where a part is redrawn, got rqmc"
    ):
        Design(regime=Regime(), population=(Role(),), redrawn="luck")
