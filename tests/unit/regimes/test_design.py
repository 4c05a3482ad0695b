"""Mistakes in a design."""

import pytest

from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.scenario.host import Host
from hvmc.scenario.io import Device
from hvmc.scenario.settings import SettingsError


def test_a_device_that_the_host_lacks_is_told_of_once_for_a_role():
    host = Host(devices=(Device(),))
    roles = (Role(name="guest"), Role(name="disk_only", network_share=0.0))
    with pytest.raises(SettingsError) as error:
        Design(regime=Regime(), population=roles, host=host)
    assert [problem.path for problem in error.value.problems] == [
        "Design.population.guest.network.device"
    ]
    assert "or set network_share to 0" in error.value.problems[0].message
