"""Bad input: the exact message, exit code 2, nothing written (see ``refused``)."""

import pytest

from hvmc.cli.main import VERBS
from hvmc.config.sources import conf_dir


def options(group):
    return ", ".join(sorted(file.stem for file in (conf_dir() / group).glob("*.yaml")))


REGIMES = options("regime")

# told of any experiment; run with one regime, which composes faster than four
ONE_PROBLEM = {
    # unknown keys, with the nearest known one, whatever the mark
    ("trails=5",): "trails is not a setting: did you mean trials?",
    ("+trails=5",): "trails is not a setting: did you mean trials?",
    ("++trails=5",): "trails is not a setting: did you mean trials?",
    ("~trails",): "trails can't be removed: it is not there, did you mean trials?",
    ("+host.logical_procesors=5",): (
        "host.logical_procesors is not a setting: did you mean host.logical_processors?"
    ),
    ("logical_processors=4",): (
        "logical_processors is not a setting: did you mean host.logical_processors?"
    ),
    ("host.scheduler.kind=core",): (
        "host.scheduler.kind is not a setting: scheduler holds a single value"
    ),
    ("baselines.0=adequate",): (
        "baselines.0 is not a setting: baselines holds a list, give it whole: [a,b]"
    ),
    # names
    ("guests.web.priority.weight=400",): (
        "guests.web is not there: to add it, write +guests.web.priority.weight=..."
    ),
    # groups
    ("size=enormous",): ("size=enormous is not an option of size: known here: full, pilot, smoke"),
    ("host=null",): (
        "host=null is not an option of host: known here: default, four_lps, smt, smt_core"
    ),
    ("host=4",): "host=4 is not an option of host: known here: default, four_lps, smt, smt_core",
    ("vms=bitbrains",): ("vms is not among the chosen groups: did you mean vms@population.guest?"),
    # values
    ("trials=many",): "trials must be 1..1000000000, got 'many'",
    ("trials=1.5",): "trials must be 1..1000000000, got 1.5",
    ("trials=",): "trials must be 1..1000000000, got ''",
    ("trials=nan",): "trials must be 1..1000000000, got nan",
    ("trials=0",): "trials must be 1..1000000000, got 0",
    ("suffers_above=nan",): "suffers_above must be a number >= 1, got nan",
    ("host=[1]",): "host=1 is not an option of host: known here: default, four_lps, smt, smt_core",
    ("dispatch.rule=lottery",): (
        "dispatch.rule must be one of credit, boost, fair_queue, got 'lottery'"
    ),
    ("precision.estimand=p_sufers",): (
        "precision.estimand must be one of p_suffers, mean_log_stretch, stretch_p50, stretch_p90, "
        "stretch_p95, stretch_p99, p_suffers_change, response_change, got 'p_sufers': did you mean "
        "p_suffers?"
    ),
    ("host={logical_processors:none}",): ("host.logical_processors must be 1..1024, got 'none'"),
    ("warmup_s=20",): (
        "warmup_s must be below horizon_s (7), got 20: shorten the warm-up or lengthen the horizon"
    ),
    ("jobs=0",): "jobs must be 1..4096, got 0",
    ("results_dir=2024",): (
        "results_dir must be a folder, got 2024: write it in quotes, \"'2024'\""
    ),
    ("results_dir=null",): "results_dir must be a folder, got None",
    ("trace.path=folder",): "trace must not be given beside a regime: set regime to null",
    # interpolations
    ("horizon_s=${nope}",): "horizon_s can't be resolved: Interpolation key 'nope' not found",
    ("name='${no'",): "name can't be resolved: no viable alternative at input '${no'",
    # several values
    ("host.logical_processors=4,8",): (
        "host.logical_processors=4,8 has several values: add -m to make each a design point, or "
        "write host.logical_processors=[4,8] for a list"
    ),
    ("-m", "host.logical_processors=interval(4,8)"): (
        "host.logical_processors=interval(4,8) has no fixed values: write range(LOW,HIGH,STEP) or "
        "a list of values"
    ),
    ("-m", "host.logical_processors=range(8,4)"): (
        "host.logical_processors=range(8,4) gives no values: write range(START,STOP,STEP)"
    ),
    ("-m", "host.logical_processors=range(4,8,0)"): (
        "host.logical_processors=range(4,8,0) gives no values: write range(START,STOP,STEP)"
    ),
    ("-m", "host.logical_processors=glob(*)"): (
        "host.logical_processors=glob(*) matches nothing: glob() takes the options of a group, as "
        "regime=glob(*)"
    ),
    ("-m", "host.logical_processors=4,8,4"): (
        "host.logical_processors=4,8,4 names 4 twice: leave one out"
    ),
    ("seed=1,2",): (
        "seed=1,2 can't differ between design points, seed belongs to the whole experiment: run "
        "one value after another"
    ),
    # syntax
    ("trials",): "trials has no value: write trials=VALUE",
    ("=5",): "=5 has no name before '=': write key=value",
    ("baselines=[adequate",): (
        "baselines=[adequate can't be read (no viable alternative at input '[adequate'): put "
        "special characters in quotes: 'key=\"a b\"'"
    ),
    # too large to be numbers, too deep to be read
    ("trials=" + "9" * 300,): "trials must be 1..1000000000, got a number of 300 digits",
    ("horizon_s=1" + "0" * 299,): (
        "horizon_s must be a number above 0, at most 200000, got a number of 300 digits"
    ),
    ("seed=" + "9" * 400,): (f"seed={'9' * 55}... holds a number of 400 digits: write at most 300"),
    (f"regime.{'9' * 5000}=1",): (
        f"regime.{'9' * 53}... holds a number of 5000 digits: write at most 300"
    ),
    ("host.memory_mib=" + "{a:" * 40 + "1" + "}" * 40,): (
        "host.memory_mib={a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a:{a... is nested 41 deep: write "
        "at most 32 levels"
    ),
    ("host" + ".a" * 1000 + "=1",): (
        "host.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a... is nested 1000 deep: "
        "write at most 32 levels"
    ),
    # what Hydra has and hvmc does not
    ("hydra.run.dir=x",): (
        "hydra.run.dir has no effect here: results_dir= says where results go, jobs= how many "
        "processes run, and with -m key=a,b makes design points"
    ),
    ("hydra.searchpath=own",): (
        "hydra.searchpath=own must be a list of folders: hydra.searchpath=[file://DIR]"
    ),
}

