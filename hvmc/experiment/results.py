"""Results: what a results folder holds, read when it is asked for."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hvmc.experiment import failures, provenance
from hvmc.experiment.errors import ResultsError
from hvmc.experiment.folder import SETTINGS, build_settings, sizes_in, units_of
from hvmc.experiment.reader import read_table
from hvmc.experiment.reuse import missing_units
from hvmc.experiment.saved import read_saved
from hvmc.experiment.settings import MODEL_VERSION, Experiment
from hvmc.experiment.shard import SHARDS, Shard
from hvmc.experiment.spans import Span
from hvmc.experiment.table_files import stored_units
from hvmc.regimes.luck import SCRAMBLES
from hvmc.scenario.plain import plain
from hvmc.scenario.scenario import Scenario
from hvmc.scenario.small_table import html_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SUMMARISED", "Results", "load"]

_MOST_ROWS = 20
SUMMARISED = (
    *("point", "trial", "replication", "stretch", "sizing", "hosting", "censored"),
    *("throughput_per_s", "native_throughput_per_s"),
    *("provisioned_lp_s", "provisioned_gib_s", "native_cpu_s"),
)
"""Outcomes that a summary reads."""


@dataclass(frozen=True, repr=False)
class Results:
    """Results of an experiment; made by `load` or `run`.

    Tables hold the trials and replications of ``settings``, not more. Rows are ordered by point,
    trial, replication and guest. The column ``scramble`` says which trials were drawn together,
    evenly spread (`hvmc.regimes.luck`); it is absent where all are independent.

    Parameters
    ----------
    path : Path
        The results folder.
    document : dict
        Content of its settings.yaml.
    provenance : dict
        Content of its provenance.json: hashes, and for each run its time, command, environment
        and counts.
    """

    path: Path
    document: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def sizes(self) -> list[int]:
        """Trials asked for at each design point."""
        return sizes_in(self.document)

    @property
    def asked(self) -> list[Span]:
        """All units (point, trial, replication) asked for, one span per design point."""
        return units_of(self.sizes, self.document["replications"], self.shard)

    @property
    def shard(self) -> Shard | None:
        """Which shard of the experiment these results are of, None of the whole."""
        written = self.provenance.get("shard")
        return None if written is None else Shard.of(written)

    @property
    def total(self) -> int:
        """How many units are asked for."""
        return sum(span.units for span in self.asked)

    @cached_property
    def settings(self) -> Experiment:
        """The experiment.

        Raises
        ------
        ResultsError
            If settings.yaml breaks rules, or was changed after the run.
        """
        found = build_settings(self.path, self.document)
        same_model = self.provenance["model_version"] == MODEL_VERSION
        if same_model and found.digest != self.provenance["digest"]:
            raise ResultsError(
                f"{self.path / SETTINGS} was changed after the run, so it does not describe these "
                "results: undo that, or run the same command again, which writes it anew; to vary "
                "an experiment, copy the file elsewhere"
            )
        return found

    @property
    def scrambles(self) -> int:
        """How many independent scrambles the trials are of, in turn; 0: they are independent."""
        return SCRAMBLES if all(point.design.is_spread for point in self.settings.points) else 0

    @property
    def labels(self) -> dict[int, str]:
        """Design point to its swept levels as printed."""
        return {
            number: " ".join(
                f"{factor}={level}" for factor, level in point.get("levels", {}).items()
            )
            for number, point in enumerate(self.document["points"])
        }

    def stored_spans(self) -> list[Span]:
        """Return the units stored, those beyond ``settings`` included, each once."""
        return stored_units(self.path, self.digests)

    @property
    def digests(self) -> dict[int, str]:
        """Design point to the hash of its design and seed."""
        return dict(enumerate(self.provenance["points"]))

    @property
    def units(self) -> int:
        """Units stored; a unit is one replication of one trial at one design point."""
        missing = missing_units(self.asked, self.stored_spans())
        return self.total - sum(span.units for span in missing)

    def require_trials(self) -> None:
        """Check that there is something to read.

        Raises
        ------
        ResultsError
            If no trial is stored.
        """
        if self.units:
            return
        if not self.failures().empty:
            raise ResultsError(
                f"{self.path} holds no trial, all failed: {failures.FILE} there says why"
            )
        raise ResultsError(
            f"{self.path / 'outcomes'} is missing or empty: run the experiment again"
        )

    @property
    def complete(self) -> bool:
        """Whether every unit asked for is stored (one that failed is not)."""
        return self.units == self.total

    def trials(self, columns: Sequence[str] | None = None, filters: Any = None) -> "pd.DataFrame":
        """Return the outcomes: one row per point, trial, replication and guest.

        Parameters
        ----------
        columns : sequence of str, optional
            Which; all by default. Few columns are read much faster.
        filters : list of tuple, or pyarrow expression, optional
            Which rows: ``[("regime", "==", "over_committed"), ("stretch", ">", 2.0)]``.

        Raises
        ------
        ResultsError
            If a file is corrupt.
        KeyError
            If there is no such column.
        """
        return self._frame("outcomes", columns, filters)

    def inputs(self, columns: Sequence[str] | None = None, filters: Any = None) -> "pd.DataFrame":
        """Return what was drawn: one row per point, trial and guest; parameters as `trials`."""
        keys = ["point", "trial", "replication", "guest"]
        wanted = list(columns) if columns is not None else None
        read = None if wanted is None else list(dict.fromkeys([*wanted, *keys]))
        frame = self._frame("inputs", read, filters)
        if self.document["replications"] > 1:
            frame = frame.drop_duplicates(["point", "trial", "guest"], ignore_index=True)
        return frame[wanted] if wanted is not None else frame.drop(columns="replication")

    def counters(self, columns: Sequence[str] | None = None, filters: Any = None) -> "pd.DataFrame":
        """Return counters: one row per unit, guest and counter; parameters as `trials`."""
        return self._frame("counters", columns, filters)

    def _frame(self, table: str, columns: Sequence[str] | None, filters: Any) -> "pd.DataFrame":
        rows = read_table(
            self.path, table, self.digests, within=self.asked, columns=columns, filters=filters
        )
        frame = rows.to_pandas(split_blocks=True, self_destruct=True)
        if self.scrambles and "trial" in frame:
            frame["scramble"] = frame["trial"] % self.scrambles
        return frame

    def failures(self) -> "pd.DataFrame":
        """Return units that raised and are not stored: key, label, seed, error, message, where.

        Raises
        ------
        ResultsError
            If failures.jsonl is corrupt.
        """
        import pandas as pd

        found = failures.read_failures(self.path)
        if found:
            found = failures.among(found, without=self.stored_spans(), within=self.asked)
        return pd.DataFrame(found, columns=list(failures.FAILURE_FIELDS))

    def summary(
        self,
        *,
        level: float = 0.95,
        by: Sequence[str] = ("point", "regime", "role"),
        outcomes: "pd.DataFrame | None" = None,
    ) -> "pd.DataFrame":
        """Return all metrics with their intervals (`hvmc.analysis.summary.summarise`).

        Parameters
        ----------
        level : float
            Coverage of the intervals.
        by : sequence of str
            Columns that define the groups; without "point", design points are pooled.
        outcomes : DataFrame, optional
            The trials, where they are read already.

        Raises
        ------
        ResultsError
            If a file is corrupt.
        """
        import pandas as pd

        from hvmc.analysis.clusters import where
        from hvmc.analysis.summary import summarise

        if outcomes is None:
            outcomes = self.trials(columns=list(dict.fromkeys([*by, *SUMMARISED])))
        prices = (self.settings.prices.lp_s, self.settings.prices.gib_s)
        limits = [point.design.suffers_above for point in self.settings.points]
        frames = []
        for limit in dict.fromkeys(limits):
            points = [number for number, other in enumerate(limits) if other == limit]
            rows = where(outcomes, outcomes["point"].isin(points))
            frames.append(summarise(rows, suffers_above=limit, level=level, prices=prices, by=by))
        return pd.concat(frames, ignore_index=True)

    def long_run(self) -> "pd.DataFrame":
        """Return one row per scenario and guest, with the long-run stretch given the scenario.

        Of several replications, jackknifed (`hvmc.analysis.replications.long_run`).

        Raises
        ------
        ResultsError
            If a file is corrupt, or there is only one replication.
        """
        import pandas as pd

        from hvmc.analysis.replications import long_run

        if self.document["replications"] < 2:
            raise ResultsError(
                "the long-run stretch of a scenario needs replications of at least 2, got 1: run "
                "the same command with replications=2"
            )
        return pd.concat(
            long_run(rows, suffers_above=self.settings.points[int(point)].design.suffers_above)
            for point, rows in self.trials().groupby("point", sort=True)
        ).reset_index(drop=True)

    def scenario(self, point: int, trial: int) -> Scenario:
        """Return the scenario of a trial, drawn again.

        Raises
        ------
        IndexError
            If there is no such design point.
        """
        points = self.settings.points
        if not 0 <= point < len(points):
            raise IndexError(f"point must be 0..{len(points) - 1}, got {point}")
        return points[point].design.draw(seed=self.settings.seed, trial=trial)

    def limited(self, experiment: Experiment) -> "Results":
        """Return these results with the trials and replications of ``experiment`` alone."""
        here = {
            "trials": experiment.trials,
            "sizes": list(experiment.sizes),
            "replications": experiment.replications,
            "precision": plain(experiment.precision),
        }
        return dataclasses.replace(self, document={**self.document, **here})

    def __repr__(self) -> str:
        return f"Results({str(self.path)!r}: {self._words()})"

    def _words(self) -> str:
        several, total, units = self.document["replications"], self.total, self.units
        state = "complete" if units == total else f"{units} of {total} done"
        runs = f" x {several} replications" if several > 1 else ""
        sizes = sorted(set(self.sizes))
        trials = "..".join(str(size) for size in dict.fromkeys((sizes[0], sizes[-1])))
        part = "" if self.shard is None else f"shard {self.shard} of "
        return f"{part}{len(self.sizes)} points x {trials} trials{runs}, {state}"

    def _repr_html_(self) -> str:
        """Show a small table in a notebook: trials of each design point, and who suffers."""
        title = self.document.get("question") or self.document.get("name", "")
        head = ("point", "regime: role", "trials", "guests", "P suffers, %", "stretch p50")
        table = html_table(f"{self._words()}, {self.path}", head, self._rows())
        return f"<b>{escape(str(title))}</b>{table}"

    def _rows(self) -> Iterator[tuple[object, ...]]:
        if not self.units:
            return
        from hvmc.analysis.numbers import estimate, figure, percent

        limits = [point.design.suffers_above for point in self.settings.points]
        found = self.summary().groupby(["point", "regime", "role"], sort=False)
        for (point, regime, role), rows in list(found)[:_MOST_ROWS]:
            own = {row["metric"]: row for row in rows.to_dict("records")}
            share = own[f"p_stretch_over_{limits[point]:g}"]
            yield (
                self.labels[point] or point,
                f"{regime}: {role}",
                share["clusters"],
                share["guests"],
                estimate(share, percent, lines=" "),
                estimate(own["stretch_p50"], figure, lines=" "),
            )


def load(path: str | Path) -> Results:
    """Return the results in a folder.

    Parameters
    ----------
    path : path
        ``results/<experiment>/<hash>``, or ``results/<experiment>`` where that holds only one.

    Raises
    ------
    ResultsError
        If there are none, or they are unreadable, corrupt or of another schema version.
    """
    folder = _settled(Path(path))
    return Results(folder, read_saved(folder), provenance.read_provenance(folder))


def _settled(path: Path) -> Path:
    if not path.is_dir():
        raise ResultsError(
            f"{path} is not a folder: give the results folder of an experiment "
            "(results/<experiment>/<hash>)"
        )
    if (path / SETTINGS).exists():
        return path
    found = sorted(inner.parent for inner in path.glob(f"*/{SETTINGS}"))
    if len(found) > 1:
        names = ", ".join(inner.name for inner in found)
        raise ResultsError(f"{path} holds results of several settings ({names}): name one of them")
    if not found and (path / SHARDS).is_dir():
        raise ResultsError(
            f"{path} holds shards alone: put them together with hvmc merge {path}, or name one of "
            f"{path / SHARDS}"
        )
    return found[0] if found else path
