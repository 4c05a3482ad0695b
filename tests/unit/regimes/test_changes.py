"""Changes of a host after the draw: what they touch, and that they touch nothing else."""

import pytest

import hvmc
from hvmc.regimes.fitted import FittedGuest, FittedMemory
from hvmc.regimes.load import loaded
from hvmc.scenario.settings import SettingsError

FITTED = (
    FittedGuest(name="sql", virtual_processors=4, use=0.5, iops=300.0),
    *(FittedGuest(name=f"web-{n}", virtual_processors=2, role="web") for n in (1, 2)),
    FittedGuest(name="dc", memory=FittedMemory(maximum_mib=2048.0)),
)
PRESENT = hvmc.Design(host=hvmc.Host(logical_processors=8), fitted=FITTED)


def drawn(*changes, trial=3):
    return PRESENT.replace(changes=changes).draw(seed=5, trial=trial)


def test_the_work_of_guests_is_read_on_the_host_as_it_was():
    """With the LPs themselves set to 16 the same use is read as more work: it is not here."""
    now, more = drawn(), drawn("host.logical_processors*=2")
    assert more.guests == now.guests
    other = PRESENT.replace(host=hvmc.Host(logical_processors=16)).draw(seed=5, trial=3)
    assert other.guests != now.guests
    servers = [device.servers_on(16) for device in more.host.devices]
    assert servers == [device.servers_on(8) for device in now.host.devices]


def test_guests_that_come_leave_all_others_alone():
    now, one, three = drawn(), drawn("guests.web+=1"), drawn("fitted.web+=3")
    assert three.guests[:4] == now.guests
    assert one.guests[4] == three.guests[4]
    names = [guest.name for guest in three.guests[4:]]
    assert names == ["web-more1", "web-more2", "web-more3"]
    assert len({guest.workload for guest in three.guests if guest.role == "web"}) == 5


def test_changes_are_made_in_order():
    changed = drawn(
        "~guests.dc", "guests.all.priority.weight*=2", "guests.sql.priority.weight+=1",
        "guests.web-1.memory.maximum_mib*=2", "guests.sql.workload.io*=0.5",
    )  # fmt: skip
    now = drawn()
    assert [guest.priority.weight for guest in changed.guests] == [201, 200, 200]
    web, before = changed.guest("web-1").memory, now.guest("web-1").memory
    assert web.maximum_mib == 2 * before.maximum_mib
    assert web.working_set_mib == before.working_set_mib
    sql, was = changed.guest("sql").workload, now.guest("sql").workload
    assert sql.io.mean == was.io.mean / 2
    assert sql.replace(io=was.io) == was


def test_whole_cores_come_and_go():
    smt = PRESENT.replace(host=hvmc.Host(logical_processors=6, threads_per_core=2))
    for change, lps in (("*=1.25", 8), ("*=0.9", 4), ("*=2", 12)):
        changed = smt.replace(changes=(f"host.logical_processors{change}",))
        assert changed.draw(seed=1, trial=0).host.logical_processors == lps


@pytest.mark.parametrize("factor", [0.3, 1.07, 1.5, 4.0])
def test_load_is_exactly_what_is_asked(factor):
    for guest in drawn().guests:
        more = loaded(guest.workload, factor)
        assert more.lp_demand == pytest.approx(factor * guest.lp_demand, rel=1e-9)
        assert more.cpu == guest.workload.cpu
        assert abs(more.threads - factor * guest.workload.threads) <= 1.5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("guests.sq1.priority.weight=3", "names no guest of this host: did you mean sql?"),
        ("guests.sql.priority.wieght=3", "wieght is unknown: did you mean weight?"),
        ("guests.sql.priority.weight*=800", "weight wrong: it must be 1..10000, got 80000"),
        ("guests.all.priority.reserve=1", "reserves sum to 9 LPs"),
        ("guests.wob+=1", "must name a guest or a role of this host, got 'wob': did you mean web?"),
        ("guests.sql.enlightened*=2", "can't be reckoned with"),
        ("guests.sql", "must be changes such as"),
    ],
)
def test_what_is_wrong_with_a_change_is_told(change, told):
    with pytest.raises(SettingsError) as error:
        PRESENT.replace(changes=(change,))
    assert told in str(error.value)