# told of these experiments and regimes
AS_IT_IS = {
    ("regimes=over_committed",): "regimes is not a setting: did you mean regime?",
    ("population.guest.prioriti.weight=4", "regime=over_committed"): (
        "population.guest.prioriti is not a setting: did you mean population.guest.priority?"
    ),
    ("population.vctim.priority.weight=4", "regime=under_provisioned_guest"): (
        "population.vctim is not there: did you mean victim?; choose a regime that "
        "has it, regime=NAME; or, to add a role of that name, write + in front"
    ),
    ("population.victim.priority.weight=4", "population.victim.priority.limit=0.5"): (
        "population.victim is not there: known here: guest; choose a regime that has it, "
        "regime=NAME; or, to add a role of that name, write + in front "
        "(at regime=over_committed and 2 more)"
    ),
    ("regime=over_comitted",): (
        "regime=over_comitted is not an option of regime: did you mean over_committed? "
        f"Known here: {REGIMES}"
    ),
    ("+regime=none",): "regime has a choice already: write regime=OPTION, without +",
    ("++regime=none",): "++regime=none is a group: write regime=OPTION",
    ("regime=null",): "guests must hold at least one guest where no regime or trace is given",
    ("experiment.name=x",): (
        "experiment is a group, not a setting: write experiment=OPTION, and let the group's files "
        "begin with '# @package _global_'"
    ),
    (
        "regime=over_committed",
        "population.guest.priority.limit=0.1",
        "~population.guest.count",
        "population.guest.priority.reserve=0.2",
    ): ("population.guest.priority.limit must be >= reserve (0.2), got 0.1"),
    ("experiment=trace_population",): "trace.path must be given: add trace.path=VALUE",
    ("-m", "host.logical_processors=0,4"): (
        "host.logical_processors must be 1..1024, got 0 "
        "(at regime=over_committed host.logical_processors=0 and 3 more)"
    ),
    ("-m", "host.logical_processors=range(1,999)", "dispatch.slice_s=range(1,999)"): (
        "the grid has 3984016 design points, more than 100000: thin it out"
    ),
    ("-m", "experiment=four_regimes,host_size"): (
        "experiment=four_regimes,host_size names several experiments: run them one after another"
    ),
    ("-m", "size=smoke,pilot", "horizon_s=12", "warmup_s=2"): (
        "trials differs between design points (20 and 200), but belongs to the whole experiment: "
        "run them one after another (at regime=over_committed size=pilot and 3 more)"
    ),
    ("--dry-rum",): "--dry-rum is not a flag: did you mean --dry-run?",
    ("--trials=5",): "--trials=5 is not a flag: write trials=5",
    ("--cfg", "job", "--dry-run"): "--cfg and --dry-run can't be given together: choose one",
    ("--resolve",): "--resolve belongs to --cfg: add --cfg job",
    ("--cfg", "job", "trails=5"): "trails is not a setting: did you mean trials?",
    ("nowhere.yaml",): "nowhere.yaml is not there: give a saved settings.yaml, or key=value",
}


