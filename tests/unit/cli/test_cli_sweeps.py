"""Sweeps: which design points come out of which arguments."""

from collections import OrderedDict

import pytest

from hvmc.config.assembly import assemble
from hvmc.config.sources import Source, conf_dir

FOUR = ["over_committed", "efficiently_provisioned", "over_provisioned", "under_provisioned_guest"]


@pytest.fixture
def points():
    """Design points of some overrides, as {factor: level}."""

    def build(*texts, multirun=False, more=()):
        asked = assemble(texts, Source(conf_dir(), more=more), multirun=multirun)
        return [point.levels for point in asked.experiment.points]

    return build


def axis(key, levels):
    return [{key: level} for level in levels]


def test_the_grid_of_the_file(points):
    assert points() == axis("regime", FOUR)


def test_one_level_replaces_an_axis_of_the_grid(points):
    assert points("regime=over_committed") == axis("regime", FOUR[:1])


def test_several_levels_replace_an_axis_of_the_grid_without_m(points):
    assert points("regime=over_provisioned,over_committed") == axis("regime", [FOUR[2], FOUR[0]])


def test_axes_multiply_the_grids_first_the_last_fastest(points):
    found = points(
        *("host.logical_processors=4,8", "regime=over_provisioned,over_committed"), multirun=True
    )
    assert found == [
        {"regime": "over_provisioned", "host.logical_processors": 4},
        {"regime": "over_provisioned", "host.logical_processors": 8},
        {"regime": "over_committed", "host.logical_processors": 4},
        {"regime": "over_committed", "host.logical_processors": 8},
    ]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("dispatch.slice_s=0.01,0.02", [0.01, 0.02]),
        ("dispatch.slice_s=choice(0.01,0.02)", [0.01, 0.02]),
        ("dispatch.slice_s=range(0.1,0.5,0.1)", [0.1, 0.2, 0.3, 0.4]),
        ("host.logical_processors=range(4,13,4)", [4, 8, 12]),
        ("host.logical_processors=range(12,3,-4)", [12, 8, 4]),
        ("host.logical_processors=1,range(4,9,4)", [1, 4, 8]),
        ("host.logical_processors=sort(8,2,4)", [2, 4, 8]),
        ("host.logical_processors=sort(8,2,4,reverse=true)", [8, 4, 2]),
        ("host=glob(*)", ["default", "four_lps", "smt", "smt_core"]),
        ("host=glob(smt*)", ["smt", "smt_core"]),
        ("dispatch.limit_stagger=true,false", [True, False]),
    ],
)
def test_syntax(points, text, levels):
    found = points("experiment=null", text, multirun=True)
    assert found == axis(text.partition("=")[0], levels)


def test_shuffle_is_the_same_every_time(points):
    text = "host.logical_processors=shuffle(range(1,13))"
    first = points("experiment=null", text, multirun=True)
    assert first == points("experiment=null", text, multirun=True)
    levels = [point["host.logical_processors"] for point in first]
    assert sorted(levels) == list(range(1, 13))
    assert levels != sorted(levels)


def test_levels_are_in_the_designs():
    texts = ["regime=over_committed,over_provisioned", "host.logical_processors=4,8"]
    found = assemble(texts, Source(conf_dir()), multirun=True).experiment.points
    designs = [(point.design.regime.name, point.design.host.logical_processors) for point in found]
    assert designs == [(name, lps) for name in (FOUR[0], FOUR[2]) for lps in (4, 8)]


def test_group_and_its_values_are_swept_together():
    texts = ["experiment=null", "host=four_lps,default", "host.memory_mib=1000,2000"]
    found = assemble(texts, Source(conf_dir()), multirun=True).experiment.points
    hosts = [
        (point.design.host.logical_processors, point.design.host.memory_mib) for point in found
    ]
    assert hosts == [(4, 1000), (4, 2000), (16, 1000), (16, 2000)]


def test_grid_of_ones_own_file(points, experiment_file, tmp_path):
    experiment_file(
        "mine",
        "name: mine\nhydra:\n  sweeper:\n    params:\n"
        "      population.guest.priority.weight: 100,400\n      host: four_lps\n",
    )
    more = (f"file://{tmp_path}/own",)
    assert points("experiment=mine", more=more) == [
        {"population.guest.priority.weight": 100, "host": "four_lps"},
        {"population.guest.priority.weight": 400, "host": "four_lps"},
    ]
    assert points("experiment=mine", "host=smt", "size=pilot", more=more) == [
        {"population.guest.priority.weight": 100, "host": "smt"},
        {"population.guest.priority.weight": 400, "host": "smt"},
    ]


def test_removed_axis(points):
    assert points("experiment=host_size", "regime=over_committed", "~host.logical_processors") == [
        {"regime": "over_committed"}
    ]


def test_multirun_from_the_configuration(points):
    found = points("hydra.mode=MULTIRUN", "regime=over_committed", "root.weight=1,2")
    assert [point["root.weight"] for point in found] == [1, 2]


def test_a_hundred_points_compose_once(points, monkeypatch):
    from hvmc.config import composition

    calls = []
    monkeypatch.setattr(composition, "_kept", OrderedDict())  # not by an earlier test
    compose = composition.compose
    monkeypatch.setattr(composition, "compose", lambda *a, **k: calls.append(a) or compose(*a, **k))
    found = points(
        *("regime=over_provisioned", "dispatch.slice_s=range(0.01,1.01,0.01)"), multirun=True
    )
    assert len(found) == 100
    assert len(calls) == 1
