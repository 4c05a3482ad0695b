"""Overrides of settings that do not exist, without checking any value."""

from hvmc.cli.changes import changed, unknown_names
from hvmc.cli.choices import Choices
from hvmc.cli.composition import Composer
from hvmc.cli.keys import DESIGN_KEYS, EXPERIMENT_KEYS, unknown_roots
from hvmc.experiment.settings import Experiment
from hvmc.regimes.design import Design
from hvmc.scenario.settings import Problem, read

__all__ = ["unknown_settings"]


def unknown_settings(choices: Choices, composer: Composer) -> list[Problem]:
    """Return the problems of overrides that name no setting, for the first design point.

    Parameters
    ----------
    choices : Choices
        What was asked for.
    composer : Composer
        Composes the first design point.
    """
    levels = [axis.levels[0] for axis in choices.axes]
    settings = composer.compose(choices.group_choices(levels)).settings
    pairs = [(item, item.levels[0] if item.levels else None) for item in choices.values]
    pairs += choices.value_levels(levels)
    problems = [problem for _, problem in unknown_names(settings, [item for item, _ in pairs])]
    for override, level in pairs:
        settings = changed(settings, override, level, problems)
    found: list[Problem] = []
    for cls, keys in ((Design, DESIGN_KEYS), (Experiment, EXPERIMENT_KEYS)):
        read(cls, {key: settings[key] for key in keys if key in settings}, "", found)
    problems += unknown_roots(settings, composer.groups())
    return problems + [problem for problem in found if problem.message.startswith("is not a set")]
