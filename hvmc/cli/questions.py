"""What ``hvmc run`` asks of a host beside its configuration: variants compared with the present.

Whom variants are to help must be known before they are design points. Without ``victim`` the
present is simulated first, as ``hvmc run`` without ``what_if`` would: its trials are the baseline
of the comparison too, which takes them from there.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hvmc.config.findings import AskedRun
from hvmc.config.problems import BadInputError
from hvmc.scenario.settings import SettingsError

if TYPE_CHECKING:
    from hvmc.experiment.results import Results
    from hvmc.experiment.settings import Experiment

__all__ = ["Simulate", "posed"]

type Simulate = Callable[[AskedRun], "Results"]


def posed(asked: AskedRun, simulate: Simulate | None) -> AskedRun:
    """Return what is asked as an experiment whose design points are the variants.

    Parameters
    ----------
    asked : AskedRun
        With a question.
    simulate : callable, optional
        Runs an experiment; without it the first guest stands for the victim where none is given.

    Raises
    ------
    BadInputError
        If the host or a variant is not fit for it.
    Interrupted
        On Ctrl-C while the present is simulated.
    """
    from hvmc.experiment.growth import with_growth
    from hvmc.experiment.what_if import check_variants, with_variants

    variants = asked.question.what_if
    question = asked.question
    try:
        if question.packing:
            check_variants(asked.experiment, variants, "packing")
            return replace(asked, experiment=_packed(asked, simulate))
        if question.growth:
            return replace(asked, experiment=with_growth(asked.experiment, question.growth))
        check_variants(asked.experiment, variants if asked.question.listed else ())
        victim = asked.experiment.victim or _victim(asked, simulate)
        found = with_variants(asked.experiment, variants, victim)
    except SettingsError as error:
        raise BadInputError(list(map(str, error.problems))) from error
    for name, why in found.left_out.items():
        print(f"hvmc run: what_if leaves out {name}: {why}", file=sys.stderr)
    return replace(asked, experiment=found.experiment)


def _packed(asked: AskedRun, simulate: Simulate | None) -> "Experiment":
    from hvmc.experiment.packing import pack
    from hvmc.experiment.what_if import only_point
    from hvmc.regimes.further import of_kind

    question, experiment = asked.question, asked.experiment
    of_kind(only_point(experiment, "packing").design.explicit, question.packing)
    if simulate is None:
        print(
            "hvmc run: how many numbers are tried is found by a run; here is the first of them, "
            "the host as it is",
            file=sys.stderr,
        )
        return experiment
    if asked.execution.part is not None:
        raise BadInputError(["a shard can't search, each step needs the one before: run it whole"])
    return pack(
        experiment,
        question.packing,
        question.what_if,
        lambda one: simulate(replace(asked, experiment=one)),
        lambda text: print(f"hvmc run: {text}", file=sys.stderr),
        asked.execution.results_dir,
    )


def _victim(asked: AskedRun, simulate: Simulate | None) -> str:
    from hvmc.analysis.variants import victim_of

    point = asked.experiment.points[0]
    if simulate is None:
        name = point.design.explicit[0].name
        print(
            f"hvmc run: the guest most likely to suffer is found by a run; here {name} stands "
            "for it (victim=NAME says who it is)",
            file=sys.stderr,
        )
        return name
    if asked.execution.part is not None:
        raise BadInputError(["a shard can't find out who suffers most: say victim=NAME"])
    results = simulate(asked)
    outcomes = results.trials(columns=["trial", "replication", "guest", "stretch", "started"])
    found = victim_of(outcomes, point.design.suffers_above)
    if not found:
        raise BadInputError(["no guest could be measured at present: say victim=NAME"])
    print(f"hvmc run: most likely to suffer at present: {found}", file=sys.stderr)
    return found
