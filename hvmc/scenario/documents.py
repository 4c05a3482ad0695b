"""YAML files, checked before a reader sees them.

PyYAML's and OmegaConf's readers call themselves for what is nested and write out what aliases stand
for. A few lines can so exhaust the stack (nesting, an alias inside what it stands for), or memory
and hours (aliases of aliases). Here the events of the parser, which does neither, are counted.
Refused are also numbers that Python can't read, dates that are none, and tags, which no setting
needs; else these would raise errors without a file's name and line.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

__all__ = ["DEEPEST", "MOST_DIGITS", "DocumentError", "check_document", "read_document"]

DEEPEST = 32
MOST_DIGITS = 300
_MOST_ALIASED = 100_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile("[-+]?[0-9a-fA-FxXo_:.]+")
_TAGS = {None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq", "null"))}


class DocumentError(yaml.MarkedYAMLError):  # type: ignore[misc]
    """A YAML file that is not read: its ``problem_mark`` says where, ``problem`` says why."""


@dataclass
class _Node:
    anchor: str | None
    values: int = 1


class _Check:
    """Counts the values of a document, aliases written out.

    Parameters
    ----------
    name : str
        The file, for messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: list[_Node] = []
        self.anchored: dict[str, int] = {}
        self.aliased = 0

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            self._check_tag(event)
            self.open.append(_Node(event.anchor))
            if len(self.open) > DEEPEST:
                raise self.error(event, f"is nested more than {DEEPEST} deep: write it flatter")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(self.open.pop())
        elif isinstance(event, yaml.ScalarEvent):
            self._check_tag(event)
            if event.implicit[0]:
                self._check_scalar(event)
            self._close(_Node(event.anchor))
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _close(self, node: _Node) -> None:
        if node.anchor is not None:
            self.anchored[node.anchor] = node.values
        if self.open:
            self.open[-1].values += node.values

    def _alias(self, event: Any) -> None:
        if any(node.anchor == event.anchor for node in self.open):
            raise self.error(event, f"*{event.anchor} stands inside what it stands for: leave out")
        values = self.anchored.get(event.anchor, 1)
        self.aliased += values
        if self.aliased > _MOST_ALIASED:
            rule = f"aliases stand for more than {_MOST_ALIASED} values up to *{event.anchor}"
            raise self.error(event, f"{rule}: use fewer")
        if self.open:
            self.open[-1].values += values

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.error(event, f"has the tag {tag}: write the value without")

    def _check_scalar(self, event: Any) -> None:
        text = event.value
        if len(text) > MOST_DIGITS and _NUMBER.fullmatch(text):
            rule = f"holds a number of {len(text)} digits: write at most {MOST_DIGITS}"
            raise self.error(event, rule)
        if yaml.SafeLoader.timestamp_regexp.match(text):
            node = yaml.ScalarNode("tag:yaml.org,2002:timestamp", text)
            try:
                yaml.SafeLoader("").construct_yaml_timestamp(node)
            except (ValueError, OverflowError) as error:
                raise self.error(
                    event, f"{text} is no date ({error}): write it in quotes"
                ) from error

    def error(self, event: Any, problem: str) -> DocumentError:
        mark = event.start_mark
        return DocumentError(
            problem=problem,
            problem_mark=yaml.Mark(self.name, mark.index, mark.line, mark.column, None, None),
        )


def check_document(text: str, name: str) -> None:
    """Check that a reader of YAML can read a document; what is no YAML is left to it to tell.

    Parameters
    ----------
    text : str
        The document.
    name : str
        The file it comes from, for messages.

    Raises
    ------
    DocumentError
        If it is nested too deep, its aliases stand for too much or for themselves, or a value can't
        be read.
    """
    try:
        _check(text, name, _LOADER)
    except DocumentError:
        raise
    except yaml.YAMLError:  # the two parsers differ in what they refuse
        _check_slowly(text, name)


def _check(text: str, name: str, loader: type) -> None:
    check = _Check(name)
    for event in yaml.parse(text, Loader=loader):
        check.take(event)


def _check_slowly(text: str, name: str) -> None:
    try:
        _check(text, name, yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        mark = yaml.Mark(name, error.position, before.count("\n"), 0, None, None)
        raise DocumentError(
            problem=f"holds the character #x{error.character:04x}, which is no text: remove it",
            problem_mark=mark,
        ) from error
    except DocumentError:
        raise
    except yaml.YAMLError:
        return


def read_document(text: str, name: str) -> Any:
    """Return what a YAML document holds, as plain mappings, lists and scalars.

    Parameters
    ----------
    text : str
        The document.
    name : str
        The file it comes from, for messages.

    Raises
    ------
    yaml.YAMLError
        If it is no YAML, or `check_document` refuses it.
    """
    check_document(text, name)
    return yaml.load(text, Loader=_LOADER)
