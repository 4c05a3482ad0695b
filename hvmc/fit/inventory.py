"""Inventories: a list of VMs, and the host they are on, as CSV or YAML.

CSV: a line of heads (`hvmc.fit.columns`), then a row a VM; a column ``kind`` marks the row of the
host with ``host``. Fields are separated by commas, semicolons or tabs. YAML: ``host:`` with the
same names, ``vms:`` as a list, or as a mapping of names. What a cell leaves empty is not known.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from hvmc.fit.columns import Head, nearest_head, read_head
from hvmc.fit.facts import Found
from hvmc.fit.problems import SourceError, Trouble
from hvmc.fit.rows import host_facts, vm_facts
from hvmc.fit.sample import Opening, decoded

__all__ = ["NAME", "read_csv", "read_yaml", "recognises_csv", "recognises_yaml"]

NAME = "inventory"
_EMPTY = ("", "-", "n/a", "na", "?", "unknown", "none", "null", "~")
_SHOWN = 12


class Entry(NamedTuple):
    """What a cell states: a value with its column and line."""

    head: Head
    value: Any
    line: int
    text: str

    def where(self, file: Path) -> str:
        """Return where it stands, for comments."""
        return f"{file.name} line {self.line}, {self.head.written.strip()} {self.text}"


@dataclass
class Record:
    """A row: of a VM, or of the host."""

    file: Path
    line: int
    is_host: bool
    entries: dict[str, Entry] = field(default_factory=dict)

    def trouble(self, message: str, column: str = "") -> Trouble:
        """Return what is wrong with it."""
        entry = self.entries.get(column)
        written = entry.head.written.strip() if entry else ""
        return Trouble(self.file, message, entry.line if entry else self.line, written)


def recognises_csv(sample: Opening) -> bool:
    """Say whether a file is a table with a head for names and one more known head."""
    line = _head_line(sample.text)
    heads = [head for head in map(read_head, _fields(line, _delimiter(line))) if head]
    names = {head.column.name for head in heads}
    return len(names) >= 2 and "name" in names


def recognises_yaml(sample: Opening) -> bool:
    """Say whether a file is YAML with VMs or a host in it."""
    if sample.path.suffix.lower() not in (".yaml", ".yml"):
        return False
    keys = {line.partition(":")[0].strip() for line in sample.text.splitlines() if ":" in line}
    return "vms" in keys or "vm" in keys


def _head_line(text: str) -> str:
    """Return the first line that is neither blank nor a comment, as Export-Csv's #TYPE is."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return next(lines, "")


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def read_csv(file: Path) -> Found:
    """Read a table.

    Raises
    ------
    SourceError
        With everything that is wrong.
    """
    text = decoded(file)
    delimiter = _delimiter(_head_line(text))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heads: list[tuple[str, Head | None]] = []
    problems: list[Trouble] = []
    records = []
    for row in rows:
        if not any(cell.strip() for cell in row) or row[0].startswith("#"):
            continue
        if not heads:
            heads = [(name, read_head(name)) for name in row]
            problems += _twice(heads, file, rows.line_num)
            continue
        if len(row) > len(heads):
            problems.append(
                Trouble(
                    file,
                    f"must have {len(heads)} fields, got {len(row)}: put quotes around fields "
                    f"that hold {delimiter!r}",
                    rows.line_num,
                )
            )
        pairs = [
            (head, cell) for (_, head), cell in zip(heads, row, strict=False) if head is not None
        ]
        records.append(_record(file, rows.line_num, pairs, delimiter == ";", problems))
    return _found(records, [name for name, head in heads if head is None], problems)


def _twice(heads: list[tuple[str, Head | None]], file: Path, line: int) -> Iterator[Trouble]:
    seen: dict[str, str] = {}
    for written, head in heads:
        if head is None:
            continue
        if head.column.name in seen:
            text = f"says the same as {seen[head.column.name]!r}: remove one"
            yield Trouble(file, text, line, written.strip())
        seen[head.column.name] = written.strip()