@pytest.mark.parametrize("arguments", ONE_PROBLEM, ids=" ".join)
def test_one_problem(arguments, refused):
    assert refused(*arguments, "regime=over_committed") == [ONE_PROBLEM[arguments]]


@pytest.mark.parametrize("arguments", AS_IT_IS, ids=" ".join)
def test_one_problem_of_a_regime_or_experiment(arguments, refused):
    assert refused(*arguments) == [AS_IT_IS[arguments]]


@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_a_results_dir_that_can_not_be(refused, tmp_path, flags):
    (tmp_path / "file").write_text("")
    assert refused("results_dir=file/x", *flags) == [
        "file is not a folder: move it away or choose another folder with results_dir="
    ]


def test_what_resembles_nothing_gets_no_guess(refused):
    (told,) = refused("foo=1")
    assert told.startswith(
        "foo is not a setting: known here: assumptions, balancer, baselines, causes, changes, "
    )


def test_suggested_commands_work_where_they_were_started(hvmc, monkeypatch):
    monkeypatch.setenv("UV", "uv")
    assert "after a verb, uv run hvmc run trials=5" in hvmc("trials=5").err


def test_output_that_can_not_be_written_is_told_of(monkeypatch, capfd):
    from hvmc.cli.main import main

    def full(_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hvmc.cli.show.command", full)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert main(["show", "x"]) == 2
    assert capfd.readouterr().err == (
        "hvmc show: the output can't be written (No space left on device): send it elsewhere\n"
    )


def test_unknown_experiment_lists_all(refused):
    assert refused("experiment=for_regimes") == [
        "experiment=for_regimes is not an option of experiment: did you mean four_regimes? Known "
        f"here: {options('experiment')}"
    ]


def test_unknown_kind_of_configuration(refused):
    (problem,) = refused("--cfg", "jobs")
    assert problem.startswith("argument --cfg/-c: invalid choice: 'jobs'")


def test_missing_folders_are_named(refused, tmp_path):
    assert refused("--config-dir", "own") == [f"--config-dir: {tmp_path}/own is not a folder"]
    assert refused("--config-path", "own") == [f"--config-path: {tmp_path}/own is not a folder"]
    (problem,) = refused("--config-name", "mine")
    assert problem.endswith("mine.yaml is not there")
    assert refused("hydra.searchpath=['file://own']") == ["hydra.searchpath: own is not a folder"]


def test_unreadable_trace_folder(refused):
    (problem,) = refused("experiment=trace_population", "trace.path=own")
    assert problem.startswith(
        "trace.path can't be used: own: must be a file or folder that can be read"
    )


def test_all_problems_at_once(refused):
    assert refused(
        *("regime=over_comitted", "trails=5", "+trials=0", "host.logical_processors=0"),
        *(
            "seed=1,2",
            "suffers_above=x",
            "jobs=0",
            "guests.web.role=x",
            "root.wake=${nope}",
            "trace",
        ),
    ) == [
        "trace has no value: write trace=VALUE",
        f"regime=over_comitted is not an option of regime: did you mean over_committed? Known "
        f"here: {REGIMES}",
        "seed=1,2 can't differ between design points, seed belongs to the whole experiment: run "
        "one value after another",
        "guests.web is not there: to add it, write +guests.web.role=...",
        "root.wake can't be resolved: Interpolation key 'nope' not found",
        "trails is not a setting: did you mean trials?",
        "host.logical_processors must be 1..1024, got 0",
        "suffers_above must be a number >= 1, got 'x'",
        "jobs must be 1..4096, got 0",
        "trials must be 1..1000000000, got 0",
    ]


OWN_FILES = {
    "tab": (
        "name: x\n\ttrials: 3\n",
        "own/experiment/tab.yaml line 3, column 1: is not valid YAML: while scanning for the next "
        "token found character '\\t' that cannot start any token",
    ),
    "twice": (
        "name: x\nname: y\n",
        "own/experiment/twice.yaml line 3, column 1: is not valid YAML: while constructing a "
        "mapping found duplicate key name",
    ),
    "list": (
        "- 1\n- 2\n",
        "experiment/list.yaml can't be used: it must hold a mapping of settings",
    ),
    "unknown": ("trails: 5\n", "trails is not a setting: did you mean trials?"),
    "reference": (
        "horizon_s: ${nope}\n",
        "horizon_s can't be resolved: Interpolation key 'nope' not found",
    ),
    "brace": (
        "horizon_s: ${nope\n",
        "horizon_s can't be used: no viable alternative at input '${nope'",
    ),
    "option": (
        "defaults:\n  - override /host: huge\n  - _self_\n",
        "host=huge is not an option: known here: default, four_lps, smt, smt_core",
    ),
    "group": (
        "defaults:\n  - override /hosts: smt\n  - _self_\n",
        "experiment/group.yaml can't be used: Could not override 'hosts'. No match in the "
        "defaults list.",
    ),
    "grid": (
        "hydra: {sweeper: {params: {trials: '5,6'}}}\n",
        "trials=5,6 can't differ between design points, trials belongs to the whole experiment: "
        "run one value after another",
    ),
    "hydra": (
        "hydra: {sweper: {}}\n",
        "experiment/hydra.yaml can't be used: Key 'sweper' not in 'HydraConf' (hydra.sweper)",
    ),
}


_DOUBLED = "".join(f"y{step}: ${{y{step - 1}}}${{y{step - 1}}}\n" for step in range(1, 30))
HARMFUL_FILES = {
    "laughs": (
        "a: &a {b: &b {c: 1}}\n" + "x: &x [*a, *b]\n" + "z: &z [*z]\n",
        "line {line}, column 8: *z stands inside what it stands for: leave out",
        3,
    ),
    "deep": (
        "name: x\nhost: " + "[" * 500,
        "line {line}, column 38: is nested more than 32 deep: write it flatter",
        2,
    ),
    "digits": (
        "trials: " + "9" * 5000,
        "line {line}, column 9: holds a number of 5000 digits: write at most 300",
        1,
    ),
}


@pytest.mark.parametrize("name", HARMFUL_FILES)
def test_files_that_would_exhaust_their_reader(name, refused, experiment_file, tmp_path):
    text, problem, line = HARMFUL_FILES[name]
    flag = experiment_file(name, text)
    found = refused(*flag, f"experiment={name}")
    told = problem.format(line=line + 1)  # below the header
    assert found == [f"{tmp_path}/own/experiment/{name}.yaml {told}"]
    (tmp_path / "saved.yaml").write_text(text)
    assert refused("saved.yaml") == [f"saved.yaml {problem.format(line=line)}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "y0: x\n" + _DOUBLED,
            "y15 stands for more than 100000 values with its ${...} written out: use fewer "
            "references",
        ),
        (
            "".join(f"y{step}: ${{y{step + 1}}}\n" for step in range(500)) + "y500: 1\n",
            "y0 leads through more than 32 references: use fewer",
        ),
    ],
)
def test_references_that_would_never_be_written_out(refused, experiment_file, tmp_path, text, told):
    flag = experiment_file("mine", text)
    assert refused(*flag, "experiment=mine") == [told]
    (tmp_path / "saved.yaml").write_text("points: [{}]\n" + text)
    assert refused("saved.yaml") == [told]


