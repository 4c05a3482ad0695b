"""What is stored, and what a reader, a reproduction and a plan make of it."""

import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hvmc.cli.main import main
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.plan import plan
from hvmc.experiment.reproduce import reproduce
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.experiment.seal import sealed
from hvmc.trial import outcome_rows, simulate

TABLES = ("trials", "inputs", "counters")


def test_every_unit_has_its_rows(undisturbed, weights):
    frame = undisturbed.trials()
    assert undisturbed.complete
    assert frame.groupby("point")["trial"].nunique().tolist() == [12, 12, 12]
    assert (frame[frame["point"] < 2].groupby(["point", "trial"]).size() == 2).all()
    assert frame["regime"].unique().tolist() == ["guests", "efficiently_provisioned"]
    assert len(undisturbed.inputs()) == len(frame)
    assert undisturbed.settings == weights(100, 400)
    assert undisturbed.labels[1] == "guests.web.priority.weight=400"
    assert undisturbed.failures().empty


def test_a_trial_alone_equals_the_trial_among_many(undisturbed):
    settings = undisturbed.settings
    for point, trial in ((0, 7), (2, 7)):
        design = settings.points[point].design
        alone = simulate(design.draw(seed=settings.seed, trial=trial), seed=1, trial=trial)
        rows = pd.DataFrame(outcome_rows(alone, design.suffers_above))
        among = undisturbed.trials(filters=[("point", "==", point), ("trial", "==", trial)])
        pd.testing.assert_frame_equal(
            among[rows.columns].reset_index(drop=True), rows, check_exact=True, check_dtype=False
        )
        assert undisturbed.scenario(point, trial) == alone.scenario


def test_reproduced_results_are_equal(undisturbed):
    found = reproduce(undisturbed.path, jobs=1)
    assert found.equal
    assert found.first is None
    rows = sum(len(getattr(undisturbed, table)()) for table in TABLES)
    assert (found.units, found.compared) == (36, rows)
    assert found.stored["packages"] == found.now["packages"]


def test_a_fraction_is_spread_over_points_and_trials(undisturbed):
    told = []
    found = reproduce(
        undisturbed.path, fraction=0.25, jobs=2, progress=lambda *now: told.append(now)
    )
    assert found.equal
    assert found.units == 9
    assert told[-1] == (9, 9, 0, 0.0)
    with pytest.raises(ValueError, match="fraction must be above 0, at most 1, got 0"):
        reproduce(undisturbed.path, fraction=0)


@pytest.fixture(scope="module")
def four(weights, tmp_path_factory):
    """Folder of the first four trials."""
    return run(
        weights(100, 400, trials=4), results_dir=tmp_path_factory.mktemp("four"), jobs=1
    ).path


@pytest.fixture
def copied(four, tmp_path):
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(four, tmp_path / "weights" / four.name))


def overwrite(path, table):
    """Write a table in place of another, as a program would that knows of seals."""
    sink = io.BytesIO()
    pq.write_table(table, sink)
    path.write_bytes(sealed(sink.getvalue()))


def tamper(path, column, row, value):
    """Change one value of a Parquet file; return its key and what it was."""
    table = pq.read_table(path)
    key = [table.column(name)[row].as_py() for name in ("point", "trial", "guest")]
    values = table.column(column).to_pylist()
    before, values[row] = values[row], value
    index = table.schema.get_field_index(column)
    field = table.schema.field(index)
    overwrite(path, table.set_column(index, field, [values]))
    return key, before


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("outcomes", "hosting", 1.5), ("inputs", "think_mean_s", 0.5), ("counters", "value", -1.0)],
)
def test_one_changed_value_is_the_one_reported(copied, table, column, value):
    (path,) = (copied / table).iterdir()
    key, before = tamper(path, column, 5, value)
    found = reproduce(copied, jobs=1)
    assert not found.equal
    assert found.differences == 1
    first = found.first
    assert [first.point, first.trial, first.guest] == key
    assert (first.table, first.stored, first.new) == (table, value, before)
    counter = pq.read_table(path).column("counter")[5].as_py() if table == "counters" else None
    assert first.column == (counter or column)
    assert f"stored {value!r}, now {before!r}" in str(first)


def test_a_stored_trial_that_fails_now_is_a_difference(copied, third_trial_fails):
    found = reproduce(copied, jobs=1)
    assert found.differences == 3
    assert (found.first.trial, found.first.column) == (3, "(row)")
    assert found.first.new == "ZeroDivisionError: trial three divides by nought"


