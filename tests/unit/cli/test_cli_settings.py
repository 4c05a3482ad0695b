"""Overrides put in place: what the experiment holds afterwards."""

import shutil

import pytest

from hvmc.config.assembly import assemble
from hvmc.config.composition import Composer
from hvmc.config.question import QUESTION_KEYS
from hvmc.config.saved import saved_path
from hvmc.config.schema import DESIGN_KEYS, EXECUTION_KEYS, EXPERIMENT_KEYS, NAMED, ROOT_KEYS
from hvmc.config.sources import Source, conf_dir

ONE = ("experiment=null", "regime=over_committed")


@pytest.fixture
def asked():
    return lambda *texts: assemble(texts, Source(conf_dir()))


@pytest.fixture
def design(asked):
    return lambda *texts: asked(*texts).experiment.points[0].design


def test_keys_are_those_of_the_main_file():
    with Composer(Source(conf_dir())) as composer:
        settings = composer.compose([]).settings
    assert set(settings) == set(ROOT_KEYS)
    apart = (DESIGN_KEYS, EXPERIMENT_KEYS, EXECUTION_KEYS, QUESTION_KEYS, ("points",))
    assert len(ROOT_KEYS) == sum(map(len, apart))


def test_mappings_of_names():
    assert set(NAMED) == {"fitted", "guests", "population"}


def test_whole_numbers_may_be_written_as_floats(asked):
    assert asked(*ONE, "trials=1e3").experiment.trials == 1000


def test_execution_is_apart(asked):
    found = asked(*ONE, "jobs=3", "results_dir=elsewhere")
    assert (found.execution.jobs, found.execution.results_dir) == (3, "elsewhere")
    assert found.experiment.digest == asked(*ONE).experiment.digest


def test_known_keys_need_no_plus(design):
    assert design(*ONE, "host.memory_mib=1000").host.memory_mib == 1000
    assert design(*ONE, "~dispatch.slice_s", "dispatch.slice_s=0.02").dispatch.slice_s == 0.02


def test_a_removed_setting_has_its_default(design):
    assert design(*ONE, "~host.memory_mib").host.memory_mib == 131072.0


def test_mapping_values_merge(design):
    host = design(*ONE, "host={logical_processors:4}").host
    assert (host.logical_processors, host.memory_mib) == (4, 262144.0)


def test_role_of_the_population(design):
    (role,) = design(*ONE, "population.guest.priority.weight=400").population
    assert role.priority.weight == 400


def test_vp_counts_are_whole_numbers_as_keys(design):
    (role,) = design(*ONE, "population.guest.virtual_processors.16=0.0").population
    assert role.virtual_processors == {1: 0.458, 2: 0.188, 4: 0.23, 8: 0.112, 16: 0.0}


def test_guest_given_on_the_command_line(design):
    found = design(
        *("experiment=null", "regime=none", "guests.web.priority.weight=400"),
        *("+guests.web.virtual_processors=2", "guests.web.workload.kind=closed"),
        *("guests.web.workload.threads=6", "guests.web.workload.cpu={kind:exponential,mean:0.02}"),
    )
    (web,) = found.guests
    assert (web.name, web.virtual_processors, web.priority.weight) == ("web", 2, 400)
    assert (web.workload.threads, web.workload.cpu.mean) == (6, 0.02)


def test_role_added_to_a_regime(design):
    found = design(*ONE, "+population.preferred={count:2,priority:{weight:400}}")
    assert [(role.name, role.count) for role in found.population] == [
        ("guest", 0),
        ("preferred", 2),
    ]


def test_null_regime_is_none(design, tmp_path):
    assert design("experiment=null", "overheads=null", "regime=over_committed").overheads == (
        design(*ONE, "overheads=none").overheads
    )


