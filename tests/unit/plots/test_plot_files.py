"""Files: which are written, that they are whole, and the same bytes for the same outcomes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from drawn import drawings

from hvmc.plots.write import save, write_figures

PROJECT = Path(__file__).parents[3]
FORMATS = ["png", "svg", "pdf"]
ALWAYS = {"exceedance", "distribution", "suffering", "knee", "split"}


def names(written):
    return {path.stem for path in written}


def digests(written):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}


def settings():
    """All rcParams but the backend, which resolves itself when it is looked at."""
    return {key: mpl.rcParams[key] for key in mpl.rcParams if not key.startswith("backend")}


@pytest.fixture(scope="module")
def tiny(build_outcomes):
    outcomes = build_outcomes(trials=2, guests=1, regimes=["over_committed"])
    return outcomes.assign(virtual_processors=2, think_ratio=10.0)


@pytest.fixture(scope="module")
def lean(build_outcomes):
    """Outcomes that call for the five figures that are always drawn, and no others."""
    outcomes = build_outcomes(trials=12, guests=3, regimes=["efficiently_provisioned"])
    return outcomes.assign(virtual_processors=2, think_ratio=10.0)


@pytest.fixture(scope="module")
def first(lean, tmp_path_factory):
    """Digests of the lean outcomes' files."""
    written = write_figures(drawings(lean), tmp_path_factory.mktemp("first"), formats=FORMATS)
    return digests(written)


def test_full_frame_gives_every_figure(outcomes, tmp_path):
    written = write_figures(
        drawings(outcomes, note="window 60 s"), tmp_path / "figures", formats=["svg"]
    )
    assert names(written) == ALWAYS | {
        "knee_own_commitment",
        "suffering_by_virtual_processors",
        "suffering_by_think_ratio",
    }
    assert written.skipped == {}
    assert all(path.stat().st_size > 5000 for path in written)
    assert sorted(written) == sorted((tmp_path / "figures").iterdir())


def test_two_trials_of_one_guest_are_enough(tiny, tmp_path):
    written = write_figures(drawings(tiny), tmp_path)
    assert names(written) == ALWAYS
    assert {path.suffix for path in written} == {".png", ".svg"}
    assert len(written) == 2 * len(ALWAYS)
    assert written.skipped == {}


def test_one_regime_of_hosts_has_no_victims_knee(first):
    assert set(first) == {f"{name}.{kind}" for name in ALWAYS for kind in FORMATS}


def test_categories_and_a_repeated_index_are_fine(lean, first, tmp_path):
    twice = lean.astype({"regime": "category", "role": "category"}).set_index(lean.index % 5)
    assert (
        digests(write_figures(drawings(twice), tmp_path, formats=["svg"])).items() <= first.items()
    )


def test_equal_stretches_are_drawn(build_outcomes, tmp_path):
    outcomes = build_outcomes(trials=6, guests=2, regimes=["over_committed"])
    outcomes[["stretch", "sizing", "hosting"]] = 1.0
    assert names(write_figures(drawings(outcomes), tmp_path, formats=["png"])) >= ALWAYS


def test_nan_columns_skip_only_the_figures_that_need_them(build_outcomes, tmp_path):
    outcomes = build_outcomes(trials=32, guests=3, regimes=["over_committed"])
    outcomes[["sizing", "think_ratio"]] = np.nan
    outcomes.loc[::3, "stretch"] = np.nan
    written = write_figures(drawings(outcomes), tmp_path, formats=["png"])
    assert names(written) >= ALWAYS - {"split"}
    assert "suffering_by_think_ratio" not in names(written)
    assert list(written.skipped) == ["split"]
    assert "0 of 96 rows have finite stretch, sizing, hosting" in written.skipped["split"]


def test_without_any_stretch_all_are_skipped_with_a_reason(tiny, tmp_path):
    written = write_figures(drawings(tiny.assign(stretch=np.nan)), tmp_path)
    assert written == []
    assert set(written.skipped) == ALWAYS
    assert all("run more trials or a longer window" in why for why in written.skipped.values())
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_is_refused(tiny, tmp_path):
    with pytest.raises(ValueError, match="formats must be among png, svg, pdf, got gif"):
        write_figures(drawings(tiny), tmp_path, formats=["png", "gif"])


def test_design_points_get_curves_boxes_and_maps(build_outcomes, tmp_path):
    outcomes = build_outcomes(trials=30, guests=2, points=4, regimes=["over_provisioned"])
    outcomes = outcomes.assign(virtual_processors=2, think_ratio=10.0)
    levels = {k: {"host.lps": [4, 8][k // 2], "guest.weight": [1, 2][k % 2]} for k in range(4)}
    written = write_figures(drawings(outcomes, levels=levels), tmp_path, formats=["png"])
    suffix = "over_provisioned_guest"
    assert names(written) == {
        f"points_exceedance_{suffix}",
        f"points_knee_{suffix}",
        f"points_distribution_{suffix}",
        f"points_map_p50_{suffix}",
        f"points_map_p95_{suffix}",
    }


def test_points_of_one_commitment_each_have_no_knee(build_outcomes, tmp_path):
    outcomes = build_outcomes(trials=6, guests=2, points=2, regimes=["over_provisioned"])
    outcomes["lp_commitment"] = outcomes["point"] + 0.5
    written = write_figures(drawings(outcomes), tmp_path, formats=["png"])
    assert not any("knee" in name for name in names(written))
    assert written.skipped == {}


def test_same_bytes_again_whatever_the_users_settings(lean, first, tmp_path):
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.size": 30.0, "axes.grid": True, "svg.hashsalt": "other"}):
        before = settings()
        second = write_figures(drawings(lean), tmp_path, formats=FORMATS)
        assert settings() == before
    assert digests(second) == first
    assert plt.get_fignums() == []


def test_same_bytes_in_another_process(lean, first, tmp_path):
    lean.to_pickle(tmp_path / "lean.pkl")
    code = (
        f"import sys, pandas; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from drawn import drawings; from hvmc.plots.write import write_figures;"
        "figures = drawings(pandas.read_pickle(sys.argv[1]));"
        f"write_figures(figures, sys.argv[2], formats={FORMATS})"
    )
    there = tmp_path / "there"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "lean.pkl"), str(there)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "123"},
        cwd=PROJECT,
    )
    assert digests(there.iterdir()) == first


def test_other_outcomes_give_other_bytes(lean, first, tmp_path):
    other = lean.assign(stretch=lean["stretch"] * 1.5)
    changed = digests(write_figures(drawings(other), tmp_path, formats=["svg"]))
    assert changed["exceedance.svg"] != first["exceedance.svg"]


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    from hvmc.plots.style import new_figure

    target = tmp_path / "figure.png"
    target.write_bytes(b"old")

    def refuse(self, other):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        save(new_figure(1.0, 1.0), target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_importing_the_package_is_cheap():
    code = (
        "import sys, hvmc.plots; "
        "heavy = {'matplotlib', 'seaborn', 'pandas', 'numpy', 'scipy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
