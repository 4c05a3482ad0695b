"""The configuration: every option composes, every experiment would run, numbers have sources."""

import re

import pytest
import yaml

from hvmc.cli.main import main
from hvmc.config.assembly import assemble
from hvmc.config.schema import NODES, leaves
from hvmc.config.schema import defaults as schema_defaults
from hvmc.config.sources import Source, conf_dir
from hvmc.experiment import plan
from hvmc.experiment.settings import Experiment
from hvmc.regimes.design import Design
from hvmc.regimes.population import Role
from hvmc.regimes.regime import Regime
from hvmc.scenario.plain import plain

CONF = conf_dir()
GROUPS = sorted(path.name for path in CONF.iterdir() if path.is_dir())
OWN_WINDOW = ("experiment", "size")
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
OPTIONS = [
    (group, path.stem)
    for group in GROUPS
    if group not in ("experiment", "vms")
    for path in sorted((CONF / group).glob("*.yaml"))
]


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A folder of two recorded VMs in GWA-T-12 form."""
    folder = tmp_path_factory.mktemp("recording")
    columns = [
        *("Timestamp [ms]", "CPU cores", "CPU capacity provisioned [MHZ]", "CPU usage [MHZ]"),
        *("CPU usage [%]", "Memory capacity provisioned [KB]", "Memory usage [KB]"),
    ]
    for number in (1, 2):
        rows = [
            [1376314846 + 300 * row, number, 2000.0 * number, 300.0 * number, 15.0, 4e6, 1e6]
            for row in range(12)
        ]
        lines = [";\t".join(columns), *(";\t".join(map(str, row)) for row in rows)]
        (folder / f"{number}.csv").write_text("\n".join(lines) + "\n")
    return folder


def arguments(experiment, recording):
    more = {"trace_population": [f"trace.path={recording}"]}
    return [f"experiment={experiment}", *more.get(experiment, [])]


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes(group, option):
    explicit = "+guests.web={workload:{kind:closed}}" if option == "none" else "seed=1"
    address = ["execution.address=tcp://host:8786"] if group == "execution" else []
    texts = ["experiment=null", f"{group}={option}", explicit, *address]
    assembled = assemble(texts, Source(CONF))
    assert len(assembled.experiment.points) == 1


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_would_run(experiment, recording, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan, "_SAMPLED_POINTS", 2)
    size = "trials=1" if experiment == "published_benchmark" else "size=smoke"
    # how long a trial takes is tried out, where the window may be shorter in one that is short
    short = ["horizon_s=1.2", "drain_s=0.2"]
    short = [] if experiment in {"published_benchmark", "window"} else short
    code = main(["run", "--dry-run", *arguments(experiment, recording), size, *short, "jobs=1"])
    told = capsys.readouterr()
    assert (code, told.err) == (0, "")
    assert told.out.startswith(f"experiment {experiment}, seed 1\n")
    assert size == "trials=1" or " x 20 trials" in told.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_names_its_question_and_command(experiment):
    text = (CONF / "experiment" / f"{experiment}.yaml").read_text()
    assert text.startswith("# @package _global_\n# hvmc run")
    assert yaml.safe_load(text)["question"].endswith((".", "?"))


@pytest.mark.parametrize(("option", "trials"), [("pilot", 200), ("full", 10000)])
def test_sizes_are_numbers_of_trials(option, trials):
    assert assemble([f"size={option}"], Source(CONF)).experiment.trials == trials


def defaults(regime="efficiently_provisioned"):
    return assemble(["experiment=null", f"regime={regime}"], Source(CONF))


SCHEMAS = {"": schema_defaults(), **{name: plain(part) for name, part in NODES.items()}}
SETTINGS = [path for path in sorted(CONF.rglob("*.yaml")) if path.parent.name not in OWN_WINDOW]


def repeated(group, settings, package):
    """Yield the values of a file that its settings class has already, by their paths."""
    nodes = {"regime": "_regime", "preferred": "_preferred", "vms": "_role"}
    root = SCHEMAS[nodes.get(group, "")] if package != "_global_" else SCHEMAS[""]
    inside = package != "_global_" and group not in nodes
    for path, value in leaves(settings):
        place, rest = root, (group, *path) if inside else path
        if package == "_global_" and path[0] in nodes:
            place, rest = SCHEMAS[nodes[path[0]]], path[1:]
        elif package == "_global_" and path[0] == "population":
            place, rest = SCHEMAS["_role"], path[2:]
        for key in rest:
            place = place.get(key, ...) if isinstance(place, dict) else ...
        if place is not ... and place == value:
            yield ".".join(map(str, path))


@pytest.mark.parametrize("file", SETTINGS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_default_is_written_in_its_class_alone(file):
    """Experiments and sizes aside, which state their own window and number of trials."""
    text = file.read_text()
    content = yaml.safe_load(text) or {}
    settings = {key: content[key] for key in content if key not in ("defaults", "hydra")}
    package = "_global_" if "@package _global_" in text or file.parent == CONF else "group"
    again = list(repeated(file.parent.name, settings, package))
    assert not again, (
        f"{file.parent.name}/{file.name} repeats the default of {', '.join(again)}: leave it out, "
        "or change it in the settings class, which tells its unit, range and source"
    )


def test_a_repeated_default_is_noticed():
    assert list(repeated("overheads", {"io": {"mib_s": 5e-6}}, "group")) == ["io.mib_s"]
    assert list(repeated("", {"trials": 1000, "seed": 2}, "_global_")) == ["trials"]
    assert list(repeated("regime", {"regime": {"own_commitment_max": 0.7}}, "_global_")) == [
        "regime.own_commitment_max"
    ]
    assert not list(repeated("host", {"memory_mib": 262144.0}, "group"))


def test_the_configuration_holds_every_setting_with_its_default():
    found = defaults().experiment
    assert found == Experiment(points=found.points)
    design = found.points[0].design
    deliberate = {"host.memory_mib"}  # with a source in the files: row E28
    drawn = {"regime": Regime(), "population": (Role(),)}
    usual = dict(leaves(plain(Design(**drawn))))
    differing = {
        ".".join(map(str, path))
        for path, value in leaves(plain(design))
        if usual.get(path, ...) != value
    }
    assert differing == deliberate


MEASURED = [
    path
    for group in GROUPS
    if group not in ("experiment", "size")
    for path in sorted((CONF / group).glob("*.yaml"))
]


@pytest.mark.parametrize("file", MEASURED, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_number_has_a_source_or_is_called_an_assumption(file):
    """In its line or the file's header; 0 and 1 may be off and on."""
    text = file.read_text()
    header = text[: len(text) - len(re.sub(r"\A(#.*\n)+", "", text))]
    for line in text.splitlines():
        number = re.match(r"\s*\w+: *[-{]?([0-9][0-9.e-]*)", line)
        if number and float(number[1]) not in (0.0, 1.0):
            assert re.search(r"\b[A-Z][0-9]{2}\b|ssumption", line + header), line