@pytest.mark.parametrize("name", OWN_FILES)
def test_own_files(name, refused, experiment_file, tmp_path):
    text, problem = OWN_FILES[name]
    flag = experiment_file(name, text)
    found = refused(*flag, f"experiment={name}")
    assert [line.replace(f"{tmp_path}/", "") for line in found] == [problem]


def test_own_file_without_its_package(refused, experiment_file):
    flag = experiment_file("mine", "name: x\n", header="")
    (problem,) = refused(*flag, "experiment=mine")
    assert problem.startswith("experiment is a group, not a setting: write experiment=OPTION")


def test_own_file_that_is_no_text(refused, experiment_file, tmp_path):
    flag = experiment_file("mine", b"name: \xff\n")
    (problem,) = refused(*flag, "experiment=mine")
    assert problem.startswith(f"{tmp_path}/own/experiment/mine.yaml is not UTF-8 text: 'utf-8'")


def test_file_by_its_path_that_holds_no_guests(refused, experiment_file):
    experiment_file("mine", "name: x\n")
    assert refused("own/experiment/mine.yaml") == [
        "guests must hold at least one guest where no regime or trace is given"
    ]


def test_file_by_its_path_beside_an_experiment(refused, experiment_file):
    experiment_file("mine", "name: x\n")
    assert refused("own/experiment/mine.yaml", "experiment=causes") == [
        "experiment=causes can't be given beside own/experiment/mine.yaml: choose one"
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu"], "hvmc: rnu is not a verb: did you mean run?\n"),
        (
            ["jump"],
            f"hvmc: jump is not a verb: there are {', '.join(VERBS)}\n",
        ),
        (
            ["trials=5"],
            "hvmc: trials=5 is not a verb: settings come after a verb, hvmc run trials=5\n",
        ),
        (
            ["show", "nowhere"],
            "hvmc show: nowhere is not a folder: give the results folder of an experiment "
            "(results/<experiment>/<hash>)\n",
        ),
        (
            ["plot", "."],
            "hvmc plot: settings.yaml is missing: give the results folder of an experiment "
            "(results/<experiment>/<hash>)\n",
        ),
        (
            ["-sc", "install=tcsh"],
            "hvmc completion: -sc takes install=SHELL or uninstall=SHELL: bash, zsh, fish\n"
            "Nothing was run or written.\n",
        ),
    ],
)
def test_other_verbs(hvmc, arguments, message):
    told = hvmc(*arguments)
    assert (told.code, told.err) == (2, message)


@pytest.mark.parametrize("value", ["0", "2", "x", "nan"])
def test_fraction_of_reproduce(hvmc, value):
    told = hvmc("reproduce", "x", "--fraction", value)
    assert told.code == 2
    assert f"argument --fraction: must be above 0, at most 1, got {value}" in told.err
