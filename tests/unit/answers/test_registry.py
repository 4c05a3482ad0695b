"""Reports that experiments may ask for are those that kinds of answers tell."""

from hvmc.answers.registry import all_kinds
from hvmc.experiment.settings import REPORTS


def test_reports_of_settings_and_of_kinds_are_the_same():
    assert {report for kind in all_kinds() for report in kind.reports} == set(REPORTS)


def test_every_kind_has_a_place_of_its_own():
    places = [kind.place for kind in all_kinds()]
    assert len(set(places)) == len(places) > 5