def within(value, low, high):
    return low - 1e-9 <= value <= high + 1e-9


@pytest.mark.parametrize(
    ("regime", "lps", "memory"),
    [
        ("efficiently_provisioned", (0.40, 0.75), (0.60, 0.95)),
        ("over_provisioned", (0.05, 0.40), (0.05, 0.38)),
        ("under_provisioned_guest", (0.05, 0.40), (0.05, 0.38)),
    ],
)
def test_drawn_hosts_are_committed_as_their_regime_says(regime, lps, memory):
    design = defaults(regime).experiment.points[0].design
    for trial in range(25):
        scenario = design.draw(seed=3, trial=trial)
        assert within(scenario.lp_commitment, *lps)
        assert within(scenario.memory_commitment, *memory)
        for guest in scenario.guests:
            if guest.role != "victim":
                assert within(guest.own_commitment, 0.0, 0.7)
                assert within(guest.memory.own_commitment, 0.4, 0.6)


def test_over_committed_hosts_lack_lps_memory_or_both():
    design = defaults("over_committed").experiment.points[0].design
    lacking = []
    for trial in range(60):
        scenario = design.draw(seed=3, trial=trial)
        lps, memory = scenario.lp_commitment > 1.0, scenario.memory_commitment > 1.0
        assert within(scenario.lp_commitment, *((1.25, 2.5) if lps else (0.40, 0.75)))
        assert within(scenario.memory_commitment, *((1.05, 1.6) if memory else (0.60, 0.95)))
        assert all(within(guest.own_commitment, 0.0, 0.7) for guest in scenario.guests)
        lacking.append((lps, memory))
    assert set(lacking) == {(True, False), (False, True), (True, True)}


def test_victims_lack_vps_or_memory():
    design = defaults("under_provisioned_guest").experiment.points[0].design
    lacking = set()
    for trial in range(40):
        victim = design.draw(seed=3, trial=trial).guest("victim")
        vps, memory = victim.own_commitment > 1.0, victim.memory.own_commitment > 1.0
        assert within(victim.own_commitment, *((1.25, 2.0) if vps else (0.0, 0.7)))
        assert within(victim.memory.own_commitment, *((1.05, 1.6) if memory else (0.4, 0.6)))
        lacking.add((vps, memory))
    assert lacking == {(True, False), (False, True)}