def test_interpolation(design, monkeypatch):
    monkeypatch.setenv("WARM_UP", "3.5")
    found = design(
        *ONE, "warmup_s='${oc.decode:${oc.env:WARM_UP}}'", "horizon_s=${host.logical_processors}"
    )
    assert (found.warmup_s, found.horizon_s) == (3.5, 16.0)


def test_interpolation_sees_the_design_points(experiment_file, tmp_path):
    experiment_file("mine", "name: mine\nhost: {memory_mib: '${horizon_s}'}\n")
    source = Source(conf_dir(), more=(f"file://{tmp_path}/own",))
    texts = ["experiment=mine", "horizon_s=11,12"]
    found = assemble(texts, source, multirun=True).experiment.points
    assert [point.design.host.memory_mib for point in found] == [11.0, 12.0]


def test_unknown_key_beside_saved_points(hvmc, experiment_file):
    flag = experiment_file("mine", "name: mine\ntrails: 3\npoints: [{design: {guests: {}}}]\n")
    told = hvmc("run", *flag, "experiment=mine")
    assert told.code == 2
    assert told.err.splitlines()[1:] == [
        "  trails is not a setting: did you mean trials?",
        "  points[0].design.guests must hold at least one guest where no regime or trace is given",
        "Nothing was run or written.",
    ]


def test_size_changes_any_experiment(asked):
    found = asked("experiment=dispatch_rules", "size=smoke")
    assert found.experiment.trials == 20
    assert {point.design.horizon_s for point in found.experiment.points} == {3.0}
    assert len(found.experiment.points) == 12


def test_overrides_win_over_experiment_and_size(asked):
    assert asked("size=smoke", "trials=7", "regime=over_committed").experiment.trials == 7


def test_config_path_replaces_the_configuration(hvmc, tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "main.yaml").write_text("name: bare\ntrials: 3\nguests: {}\n")
    told = hvmc("run", "--config-path", "conf", "--config-name", "main", "--cfg", "job")
    assert (told.code, told.out) == (0, "name: bare\ntrials: 3\nguests: {}\n")


def test_a_path_with_an_equals_sign_is_a_path(hvmc, tmp_path, undrawn):
    from hvmc.experiment.folder import update_settings
    from hvmc.experiment.settings import Experiment, Point
    from hvmc.regimes.design import Design
    from hvmc.scenario.guest import Guest
    from hvmc.scenario.workload import Closed

    design = Design(guests=(Guest(name="web", workload=Closed()),), horizon_s=0.2, warmup_s=0.1)
    folder = tmp_path / "trial=0"
    folder.mkdir()
    experiment = Experiment(name="equal", trials=3, points=(Point(design=design),))
    update_settings(folder, experiment, "")
    for path in ("trial=0", "trial=0/settings.yaml", folder):
        told = hvmc("run", path, "seed=7", "--dry-run")
        assert "equal, seed 7" in told.out
    told = hvmc("counters", "trial=0/settings.yaml", "trial=1", "interval_s=0.1")
    assert told.out.startswith("trial 1: ")


def test_a_folder_called_like_an_override_hides_it_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed=7").mkdir()
    assert saved_path(["seed=7", "name=" + "x" * 5000]) is None


def test_a_file_that_changes_within_a_process_is_read_again(tmp_path):
    """What is kept of a composition is given up where a file changes, appears or goes."""
    folder = tmp_path / "root"
    folder.mkdir()
    shutil.copy(conf_dir() / "config.yaml", tmp_path)
    source = Source(tmp_path, more=(f"file://{conf_dir()}",))

    def weight():
        asked = assemble(["regime=over_provisioned", "root=default"], source)
        return asked.experiment.points[0].design.root.weight

    usual = weight()
    found = []
    for text in ("weight: 321", "weight: 4321", "weight: 1234"):
        (folder / "default.yaml").write_text(f"{text}\n")
        found += [weight(), weight()]
    (folder / "default.yaml").unlink()
    assert found == [321, 321, 4321, 4321, 1234, 1234]
    assert weight() == usual not in found
