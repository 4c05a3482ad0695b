"""The package as a whole: its borders, its exports, its examples."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import sys
from pathlib import Path

import pytest

import hvmc.theory

names = sorted(module.name for module in pkgutil.iter_modules(hvmc.theory.__path__))
public = [name for name in names if not name.startswith("_")]


def imported_modules(source: str) -> set[str]:
    """Every module a source file names in an import, at any depth."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def is_allowed(module: str) -> bool:
    top = module.partition(".")[0]
    inside = module == "hvmc.theory" or module.startswith("hvmc.theory.")
    return inside or top in {"numpy", "scipy"} or top in sys.stdlib_module_names


@pytest.mark.parametrize("name", names)
def test_imports_nothing_of_hvmc(name: str) -> None:
    (folder,) = hvmc.theory.__path__
    source = (Path(folder) / f"{name}.py").read_text(encoding="utf-8")
    assert [module for module in sorted(imported_modules(source)) if not is_allowed(module)] == []


def test_control_the_border_is_guarded() -> None:
    found = imported_modules("import pandas as pd\ndef f():\n    from hvmc.kernel import advance\n")
    assert [module for module in sorted(found) if not is_allowed(module)] == [
        "hvmc.kernel",
        "pandas",
    ]


@pytest.mark.parametrize("name", public)
def test_public_functions_and_classes_are_exported_and_listed(name: str) -> None:
    module = importlib.import_module(f"hvmc.theory.{name}")
    defined = {
        symbol
        for symbol, value in vars(module).items()
        if (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
        and not symbol.startswith("_")
    }
    assert defined
    assert defined <= set(hvmc.theory.__all__)
    assert f"`{name}`" in (hvmc.theory.__doc__ or "")


def test_every_export_exists_once() -> None:
    assert len(set(hvmc.theory.__all__)) == len(hvmc.theory.__all__)
    assert [name for name in hvmc.theory.__all__ if not hasattr(hvmc.theory, name)] == []


@pytest.mark.parametrize("name", public)
def test_examples_in_docstrings(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"hvmc.theory.{name}"))
    assert result.attempted >= 1
    assert result.failed == 0
