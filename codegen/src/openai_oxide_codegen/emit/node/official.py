"""Reads from the official npm package's declarations what the Python package, the source of all other facts, cannot say.

    npm install openai --prefix FOLDER
    python -m openai_oxide_codegen.emit.node.official FOLDER/node_modules/openai [SPEC]

That is which fields may be absent and which may be null (Python writes `Optional[X] = None` for both), and which request
types stand apart from the response type of the same name. Rewrites these two parts of SPEC/names/node.yaml, the last ones.
Run it when spec/SOURCE moves to another release.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from os.path import commonpath
from pathlib import Path

from ...cli import ROOT
from ...load import load
from ...model import Nullable, Object, Ref, Spec
from .names import Names, Place

_SPACE = re.compile(r"^\s*(?:export )?(?:declare )?(?:namespace|interface) (\w+)[^{]*\{$")
_NAME = re.compile(r"^export (?:declare )?(?:interface|type) (\w+)", re.MULTILINE)
_FIELD = re.compile(r"""^\s*['"]?([\w.\-/]+)['"]?(\?)?: (.*?);?$""")


def declared(text: str) -> Iterator[tuple[tuple[str, ...], str, bool, bool]]:
    """Type, field, may be absent, may be null: for each field of each interface in a declaration file."""
    scope: list[str | None] = []
    comment = False
    lines = text.splitlines()
    for at, line in enumerate(lines):
        stripped = line.strip()
        if comment or stripped.startswith("/*"):
            comment = "*/" not in stripped
            continue
        if match := _SPACE.match(line):
            scope.append(match[1])
            continue
        if (match := _FIELD.match(line)) and scope and None not in scope:
            last = line if not line.endswith("{") else _end_of_block(lines, at)
            yield tuple(s for s in scope if s), match[1], bool(match[2]), last.rstrip(";").endswith("| null")
        opened = stripped.count("{") - stripped.count("}")
        scope += [None] * opened
        del scope[len(scope) + min(opened, 0) :]


def _end_of_block(lines: list[str], start: int) -> str:
    indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    return next(line for line in lines[start + 1 :] if line.startswith(indent + "}"))


class Official:
    """The declarations of the package, by the file they stand in."""

    def __init__(self, folder: Path) -> None:
        self._fields: dict[tuple[tuple[str, ...], str], list[tuple[str, bool, bool]]] = {}
        self.names: dict[str, set[str]] = {}
        for file in sorted((folder / "resources").rglob("*.d.ts")):
            text = file.read_text(encoding="utf-8")
            where = file.relative_to(folder / "resources").as_posix().removesuffix(".d.ts")
            for path, field, absent, null in declared(text):
                self._fields.setdefault((path, field), []).append((where, absent, null))
            for name in _NAME.findall(text):
                self.names.setdefault(name, set()).add(where)

    def field(self, place: Place, wire: str) -> tuple[bool, bool] | None:
        """May be absent, may be null; among types of one name, of the type that stands nearest."""
        found = self._fields.get((place.path, wire)) or self._alike(place, wire)
        if not found:
            return None
        _, absent, null = max(found, key=lambda one: len(commonpath([one[0], place.file])))
        return absent, null

    def _alike(self, place: Place, wire: str) -> list[tuple[str, bool, bool]]:
        """The fields of the type whose name is the end of ours, where the levels above are called otherwise."""
        ours = "".join(place.path)
        ends = {
            path: ours.endswith(path[-1]) for path, field in self._fields if field == wire and path[0] == place.path[0]
        }
        ending = [path for path, fits in ends.items() if fits]
        return self._fields[max(ending, key=lambda path: len(path[-1])), wire] if ending else []


def presence(spec: Spec, names: Names, official: Official) -> dict[str, dict[str, list[str]]]:
    """The fields of results that are only one of the two, by Python type."""
    found: dict[str, dict[str, list[str]]] = {"nullable": {}, "optional": {}}
    for module in spec.modules.values():
        for declaration in module.declarations:
            if not isinstance(declaration, Object) or declaration.kind != "response" or not names.emitted(declaration):
                continue
            place = names.places[Ref(module.path, declaration.name)]
            for field in declaration.fields:
                if field.required or not isinstance(field.type, Nullable):
                    continue
                match official.field(place, field.wire):
                    case (False, True):
                        found["nullable"].setdefault(f"{module.path}.{declaration.name}", []).append(field.wire)
                    case (True, False):
                        found["optional"].setdefault(f"{module.path}.{declaration.name}", []).append(field.wire)
    return found


def apart(names: Names, official: Official) -> list[str]:
    """Request modules whose main type the official package has beside the response type."""
    return sorted(request for request, main in names.twin_names() if main.endswith("Param") and main in official.names)


def main(folder: Path, source: Path) -> None:
    path = source / "names/node.yaml"
    text = path.read_text(encoding="utf-8")
    kept = text.partition("\napart:\n")[0].partition("\npresence:\n")[0].rstrip() + "\n"
    official = Official(folder)
    path.write_text(kept, encoding="utf-8")
    lines = ["apart:", *(f"  - {module}" for module in apart(Names(load(source)), official)), "presence:"]
    path.write_text(kept + "\n".join(lines[:-1]) + "\n", encoding="utf-8")
    spec = load(source)
    for what, types in presence(spec, Names(spec), official).items():
        lines.append(f"  {what}:")
        lines += [f"    {name}: [{', '.join(wires)}]" for name, wires in sorted(types.items())]
    path.write_text(kept + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "spec")
