"""One word per thing: the name of a class of hvmc stands for nothing else in another module."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

HVMC = Path(__file__).parents[2] / "hvmc"


def named_types(folder):
    """Yield name, path and line of every class in a folder, and of every alias made by ``type``."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.TypeAlias):
                name = node.name if isinstance(node, ast.ClassDef) else node.name.id
                yield name, path.relative_to(folder.parent), node


def shared_names(folder):
    """Return a line for each class whose name another module has too, with all places.

    Aliases share names among themselves: ``Floats`` says the same wherever it stands.
    """
    places, of_classes = defaultdict(dict), set()
    for name, path, node in named_types(folder):
        places[name].setdefault(path, f"{path}:{node.lineno}")
        if isinstance(node, ast.ClassDef):
            of_classes.add(name)
    return [
        f"{name} stands in {' and in '.join(found.values())}: give all but one another name"
        for name, found in sorted(places.items())
        if name in of_classes and len(found) > 1
    ]


def test_no_class_name_stands_in_two_modules():
    assert sum(isinstance(node, ast.ClassDef) for *_, node in named_types(HVMC)) > 300
    assert shared_names(HVMC) == []


@pytest.mark.parametrize("second", ["class Host:\n    pass\n", "type Host = tuple[int, str]\n"])
def test_a_name_in_two_modules_is_told_with_both_places(tmp_path, second):
    """The check itself is checked: planted, such a name is found."""
    package = tmp_path / "hvmc"
    (package / "inner").mkdir(parents=True)
    (package / "a.py").write_text('"""A host."""\n\n\nclass Host:\n    pass\n')
    (package / "inner" / "b.py").write_text(f"type Floats = list[float]\n\n{second}")
    (package / "c.py").write_text("type Floats = tuple[float, ...]\n")
    assert shared_names(package) == [
        "Host stands in hvmc/a.py:4 and in hvmc/inner/b.py:3: give all but one another name"
    ]