def _record(
    file: Path,
    line: int,
    pairs: list[tuple[Head, str]],
    decimal_comma: bool,
    problems: list[Trouble],
) -> Record:
    texts = {head.column.name: text.strip() for head, text in pairs}
    record = Record(file, line, texts.get("kind", "").lower() in ("host", "server", "hypervisor"))
    for head, text in pairs:
        if text.strip().lower() in _EMPTY:
            continue
        try:
            value = head.column.value(text.strip(), head.unit, decimal_comma)
        except ValueError as error:
            problems.append(Trouble(file, str(error), line, head.written.strip()))
            continue
        record.entries[head.column.name] = Entry(head, value, line, text.strip())
    return record


def read_yaml(file: Path) -> Found:
    """Read a YAML inventory.

    Raises
    ------
    SourceError
        With everything that is wrong.
    """
    try:
        root = yaml.compose(decoded(file), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        text = f"is not valid YAML: {error.problem or error.context}"
        raise SourceError([Trouble(file, text, line)]) from error
    problems: list[Trouble] = []
    records: list[Record] = []
    ignored: list[str] = []
    for key, node in _items(root, file, problems):
        if key.value == "host":
            records.append(_yaml_record(file, node, True, problems, ignored))
        elif key.value in ("vms", "vm", "guests"):
            records += _yaml_vms(file, node, problems, ignored)
        else:
            text = "must be host or vms: put it below one of them"
            problems.append(Trouble(file, text, key.start_mark.line + 1, key.value))
    return _found(records, ignored, problems)


def _items(node: Any, file: Path, problems: list[Trouble]) -> list[tuple[Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        return list(node.value)
    line = node.start_mark.line + 1 if node is not None else None
    problems.append(Trouble(file, "must be a mapping, name: value", line))
    return []


def _yaml_vms(
    file: Path, node: Any, problems: list[Trouble], ignored: list[str]
) -> Iterator[Record]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield _yaml_record(file, item, False, problems, ignored)
        return
    for key, item in _items(node, file, problems):
        record = _yaml_record(file, item, False, problems, ignored)
        head = read_head("name")
        assert head is not None
        line = key.start_mark.line + 1
        record.entries.setdefault("name", Entry(head, key.value, line, key.value))
        record.line = line
        yield record


def _yaml_record(
    file: Path, node: Any, is_host: bool, problems: list[Trouble], ignored: list[str]
) -> Record:
    record = Record(file, node.start_mark.line + 1, is_host)
    for key, item in _items(node, file, problems):
        head, line = read_head(key.value), key.start_mark.line + 1
        if head is None:
            ignored.append(key.value)
        elif not isinstance(item, yaml.ScalarNode):
            problems.append(Trouble(file, "must be a single value", line, key.value))
        elif item.value.strip().lower() not in _EMPTY:
            filled = _record(file, line, [(head, item.value)], False, problems)
            record.entries |= filled.entries
    return record


def _found(records: list[Record], ignored: list[str], problems: list[Trouble]) -> Found:
    found = Found()
    names: dict[str, Record] = {}
    for record in records:
        if record.is_host:
            if found.host:
                problems.append(record.trouble("is a second host: give one host a file"))
            found.host |= host_facts(record, problems)
            continue
        name = record.entries.get("name")
        if name is None:
            problems.append(record.trouble("must have a name"))
            continue
        if name.value in names:
            first = names[name.value].line
            text = f"must be unique, is also in line {first}: rename one, or use count"
            problems.append(record.trouble(text, "name"))
        names[name.value] = record
        found.guests[name.value] = vm_facts(record, problems)
        if "count" in record.entries and record.entries["count"].value > 1:
            found.counts[name.value] = record.entries["count"].value
    if problems:
        raise SourceError(problems)
    found.notes += _notes(records, ignored)
    return found


def _notes(records: list[Record], ignored: list[str]) -> Iterator[str]:
    file = records[0].file if records else Path()
    for name in dict.fromkeys(ignored):
        close = nearest_head(name)
        meant = f": did you mean {close!r}?" if close else ""
        yield f"{file}: column {name.strip()!r} is not used{meant}"
