"""Regimes of hosts: hosts drawn from a regime are recognised, and each criterion decides alone."""

import pandas as pd
import pytest

import hvmc
from hvmc.analysis.host_regimes import REGIMES, host_regimes, regime_shares
from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir

TRIALS = 12


def rows_of(scenario, trial, load):
    """Return rows as outcomes and inputs have them, memory as the balancer assigns it at first."""
    balancer = hvmc.HyperVHost(scenario, seed=1, trial=trial).balancer
    return [
        {
            "point": 0,
            "trial": trial,
            "replication": 0,
            "guest": guest.name,
            "lp_commitment": scenario.lp_commitment,
            "memory_commitment": scenario.memory_commitment,
            "own_commitment": guest.own_commitment,
            "own_memory_commitment": guest.memory.own_commitment,
            "started": bool(started),
            "assigned_mib": float(assigned),
            "memory_minimum_mib": guest.memory.minimum_mib,
            "memory_maximum_mib": guest.memory.maximum_mib,
            "memory_working_set_mib": guest.memory.working_set_mib,
            "host_memory_mib": scenario.host.memory_mib,
            "limit": guest.priority.limit,
            "root.background_load": load,
        }
        for guest, started, assigned in zip(
            scenario.guests, balancer.started, balancer.assigned_mib, strict=True
        )
    ]


@pytest.mark.parametrize("regime", REGIMES)
def test_hosts_drawn_from_a_regime_are_in_it(regime):
    """But for one of 128 over-provisioned hosts, which leaves just 40 % of its memory free."""
    design = assemble([f"regime={regime}", "experiment=null"], Source(conf_dir())).experiment
    design = design.points[0].design
    rows = [
        row
        for trial in range(TRIALS)
        for row in rows_of(design.draw(seed=3, trial=trial), trial, 0.01)
    ]
    found = host_regimes(pd.DataFrame(rows))
    assert (found["regime"] == regime).sum() >= TRIALS - (regime == "over_provisioned")
    shares = regime_shares(found).set_index("regime")
    assert shares.loc[regime, "estimate"] == (found["regime"] == regime).mean()
    assert shares["estimate"].sum() == 1.0


CALM = {
    "point": 0, "trial": 0, "replication": 0, "guest": "a", "lp_commitment": 0.2,
    "memory_commitment": 0.1, "own_commitment": 0.3, "own_memory_commitment": 0.5,
    "started": True, "assigned_mib": 2048.0, "memory_minimum_mib": 512.0,
    "memory_maximum_mib": 4096.0, "memory_working_set_mib": 2000.0, "host_memory_mib": 22000.0,
    "limit": 1.0, "root.background_load": 0.01,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "regime"),
    [
        ({}, "over_provisioned"),
        ({"lp_commitment": 0.41}, "efficiently_provisioned"),
        ({"lp_commitment": 1.01}, "over_committed"),
        ({"memory_commitment": 1.01}, "over_committed"),
        ({"started": False}, "over_committed"),
        ({"own_commitment": 1.01}, "under_provisioned_guest"),
        ({"own_memory_commitment": 1.01}, "under_provisioned_guest"),
        ({"own_commitment": 1.01, "lp_commitment": 1.01}, "over_committed"),
        ({"assigned_mib": 4096.0}, "efficiently_provisioned"),  # at its maximum
        # static memory has no maximum to run into
        ({"assigned_mib": 4096.0, "memory_minimum_mib": 4096.0}, "over_provisioned"),
        # 20000 MiB for guests; 8800 MiB, 40 % of the host's, stay free of what they hold
        ({"assigned_mib": 11300.0, "memory_maximum_mib": 2e4}, "efficiently_provisioned"),
        ({"assigned_mib": 11100.0, "memory_maximum_mib": 2e4}, "over_provisioned"),
    ],
)
def test_each_criterion_decides(changes, regime):
    assert host_regimes(pd.DataFrame([CALM | changes]))["regime"].tolist() == [regime]
