"""Preferred guests, relief and clones: what changes with them, and what must not."""

import pytest

import hvmc
from hvmc.regimes.clones import split_guest
from hvmc.scenario.guest import Guest, Memory, Priority
from hvmc.scenario.keys import preference_uniform
from hvmc.scenario.memory import MemoryUse
from hvmc.scenario.settings import SettingsError
from hvmc.scenario.workload import Batch, Closed

BUSY = hvmc.Regime(name="over_committed", lp_commitment_low=1.25, lp_commitment_high=2.5)
SIZES = {1: 0.5, 2: 0.3, 4: 0.2}
DESIGN = hvmc.Design(
    regime=BUSY,
    population=[hvmc.Role(virtual_processors=SIZES)],
    preferred=hvmc.Preferred(),
    horizon_s=4.0,
)
VICTIM = DESIGN.replace(
    population=[
        hvmc.Role(name="neighbour", virtual_processors=SIZES),
        hvmc.Role(name="victim", count=1, own_commitment_low=1.25, own_commitment_high=2.0),
    ]
)
HIGH, LOW = Priority(weight=800, reserve=1.0), Priority(limit=0.5)
FAVOUR = DESIGN.preferred.replace(priority=HIGH, others=LOW)


def drawn(design, trial=0):
    return design.draw(seed=1, trial=trial)


def bare(guests):
    """Guests without what a preference may change."""
    return [
        guest.replace(
            priority=Priority(), role="guest", memory=guest.memory.replace(priority=Memory.priority)
        )
        for guest in guests
    ]


@pytest.mark.parametrize("trial", range(20))
def test_preferred_guests_are_the_same_under_every_setting(trial):
    plain, favoured = drawn(DESIGN, trial), drawn(DESIGN.replace(preferred=FAVOUR), trial)
    assert [guest.role for guest in plain.guests] == [guest.role for guest in favoured.guests]
    assert bare(plain.guests) == bare(favoured.guests)
    assert bare(plain.guests) == list(drawn(DESIGN.replace(preferred=None), trial).guests)
    for guest in favoured.guests:
        assert guest.priority == (HIGH if guest.role == "preferred" else LOW)


def test_shares_are_as_asked_and_never_above_the_room():
    counts = {"preferred": 0, "other": 0}
    for trial in range(60):
        guests = drawn(DESIGN.replace(preferred=FAVOUR.replace(lp_share=0.25)), trial).guests
        for guest in guests:
            counts[guest.role] += 1
        taken = sum(guest.virtual_processors for guest in guests if guest.role == "preferred")
        assert taken <= 4
    assert counts["preferred"] > 60
    assert counts["preferred"] / sum(counts.values()) < 0.25
    for share, roles in ((0.0, {"other"}), (1.0, {"preferred"})):
        everyone = FAVOUR.replace(share=share, lp_share=1.0, priority=Priority())
        idle = DESIGN.replace(
            preferred=everyone,
            regime=hvmc.Regime(lp_commitment_low=0.05, lp_commitment_high=0.1),
        )
        assert {guest.role for guest in drawn(idle).guests} == roles


def test_luck_of_being_preferred_is_uniform_and_the_guests_own():
    luck = [preference_uniform(1, trial, "guest3") for trial in range(4000)]
    assert abs(sum(luck) / 4000 - 0.5) < 4.9 * (1 / 12 / 4000) ** 0.5  # 1e-6
    assert luck[7] == preference_uniform(1, 7, "guest3")
    assert len({preference_uniform(s, t, g) for s in (1, 2) for t in (0, 1) for g in "ab"}) == 8


def test_a_victim_is_the_preferred_one_and_roles_keep_their_names():
    design = VICTIM.replace(preferred=FAVOUR)
    for trial in range(5):
        for guest in drawn(design, trial).guests:
            assert guest.role in ("victim", "neighbour")
            assert guest.priority == (HIGH if guest.role == "victim" else LOW)


def test_memory_priorities_are_those_of_the_side_or_the_guests_own():
    role = DESIGN.population[0].replace(memory=hvmc.RoleMemory(priority=30))
    design = DESIGN.replace(population=[role])
    for memory, others in ((None, None), (100, None), (100, 10), (None, 0)):
        sides = FAVOUR.replace(memory=memory, others_memory=others)
        guests = drawn(design.replace(preferred=sides)).guests
        assert bare(guests) == bare(drawn(design).guests)
        expected = {"preferred": memory, "other": others}
        for guest in guests:
            wanted = expected[guest.role]
            assert guest.memory.priority == (30 if wanted is None else wanted)
    with pytest.raises(SettingsError, match=r"memory must be 0..100, got 101"):
        hvmc.Preferred(memory=101)


