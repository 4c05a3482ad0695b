"""Estimates that figures show, against the plain estimators on the same rows."""

import numpy as np
import pandas as pd
import pytest

from hvmc.analysis.bins import in_bins, quantiles_in_bins
from hvmc.analysis.deferrals import delays_by_headroom, delays_of_hosts
from hvmc.analysis.intervals import mean
from hvmc.analysis.quantiles import quantile, spread
from hvmc.analysis.shares import share
from hvmc.analysis.suffering import suffering_by_class


@pytest.fixture
def outcomes():
    """20 hosts of 3 guests at commitments 0.1, 0.2, ... 2.0; stretch rises with them."""
    rows = pd.DataFrame({"trial": np.repeat(np.arange(20), 3), "guest": np.tile([0, 1, 2], 20)})
    commitment = 0.1 * (rows["trial"] + 1)
    return rows.assign(
        point=0,
        replication=0,
        regime="x",
        role="guest",
        censored=0,
        lp_commitment=commitment,
        virtual_processors=1 + rows["guest"] // 2,
        stretch=1.0 + commitment + 0.1 * rows["guest"],
        deferred_per_s=1.0 + rows["guest"],
        deferral_mean_s=1e-6 * rows["trial"],
    )


def test_shares_by_class_are_those_of_its_guests(outcomes):
    found = suffering_by_class(outcomes, "virtual_processors", above=1.5).set_index("class")
    assert list(found.index) == ["1", "2"]
    for name, row in found.iterrows():
        own = outcomes[outcomes["virtual_processors"] == int(name)]
        expected = share(own["stretch"] > 1.5, own["trial"])
        assert (row["estimate"], row["low"]) == (expected.estimate, expected.low)
        assert row["guests"] == len(own)


def test_quantiles_in_bins_are_those_of_their_guests(outcomes):
    found = quantiles_in_bins(outcomes, "lp_commitment", (0.5,))
    assert found["guests"].sum() == len(outcomes)
    first = outcomes[outcomes["trial"] < found["guests"].iloc[0] // 3]
    expected = quantile(first["stretch"], first["trial"], 0.5)
    row = found.iloc[0]
    assert row["x"] == pytest.approx(first["lp_commitment"].mean())
    assert (row["estimate"], row["low"]) == (expected.estimate, expected.low)


def test_bins_of_too_few_trials_are_there_without_an_estimate(outcomes):
    few = outcomes[outcomes["trial"] < 4]
    found = in_bins(
        few, "lp_commitment", ["m"], lambda rows: [mean(rows["stretch"], rows["trial"])]
    )
    assert found["estimate"].isna().all()
    assert found["guests"].sum() == len(few)
    assert in_bins(few.assign(lp_commitment=0.5), "lp_commitment", ["m"], lambda _: []).empty


def test_delays_count_each_interrupt_alike(outcomes):
    hosts = delays_of_hosts(outcomes)
    assert hosts["delay_us"].tolist() == pytest.approx(list(range(20)))
    assert hosts["headroom"].iloc[0] == pytest.approx(0.9)
    found = delays_by_headroom(outcomes)
    assert (found["low"].dropna() >= 0.0).all()
    weighted = (found["estimate"] * found["guests"]).sum() / found["guests"].sum()
    assert weighted == pytest.approx(9.5)


def test_spread_is_that_of_the_quantiles(outcomes):
    found = spread(outcomes, "stretch", (0.25, 0.75), by=("regime", "role"))
    expected = [quantile(outcomes["stretch"], outcomes["trial"], q).estimate for q in (0.25, 0.75)]
    assert found["metric"].tolist() == ["stretch_p25", "stretch_p75"]
    assert found["estimate"].tolist() == expected