def test_damaged_folders_are_refused_with_the_path(copied):
    settings, notes = copied / "settings.yaml", copied / "provenance.json"
    kept = settings.read_text(), notes.read_text()
    notes.unlink()
    with pytest.raises(ResultsError, match=r"provenance\.json is missing: run the experiment"):
        load(copied)
    notes.write_text(kept[1])
    settings.write_text("trials: [")
    with pytest.raises(ResultsError, match=r"settings\.yaml can't be read"):
        load(copied)
    settings.write_text(kept[0].replace("drain_s: 1.0", "drain_s: 2.0", 1))
    with pytest.raises(ResultsError, match=r"settings\.yaml was changed after the run"):
        _ = load(copied).settings
    settings.write_text(kept[0])
    (path,) = (copied / "outcomes").iterdir()
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ResultsError, match=rf"{path.name} is corrupt"):
        load(copied).trials()


def test_a_run_writes_lost_notes_anew_and_keeps_the_trials(copied, weights, simulated):
    (copied / "settings.yaml").unlink()
    (copied / "provenance.json").unlink()
    found = run(weights(100, 400, trials=4), results_dir=copied.parents[1], jobs=1)
    assert simulated == []
    assert found.complete
    assert [entry["simulated"] for entry in found.provenance["runs"]] == [0]


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-50])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(bytes(content))


