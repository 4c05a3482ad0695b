"""YAML that would exhaust its reader, or that it can't read, is refused with file and line."""

import pytest

from hvmc.scenario.documents import DocumentError, check_document, read_document

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = {
    "flow": ("b: 1\na: " + "[" * 1000 + "]" * 1000, 2, "is nested more than 32 deep"),
    "never closed": ("a: " + "[" * 100_000, 1, "is nested more than 32 deep"),
    "block": (
        "".join(" " * depth + "a:\n" for depth in range(600)),
        33,
        "is nested more than 32 deep",
    ),
    "items": ("a:\n  " + "- " * 3000 + "1\n", 2, "is nested more than 32 deep"),
    "laughs": (LAUGHS, 6, "aliases stand for more than 100000 values up to *e"),
    "list in itself": ("a: &a\n  - *a\n", 2, "*a stands inside what it stands for"),
    "mapping in itself": ("a: &a {b: {c: *a}}\n", 1, "*a stands inside what it stands for"),
    "digits": ("a: 1\nb: " + "9" * 400, 2, "holds a number of 400 digits"),
    "hexadecimal": ("b: 0x" + "f" * 5000, 1, "holds a number of 5002 digits"),
    "sexagesimal": ("b: 1" + ":00" * 300, 1, "holds a number of 901 digits"),
    "date": ("b: 2020-99-99", 1, "2020-99-99 is no date (month must be in 1..12)"),
    "tag": ("a: 1\n\nb: !!int x", 3, "has the tag !!int"),
    "tag of a list": ("a: !!set {b}", 1, "has the tag !!set"),
    "NUL": ("a: 1\nb: \0\n", 2, "holds the character #x0000, which is no text"),
    "deep before a mistake": ("a: " + "[" * 50 + "\n\tb: }", 1, "is nested more than 32 deep"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_reader_should_see(case):
    text, line, problem = REFUSED[case]
    with pytest.raises(DocumentError) as caught:
        check_document(text, "settings.yaml")
    assert caught.value.problem.startswith(problem)
    assert caught.value.problem_mark.name == "settings.yaml"
    assert caught.value.problem_mark.line + 1 == line


def test_aliases_and_deep_settings_in_measure_are_read():
    text = "base: &base {weight: 400}\nguests: {a: *base, b: {<<: *base, limit: 0.5}}\n"
    assert read_document(text, "x")["guests"] == {
        "a": {"weight": 400},
        "b": {"weight": 400, "limit": 0.5},
    }
    assert read_document("[" * 32 + "]" * 32, "x") != []


def test_what_is_no_yaml_is_left_to_its_reader():
    check_document("a: ]", "x")
