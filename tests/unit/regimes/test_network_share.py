"""A role's network share divides its I/Os between two devices and changes nothing else."""

import pytest

from hvmc.regimes.luck import Luck
from hvmc.regimes.population import Role, build_guest, draw_guest
from hvmc.scenario.io import Attachment
from hvmc.scenario.settings import SettingsError

SHARES = (0.0, 0.3, 0.5, 1.0)


def drawn(index, **settings):
    role = Role(cpu_high_s=0.030, **settings)
    return build_guest(draw_guest(Luck(1, 0), index, [role], 16), "a", 0.6)


@pytest.mark.parametrize("share", SHARES)
def test_the_share_of_the_ios_is_transfers(share):
    for index in range(30):
        whole, work = (drawn(index, network_share=part).workload for part in (0.0, share))
        assert work.ios + work.transfers == whole.ios
        assert work.transfers == round(share * whole.ios)
        assert {law for law in (work.io, work.transfer) if law} <= {whole.io}
        assert (work.transfer is None) == (work.transfers == 0)


@pytest.mark.parametrize("share", SHARES)
def test_demand_and_threads_stay(share):
    for index in range(30):
        whole, guest = (drawn(index, network_share=part) for part in (0.0, share))
        assert guest.lp_demand == pytest.approx(0.6 * guest.virtual_processors, rel=1e-9)
        same = {"io": None, "ios": 0, "transfer": None, "transfers": 0}
        assert guest.workload.replace(**same) == whole.workload.replace(**same)


def test_some_draw_uses_both_devices_by_default():
    assert any(min(work.ios, work.transfers) > 0 for work in (drawn(i).workload for i in range(9)))


def test_the_role_says_how_transfers_reach_the_adapter():
    guest = drawn(3, network=Attachment("direct", "nic"), transfer_kib=64.0)
    assert guest.network == Attachment("direct", "nic")
    assert guest.workload.transfer_kib == 64.0


def test_a_share_beyond_one_is_an_error():
    with pytest.raises(SettingsError, match="network_share"):
        Role(network_share=1.5)
