"""The command `sync-node`: read the official npm package, write spec/names/node_official.yaml, tell what changed."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...load import load
from .facts import facts
from .official import Official, Unresolved

HEAD = """\
# What the official npm package says of names and shapes that the Python package, the source of the rest, cannot say.
# Written by `nox -s sync` from the release that conformance/drivers/official-node pins; every edit is lost there. Only
# what the emitter's rules and node.yaml would make otherwise stands here:
#   resources:    {resource id: {class, module}}   without methods and unknown to Python, or kept in another module
#   pages:        {resource id: {name: page of item}}   pages whose names follow no rule, or that stand beside their type
#   exports:      {resource id: {package: [name]}}   types that the module of a resource hands on besides those it reaches
#   types:        {module.Name: name}   the types that the official package calls otherwise
#   fields:       {module.Name: {field: type}}   fields that only Node has
#   values:       {module.Name: {field: [value]}}   constants that only Node knows
#   declarations: {package: {name: type or fields}}   second names for types, and types that only Node has
#   apart:        [request module]   request types that are not one with the response type of their name
#   presence:     which optional fields of results are always there (nullable), never null (optional), or both (always)
# Types are in the notation of spec/README.md; their names hold a module of spec/types or a package of this file.
"""
_PLAIN = re.compile(r"[A-Za-z0-9_=(./][^#:]*")


def run(spec: Path, package: Path, *, check: bool) -> int:
    """0: written, or the same; 1: `check`, and it differs; 2: something could not be read."""
    path = spec / "names/node_official.yaml"
    before = path.read_text(encoding="utf-8")
    try:
        after = text(facts(load(spec), Official.read(package)))
    except Unresolved as error:
        print(f"sync-node stopped; nothing was written:\n{error}", file=sys.stderr)
        return 2
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    print("\n".join(changes[:40]))
    print(f"{path.name}: {len(changes)} lines differ")
    if check:
        return 1 if changes else 0
    path.write_text(after, encoding="utf-8")
    return 0


def text(found: dict[str, Any]) -> str:
    """The file."""
    sections = (f"{key}:{''.join(_lines(value, 1))}" for key, value in found.items() if value)
    return HEAD + "\n".join(sections) + "\n"


def _lines(value: Any, depth: int) -> Iterator[str]:
    """Lists of names in one line where they are deep; everything else a line each."""
    indent = "\n" + "  " * depth
    if isinstance(value, str):
        yield f" {_scalar(value)}"
    elif isinstance(value, list) and depth > 1:
        yield f" [{', '.join(map(_scalar, value))}]"
    elif isinstance(value, list):
        yield from (f"{indent}- {_scalar(one)}" for one in value)
    elif not value:
        yield " {}"
    else:
        for key, inner in value.items():
            yield f"{indent}{_scalar(key)}:{''.join(_lines(inner, depth + 1))}"


def _scalar(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
