"""Problems collected over all design points, and what comes out where there are none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hvmc.config.problems import BadInputError
from hvmc.config.question import Question
from hvmc.config.schema import EXECUTION_KEYS, Execution
from hvmc.experiment.settings import Experiment
from hvmc.scenario.settings import Problem, read

__all__ = ["AskedRun", "Findings", "read_whole"]


@dataclass(frozen=True)
class AskedRun:
    """What a command asks for: an experiment, how to execute it, and what to compare with it."""

    experiment: Experiment
    execution: Execution
    question: Question = field(default_factory=Question)


@dataclass
class Findings:
    """Problems, each once, with the design points they concern.

    Parameters
    ----------
    points : int
        Design points looked at; a problem of all of them names none.
    """

    points: int = 0
    paths: set[str] = field(default_factory=set)
    _where: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem | str], label: str = "") -> None:
        """Add problems of the design point with that label, or of the whole."""
        for problem in problems:
            labels = self._where.setdefault(str(problem), [])
            if label not in labels[-1:]:  # points come one by one
                labels.append(label)
            if isinstance(problem, Problem):
                self.paths.add(problem.path)

    def raise_any(self) -> None:
        """Raise BadInputError with all problems, if there are any."""
        if self._where:
            raise BadInputError(self._told())

    def _told(self) -> Iterator[str]:
        for text, labels in self._where.items():
            some = labels[0] and len(labels) < self.points
            more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
            yield f"{text} (at {labels[0]}{more})" if some else text


def read_whole(settings: Mapping[str, Any], findings: Findings) -> AskedRun:
    """Read an experiment with its design points, and its execution.

    Parameters
    ----------
    settings : mapping
        Experiment-level and execution keys, plain; ``points`` as `Point` objects or plain.
    findings : Findings
        What was found before.

    Raises
    ------
    BadInputError
        With everything found before and here.
    """
    problems: list[Problem] = []
    how = {key: item for key, item in settings.items() if key in EXECUTION_KEYS}
    what = {key: item for key, item in settings.items() if key not in EXECUTION_KEYS}
    execution = read(Execution, how, "", problems)
    experiment = read(Experiment, what, "", problems)
    # points that are wrong, or a path already told of, need no second problem
    told = findings.paths | ({"points"} if findings.points else set())
    findings.add(problem for problem in problems if problem.path not in told)
    findings.raise_any()
    return AskedRun(experiment, execution)
