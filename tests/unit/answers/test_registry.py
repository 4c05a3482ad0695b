"""Reports that experiments may ask for are those that kinds of answers tell."""

from hvmc.answers.registry import all_kinds
from hvmc.experiment.settings import REPORTS


def test_reports_of_settings_and_of_kinds_are_the_same():
    assert {report for kind in all_kinds() for report in kind.reports} == set(REPORTS)


def test_every_kind_has_a_place_of_its_own():
    places = [kind.place for kind in all_kinds()]
    assert len(set(places)) == len(places) > 5


def test_programs_know_each_kind_by_a_name_that_stays():
    """JSON and `Answer.kinds` are read by other programs: a class may be renamed, these may not."""
    assert sorted(kind(None).name for kind in all_kinds()) == [
        *("Assumptions", "Causes", "Claims", "Cost", "Deferrals", "Devices", "Growth", "Hosts"),
        *("Knee", "LongRun", "NamedGuests", "OwnHost", "Packing", "Paired", "Points"),
        *("PrecisionReached", "RecordedVms", "Sensitivity", "Split", "Standings", "Summary"),
        *("TimeParts", "WhatIf", "WindowCheck"),
    ]
