"""Settings that are given but have no effect: told, and no error."""

from collections.abc import Iterable, Iterator

import yaml  # type: ignore[import-untyped]

from hvmc.config.findings import Asked
from hvmc.config.sources import conf_dir
from hvmc.regimes.regime import Regime
from hvmc.scenario.host import Host

__all__ = ["without_effect"]

_MEMORY = "host.memory_mib"


def without_effect(asked: Asked, texts: Iterable[str]) -> Iterator[str]:
    """Say that the host's memory was set where the regime sets it itself."""
    points = [point for point in asked.experiment.points if point.design.memory_is_drawn]
    if not points:
        return
    set_in_file = {point.design.host.memory_mib for point in points} - _usual()
    if not set_in_file and not any(map(_sets_memory, texts)):
        return
    names = dict.fromkeys(point.regime for point in points)
    regimes = [point.design.regime for point in points]
    yield (
        f"{_MEMORY} has no effect with regime {', '.join(names)}: the regime gives each "
        f"host the memory that meets its memory commitment. To set it, add {_remedy(regimes)}"
    )


def _sets_memory(text: str) -> bool:
    key, _, value = text.lstrip("+").partition("=")
    return key == _MEMORY or (key == "host" and "memory_mib:" in value.replace(" ", ""))


def _usual() -> set[float]:
    """Return the memory of hvmc's own hosts, MiB."""
    files = (conf_dir() / "host").glob("*.yaml")
    found = [yaml.safe_load(file.read_text(encoding="utf-8")) or {} for file in files]
    own = {float(settings["memory_mib"]) for settings in found if "memory_mib" in settings}
    return own | {Host().memory_mib}


def _remedy(regimes: Iterable[Regime | None]) -> str:
    keys = ["memory_commitment_low", "memory_commitment_high"]
    if any(regime is not None and regime.either is not None for regime in regimes):
        keys.insert(0, "either")
    return " ".join(f"regime.{key}=null" for key in keys)