def lost(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


def of_other_guests(path):
    rows = pq.read_table(path)
    overwrite(path, pa.concat_tables([rows.slice(0, 1), rows]))


@pytest.mark.parametrize(
    ("table", "damage", "trials"),
    [
        ("outcomes", cut_short, 4),
        ("outcomes", flipped, 5),
        ("outcomes", a_folder, 4),
        ("inputs", lost, 5),
        ("inputs", of_other_guests, 4),
        ("counters", flipped, 4),
    ],
)
def test_a_damaged_chunk_is_named_set_aside_and_simulated_again(
    copied, weights, simulated, undisturbed, table, damage, trials
):
    (path,) = (copied / table).iterdir()
    damage(path)
    told = []
    experiment = weights(100, 400, trials=trials)
    found = run(experiment, results_dir=copied.parents[1], jobs=1, notice=told.append)
    assert len(told) == 1
    assert told[0].startswith(f"{path} is corrupt (")
    assert told[0].endswith(
        f"set aside in {copied / 'damaged'}, and what it held is simulated again"
    )
    assert found.complete
    assert len(simulated) == 3 * trials
    expected = undisturbed.trials(filters=[("trial", "<", trials)])
    pd.testing.assert_frame_equal(found.trials(), expected, check_exact=True)
    aside = {p.parent.name for p in (copied / "damaged").glob("*/*")}
    assert aside == {"outcomes", "inputs", "counters"} - ({table} if damage is lost else set())


def test_show_verifies_every_byte_where_asked(copied, capsys):
    assert main(["show", str(copied), "--verify"]) == 0
    assert "verified: 3 files of trials, all as they were written" in capsys.readouterr().out
    (path,) = (copied / "counters").iterdir()
    flipped(path)
    assert main(["show", str(copied)]) == 0
    assert main(["show", str(copied), "--verify"]) == 2
    assert f"{path} is corrupt" in " ".join(capsys.readouterr().err.split())


@pytest.fixture(scope="module", params=[{"seed": 2}, {"points": (1, 0, 2)}], ids=["seed", "points"])
def foreign(request, weights, tmp_path_factory):
    """Folder of the same units of the same guests; seed or design point are others."""
    mine = weights(100, 400, trials=4)
    order = request.param.get("points", (0, 1, 2))
    points = tuple(mine.points[number] for number in order)
    other = mine.replace(seed=request.param.get("seed", 1), points=points)
    return run(other, results_dir=tmp_path_factory.mktemp("foreign"), jobs=1).path


@pytest.mark.parametrize("table", ["outcomes", "inputs", "counters"])
def test_tables_of_other_trials_are_refused_by_every_reader(copied, weights, foreign, table):
    mine = weights(100, 400, trials=4)
    (path,) = (copied / table).iterdir()
    path.write_bytes((foreign / table / path.name).read_bytes())
    readers = [
        lambda: run(mine, results_dir=copied.parents[1], jobs=1),
        getattr(load(copied), "trials" if table == "outcomes" else table),
        lambda: reproduce(copied, jobs=1),
    ]
    for read in readers:
        with pytest.raises(ResultsError, match=rf"{table}/{path.name} holds another design point"):
            read()


@pytest.mark.parametrize("key", ["model_version", "seed", "digest"])
def test_provenance_changed_by_hand_is_refused(copied, key):
    path = copied / "provenance.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, key: "9" if key == "digest" else 9}))
    with pytest.raises(ResultsError, match=r"provenance\.json was changed after it was written"):
        load(copied)
    del content["checksum"]  # as written by a version before
    path.write_text(json.dumps(content))
    assert load(copied).complete


def test_a_summary_of_another_experiment_is_written_anew(copied, weights):
    path = copied / "summary.parquet"
    before = path.read_bytes()
    other = run(weights(100, trials=1), results_dir=copied.parents[1], jobs=1)
    path.write_bytes((other.path / "summary.parquet").read_bytes())
    run(weights(100, 400, trials=4), results_dir=copied.parents[1], jobs=1)
    assert path.read_bytes() == before


def test_a_run_writes_a_damaged_summary_anew(copied, weights, simulated):
    path = copied / "summary.parquet"
    before = path.read_bytes()
    for damage in (lambda: path.write_bytes(before[:-50]), path.unlink):
        damage()
        run(weights(100, 400, trials=4), results_dir=copied.parents[1], jobs=1)
        assert path.read_bytes() == before
    assert simulated == []


def test_nothing_stored_is_not_equal(copied):
    (path,) = (copied / "outcomes").iterdir()
    path.unlink()
    for empty in (True, False):
        with pytest.raises(ResultsError, match=r"outcomes is missing or empty: run the exp"):
            reproduce(copied, jobs=1)
        if empty:
            path.parent.rmdir()


def test_places_without_results_are_refused(tmp_path, copied):
    with pytest.raises(ResultsError, match="nowhere is not a folder: give the results folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match=r"settings\.yaml is missing: give the results folder"):
        load(copied / "outcomes")
    other = copied.parent / "other"
    other.mkdir()
    assert load(copied.parent).path == copied
    (other / "settings.yaml").write_text("")
    with pytest.raises(ResultsError, match=r"holds results of several settings .*name one of them"):
        load(copied.parent)


def test_a_plan_writes_nothing_and_foresees_the_run(weights, tmp_path):
    experiment = weights(100, 400)
    foreseen = plan(experiment, tmp_path, jobs=2)
    assert list(tmp_path.iterdir()) == []
    assert (foreseen.points, foreseen.total, foreseen.done, foreseen.to_do) == (3, 36, 0, 36)
    assert foreseen.seconds == pytest.approx(36 * foreseen.unit_s / 2)
    found = run(experiment, results_dir=tmp_path, jobs=1)
    for table in ("outcomes", "inputs", "counters"):
        assert foreseen.parts == len(list((found.path / table).iterdir()))
    assert foreseen.bytes > 0
    after = plan(experiment, tmp_path)
    assert (after.done, after.to_do, after.parts, after.bytes) == (36, 0, 0, 0)


def test_a_plan_of_the_largest_experiment_lists_no_trial(weights, tmp_path):
    foreseen = plan(weights(100, 400, trials=10**9, replications=10**6), tmp_path, jobs=2)
    assert foreseen.to_do == 3 * 10**15
    assert foreseen.parts == 3 * 10**9


def test_the_summary_is_stored(undisturbed):
    stored = pd.read_parquet(undisturbed.path / "summary.parquet")
    pd.testing.assert_frame_equal(stored, undisturbed.summary(), check_dtype=False)
    assert set(stored["point"]) == {0, 1, 2}
    pooled = undisturbed.summary(by=("regime",))
    assert set(pooled["regime"]) == {"guests", "efficiently_provisioned"}


def test_what_is_shown_is_short(undisturbed):
    assert "3 points x 12 trials, complete" in repr(undisturbed)
    assert len(repr(undisturbed)) < 200
    html = undisturbed._repr_html_()
    assert html.startswith("<b>weights</b><p>3 points x 12 trials, complete, ")
    assert html.count("<tr>") == 4
    assert "<th>guests.web.priority.weight=400</th><td>guests: guest</td><td>12</td>" in html


def test_notes_name_the_command_and_no_machine(undisturbed, weights, tmp_path):
    found = run(weights(100, trials=1), results_dir=tmp_path, jobs=1, command="hvmc run trials=1")
    text = (found.path / "provenance.json").read_text()
    assert json.loads(text)["runs"][0]["command"] == "hvmc run trials=1"
    assert str(tmp_path) not in text
    assert "# hvmc run trials=1" in (found.path / "settings.yaml").read_text().splitlines()