def test_the_largest_of_the_others_is_moved_away_and_nothing_else_changes():
    moved = DESIGN.replace(relief=hvmc.Relief(remove_guests=2))
    for trial in range(10):
        before, after = drawn(DESIGN, trial), drawn(moved, trial)
        gone = [guest for guest in before.guests if guest not in after.guests]
        assert list(after.guests) == [guest for guest in before.guests if guest not in gone]
        assert len(gone) == 2
        least = min(guest.lp_demand for guest in gone)
        stayed = [guest for guest in after.guests if guest.role == "other"]
        assert all(guest.lp_demand <= least for guest in stayed)
        assert {guest.role for guest in gone} == {"other"}


def test_preferred_guests_are_moved_last():
    few = DESIGN.replace(
        regime=None,
        population=(),
        guests=[Guest(name=name, workload=Closed(threads=9)) for name in ("web", "db")],
        preferred=hvmc.Preferred(share=1.0, lp_share=0.1),  # one of 16 LPs
    )
    roles = {guest.name: guest.role for guest in drawn(few).guests}
    assert roles == {"web": "preferred", "db": "other"}
    (left,) = drawn(few.replace(relief=hvmc.Relief(remove_guests=1))).guests
    assert left.name == "web"
    with pytest.raises(SettingsError, match=r"relief.remove_guests must leave a guest"):
        few.replace(relief=hvmc.Relief(remove_guests=2))


def test_added_lps_change_no_guest():
    wider = drawn(DESIGN.replace(relief=hvmc.Relief(add_logical_processors=8)))
    before = drawn(DESIGN)
    assert wider.guests == before.guests
    assert wider.host.logical_processors == before.host.logical_processors + 8
    assert wider.lp_commitment == pytest.approx(before.lp_commitment * 16 / 24)


LARGE = Guest(
    name="large",
    role="large",
    virtual_processors=8,
    workload=Closed(threads=11),
    memory=Memory(startup_mib=1024.0, minimum_mib=64.0, maximum_mib=8192.0),
)


@pytest.mark.parametrize("clones", [2, 4, 8])
def test_clones_share_what_the_large_guest_had(clones):
    parts = split_guest(LARGE, clones)
    assert len(parts) == clones
    assert sum(part.virtual_processors for part in parts) == 8
    assert sum(part.lp_demand for part in parts) == pytest.approx(LARGE.lp_demand, rel=1e-12)
    assert {part.workload.threads for part in parts} <= {11 // clones, 11 // clones + 1}
    assert {part.memory.maximum_mib for part in parts} == {8192.0 / clones}
    assert all(part.memory.minimum_mib >= 32.0 for part in parts)
    assert parts[1].name == f"large-2of{clones}"
    assert {part.role for part in parts} == {"large"}


@pytest.mark.parametrize(
    ("use", "levels"),
    [
        (MemoryUse(working_set=0.75), [6144.0]),
        (MemoryUse(working_set_mib=3000.0), [3000.0]),
        (MemoryUse(trace_mib=(1000.0, 3000.0, 500.0)), [1000.0, 3000.0, 500.0]),
    ],
)
def test_clones_use_together_the_memory_that_the_large_guest_used(use, levels):
    whole = LARGE.replace(memory=LARGE.memory.replace(use=use))
    parts = [part.memory for part in split_guest(whole, 4)]
    assert sum(memory.working_set_mib for memory in parts) == pytest.approx(
        whole.memory.working_set_mib, rel=1e-12
    )
    for at, level in enumerate(levels):
        found = [memory.use.trace_mib[at : at + 1] or (memory.working_set_mib,) for memory in parts]
        assert sum(value for (value,) in found) == pytest.approx(level, rel=1e-12)


def test_one_clone_is_the_guest_itself():
    assert split_guest(LARGE, 1) == (LARGE,)


@pytest.mark.parametrize(
    ("guest", "clones", "message"),
    [
        (LARGE, 3, r"population.large.clones must divide a guest's VPs \(8\), got 3"),
        (LARGE.replace(workload=Closed(threads=3)), 4, r"at most a guest's threads \(3\), got 4"),
        (LARGE.replace(workload=Batch(workers=1, tasks=1, iterations=1)), 2, "of kind batch"),
    ],
)
def test_what_cannot_be_divided_is_refused(guest, clones, message):
    with pytest.raises(SettingsError, match=message):
        split_guest(guest, clones)


def test_clones_leave_the_neighbours_alone():
    def design(clones):
        large = hvmc.Role(
            name="large",
            count=1,
            virtual_processors={8: 1.0},
            own_commitment_low=0.4,
            own_commitment_high=0.6,
            clones=clones,
        )
        return DESIGN.replace(population=[large, *DESIGN.population], preferred=None)

    one, four = drawn(design(1)), drawn(design(4))
    neighbours = [guest for guest in one.guests if guest.role == "guest"]
    assert neighbours == [guest for guest in four.guests if guest.role == "guest"]
    assert four.lp_commitment == pytest.approx(one.lp_commitment, rel=1e-12)
    with pytest.raises(SettingsError, match="clones must divide every VP count, got 2 for 1 VPs"):
        hvmc.Role(virtual_processors={1: 0.5, 4: 0.5}, clones=2)
