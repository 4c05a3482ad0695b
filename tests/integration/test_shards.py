"""Shards: cut anyhow, interrupted, extended, the whole is the run in one piece, bit for bit."""

import hashlib
import shutil

import pytest

from hvmc.cli.main import main
from hvmc.experiment import blocks, reuse
from hvmc.experiment.errors import Interrupted, ResultsError
from hvmc.experiment.folder import folder_of
from hvmc.experiment.merging import ShardsError, merge_shards
from hvmc.experiment.results import load
from hvmc.experiment.run import run
from hvmc.experiment.settings import Precision
from hvmc.experiment.shard import Shard
from hvmc.experiment.table_files import TABLES


def bits(results):
    """Every file that a run leaves, but for provenance.json, which tells of times."""
    places = (*TABLES, "summary.parquet", "settings.yaml")
    found = [results.path / place for place in places]
    files = [file for path in found for file in (path.iterdir() if path.is_dir() else [path])]
    return {
        file.relative_to(results.path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def run_shards(experiment, folder, count, numbers=None):
    return [
        run(experiment, results_dir=folder, jobs=1, shard=Shard(number, count))
        for number in numbers or range(1, count + 1)
    ]


def counts(results, what="simulated"):
    return [entry.get(what) for entry in results.provenance["runs"]]


@pytest.fixture(scope="module")
def experiment(weights):
    return weights(100, trials=8)


@pytest.fixture(scope="module")
def undisturbed(experiment, tmp_path_factory):
    return run(experiment, results_dir=tmp_path_factory.mktemp("whole"), jobs=1)


@pytest.fixture(scope="module")
def cut(experiment, tmp_path_factory):
    """All four shards of it, untouched by tests."""
    folder = tmp_path_factory.mktemp("cut")
    run_shards(experiment, folder, 4)
    return folder


@pytest.fixture
def shards(experiment, cut, tmp_path):
    """A copy of these; returns the folder of the whole."""
    shutil.copytree(cut, tmp_path / "cut")
    return folder_of(experiment, tmp_path / "cut")


def test_an_interrupted_shard_goes_on_and_all_make_the_uncut_run(
    experiment, tmp_path, simulated, small_chunks, monkeypatch
):
    monkeypatch.setattr(blocks, "BLOCK_UNITS", 3)  # shards and blocks lie across each other
    whole = run(experiment, results_dir=tmp_path / "whole", jobs=1)
    simulated.clear()

    def stop(done, *_):
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"of 4 trials are kept"):
        run(experiment, results_dir=tmp_path / "cut", jobs=1, shard=Shard(2, 4), progress=stop)
    second, *others = run_shards(experiment, tmp_path / "cut", 4, [2, 4, 1, 3])
    assert len(simulated) == 16
    assert second.complete
    merged = merge_shards([second.path, *(one.path for one in others)])
    assert merged.path == folder_of(experiment, tmp_path / "cut")
    assert bits(merged) == bits(whole)
    assert len(simulated) == 16
    assert run(experiment, results_dir=tmp_path / "cut", jobs=1).complete
    assert counts(merged, "reused")[-1] == 16


def test_shards_from_anywhere_are_merged_elsewhere(shards, undisturbed, tmp_path):
    apart = [shutil.move(one, tmp_path / one.name) for one in (shards / "shards").iterdir()]
    merged = merge_shards(apart, results_dir=tmp_path / "results")
    assert bits(merged) == bits(undisturbed)


def test_what_does_not_belong_together_is_named_with_its_remedy(
    experiment, weights, shards, undisturbed, tmp_path
):
    inside = shards / "shards"
    shutil.rmtree(inside / "3-of-4")
    (first,) = run_shards(experiment, tmp_path / "halves", 2, [1])
    (other,) = run_shards(weights(400), tmp_path, 4, [3])
    (longer,) = run_shards(experiment.replace(trials=16), tmp_path / "longer", 4, [3])
    twice = shutil.copytree(inside / "1-of-4", tmp_path / "again")
    for file in (inside / "2-of-4").glob("*/*.parquet"):
        file.unlink()
    with pytest.raises(ShardsError) as told:
        merge_shards([shards, first.path, other.path, longer.path, twice, undisturbed.path])
    text = "\n".join(told.value.problems)
    assert len(told.value.problems) == 6
    assert f"{inside / '2-of-4'} is unfinished (4 of 4 trials are missing): run its com" in text
    assert f"{first.path} is of another cut (1/2) than {inside / '1-of-4'} (1/4), so that " in text
    assert f"{other.path} is of another experiment (weights, " in text
    assert f"{longer.path} was run with trials=16, {inside / '1-of-4'} with 8: run it aga" in text
    assert f"shard 1/4 is given twice, {inside / '1-of-4'} and {twice}: name one of them" in text
    assert f"{undisturbed.path} holds no shard but a whole experiment: leave it out" in text
    with pytest.raises(ShardsError, match=r"shards 2/4, 3/4 are missing: run the same command wit"):
        merge_shards([inside / f"{number}-of-4" for number in (1, 4)])
    assert not (shards / "outcomes").exists()


def test_without_a_shard_the_whole_run_copies_the_others(
    experiment, shards, undisturbed, simulated
):
    shutil.rmtree(shards / "shards" / "2-of-4")
    with pytest.raises(ResultsError, match=r"holds shards alone: put them together with"):
        load(shards)
    whole = run(experiment, results_dir=shards.parents[1], jobs=1)
    assert len(simulated) == 4
    assert bits(whole) == bits(undisturbed)


def test_longer_shards_copy_what_shorter_ones_had(experiment, shards, simulated, tmp_path):
    longer = experiment.replace(trials=16)
    run_shards(longer, shards.parents[1], 2)
    assert len(simulated) == 2 * 8
    merged = merge_shards(sorted((shards / "shards").glob("*-of-2")))
    assert bits(merged) == bits(run(longer, results_dir=tmp_path / "whole", jobs=1))


def test_a_damaged_shard_is_told_of(shards):
    file = next((shards / "shards" / "1-of-4").glob("inputs/*"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ResultsError, match=r"is corrupt .* run the experiment again"):
        merge_shards([shards])


def test_failures_of_shards_are_those_of_the_whole(experiment, tmp_path, third_trial_fails):
    run_shards(experiment, tmp_path, 2)
    merged = merge_shards([folder_of(experiment, tmp_path)])
    assert merged.failures()[["point", "trial"]].to_numpy().tolist() == [[0, 3], [1, 3]]
    assert merged.units == 14


def test_what_cannot_be_cut_is_refused(experiment, tmp_path):
    with pytest.raises(ResultsError, match=r"but there are 8: take at most 8 shards"):
        run(experiment, results_dir=tmp_path, shard=Shard(1, 9))
    precise = experiment.replace(precision=Precision(half_width=0.1))
    with pytest.raises(ResultsError, match=r"needs an exact number of trials.*give trials=1000"):
        run(precise, results_dir=tmp_path, shard=Shard(1, 2))
    assert not any(tmp_path.iterdir())


def test_the_command_line_runs_and_merges_shards(tmp_path, capsys):
    settings = [
        *("run", "regime=over_provisioned", "experiment=null", "name=cut", "trials=4", "jobs=1"),
        *("size=smoke", "host.logical_processors=2", f"results_dir={tmp_path}"),
    ]
    assert main([*settings, "shard=3/2"]) == 2
    assert "shard must be NUMBER/COUNT, such as 3/8, got '3/2'" in capsys.readouterr().err
    assert main([*settings, "shard=2/2"]) == 0
    shard = next(tmp_path.glob("*/*/shards/2-of-2"))
    assert capsys.readouterr().out.startswith(f"shard 2/2: 2 trials in {shard}\nwhen all 2 are")
    assert main(["merge", str(shard)]) == 2
    assert "shards 1/2 are missing" in capsys.readouterr().err


def test_whole_blocks_are_copied_unopened(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_UNITS", 2)
    whole = run(experiment, results_dir=tmp_path / "whole", jobs=1)
    run_shards(experiment, tmp_path / "cut", 2)

    def opened(*_, **__):
        raise AssertionError("a block's rows were read")

    monkeypatch.setattr(reuse, "read_table", opened)
    merged = merge_shards([folder_of(experiment, tmp_path / "cut")])
    assert bits(merged) == bits(whole)
