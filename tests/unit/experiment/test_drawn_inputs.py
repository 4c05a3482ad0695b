"""Drawn constants are stored with the inputs, under their dotted paths."""

import pytest

import hvmc
from hvmc.experiment.settings import Experiment, Point
from hvmc.regimes.assumptions import Assumptions, assumed_constants, draw_constants
from hvmc.regimes.luck import Luck

SLOPE, REFILL = "overheads.interference.slope", "overheads.refill.cost_s"


@pytest.fixture(scope="module")
def results(design, tmp_path_factory):
    drawn = design.replace(
        horizon_s=0.1,
        warmup_s=0.0,
        assumptions=Assumptions(
            mode="drawn", known=("overheads.refill",), choices=("dispatch.rule",)
        ),
    )
    experiment = Experiment(name="drawn", trials=3, points=(Point(design=drawn),))
    return hvmc.run(experiment, results_dir=tmp_path_factory.mktemp("drawn"), jobs=1)


def test_every_trial_has_its_values(results):
    inputs = results.inputs().set_index("trial")
    design = results.settings.points[0].design
    for trial in range(3):
        values = draw_constants(design, Luck(1, trial, design.sampling))
        assert {SLOPE, "dispatch.rule"} <= set(values)
        assert inputs.loc[trial, list(values)].to_dict() == values


def test_what_is_not_drawn_has_its_value(results):
    assert set(results.inputs()[REFILL]) == {hvmc.Overheads().refill.cost_s}


def test_columns_are_read_by_their_dotted_paths(results):
    few = results.inputs(columns=["trial", SLOPE])
    assert list(few.columns) == ["trial", SLOPE]
    assert few[SLOPE].nunique() == 3
    assert set(assumed_constants()) <= set(results.inputs().columns)


def test_a_row_of_a_table_that_is_not_there_has_no_value(design):
    from hvmc.experiment.rows import _input_rows

    devices = (hvmc.Device(name="array"), hvmc.Device("nic", "adapter"))
    guests = tuple(guest.replace(io=guest.io.replace(device="array")) for guest in design.guests)
    scenario = design.replace(host=design.host.replace(devices=devices), guests=guests)
    (row,) = _input_rows(scenario.draw(seed=1, trial=0), {})
    assert row["host.devices.disk.servers_per_lp"] != row["host.devices.disk.servers_per_lp"]
