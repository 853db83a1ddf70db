"""YAML with line numbers, every scalar a string: the spec has its own notation, so `on` and `1` must stay text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Keys = tuple[str | int, ...]


class SpecError(Exception):
    """A fault in spec/, with file and line. One exception carries all faults that were found together."""


@dataclass
class File:
    """One parsed file: plain data and the line of each place in it."""

    path: Path
    data: Any
    lines: dict[Keys, int] = field(default_factory=dict)

    def at(self, *keys: str | int) -> str:
        """`spec/types/chat.yaml:12`, for the nearest known place."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return f"{self.path}:{self.lines.get(keys, 1)}"


def read(path: Path, shown: Path) -> File:
    """Reads a file; `shown` is its name in messages."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise SpecError(f"{shown}:{line}: {getattr(error, 'problem', error)}") from None
    file = File(shown, None)
    faults: list[str] = []
    file.data = _plain(node, (), file, faults)
    if faults:
        raise SpecError("\n".join(faults))
    return file


def _plain(node: yaml.Node | None, keys: Keys, file: File, faults: list[str]) -> Any:
    if node is None:
        return {}
    file.lines.setdefault(keys, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in result:
                faults.append(f"{file.path}:{key.start_mark.line + 1}: {key.value} stands here twice")
            file.lines[(*keys, key.value)] = key.start_mark.line + 1
            result[key.value] = _plain(value, (*keys, key.value), file, faults)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*keys, i), file, faults) for i, value in enumerate(node.value)]
    return node.value


def files(folder: Path) -> Iterator[Path]:
    """Every YAML file below a folder, sorted."""
    yield from sorted(folder.rglob("*.yaml"))
