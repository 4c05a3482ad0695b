"""The answer as JSON: sentences and every estimate of the report, for other programs."""

import json
import math
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from hvmc.report.origin import Origin

if TYPE_CHECKING:
    from hvmc.answers.registry import Answer
    from hvmc.experiment.results import Results

__all__ = ["answer_document", "as_json", "results_document"]


def results_document(results: "Results") -> dict[str, Any]:
    """Return what was simulated, where it lies and what failed."""
    experiment = results.settings
    failures = [vars(one) for one in Origin(results).failures]
    return {
        "experiment": experiment.name,
        "question": experiment.question,
        "report": experiment.report,
        "results": str(results.path),
        "seed": experiment.seed,
        "points": [
            {
                "point": number,
                "levels": point.levels,
                "trials": size,
                "warmup_s": point.design.warmup_s,
                "horizon_s": point.design.horizon_s,
                "suffers_above": point.design.suffers_above,
            }
            for number, (point, size) in enumerate(
                zip(experiment.points, experiment.all_sizes, strict=True)
            )
        ],
        "replications": experiment.replications,
        "units": {
            "asked": results.total,
            "stored": results.units,
            "failed": sum(one["count"] for one in failures),
        },
        "failures": failures,
    }


def answer_document(answer: "Answer") -> dict[str, Any]:
    """Return that, the sentences of the answer and, by kind and name, the frames it tells."""
    return {
        **results_document(answer.results),
        "answer": [{"about": one.about, "text": one.text} for one in answer.sentences()],
        "estimates": {
            kind.name: {name: frame.to_dict("records") for name, frame in kind.frames.items()}
            for kind in answer.told
        },
    }


def as_json(document: dict[str, Any]) -> str:
    """Return a document as JSON; null stands for what is not known or not bounded.

    Examples
    --------
    >>> print(as_json({"low": float("nan"), "of": ("a",)}))
    {
      "low": null,
      "of": [
        "a"
      ]
    }
    """
    return json.dumps(_plain(document), indent=2, default=_scalar, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _scalar(value: Any) -> Any:
    """Return NumPy's numbers as Python's, records as mappings, anything else as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    return _plain(value.item()) if hasattr(value, "item") else str(value)
