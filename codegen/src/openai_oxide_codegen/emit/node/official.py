"""Reads which fields may be absent and which may be null from the official npm package's declarations.

    npm install openai --prefix FOLDER
    python -m openai_oxide_codegen.emit.node.official FOLDER/node_modules/openai

Rewrites the `presence` part of spec/names/node.yaml. Run it when spec/SOURCE moves to another release: the Python
package, from which all other facts come, writes `Optional[X] = None` for both.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ...cli import ROOT
from ...load import load
from ...model import Nullable, Object, Ref, Spec
from .names import Names

_SPACE = re.compile(r"^\s*(?:export )?(?:declare )?(?:namespace|interface) (\w+)[^{]*\{$")
_FIELD = re.compile(r"""^\s*['"]?([\w.\-]+)['"]?(\?)?: (.*?);?$""")


def declared(text: str) -> Iterator[tuple[tuple[str, ...], str, bool, bool]]:
    """Type, field, may be absent, may be null: for each field of each interface in a declaration file."""
    scope: list[str | None] = []
    comment = False
    for line in text.splitlines():
        stripped = line.strip()
        if comment or stripped.startswith("/*"):
            comment = "*/" not in stripped
            continue
        if match := _SPACE.match(line):
            scope.append(match[1])
            continue
        if (match := _FIELD.match(line)) and scope and None not in scope:
            yield tuple(s for s in scope if s), match[1], bool(match[2]), match[3].endswith("| null")
        opened = stripped.count("{") - stripped.count("}")
        scope += [None] * opened
        del scope[len(scope) + min(opened, 0) :]


def presence(spec: Spec, folder: Path) -> dict[str, dict[str, list[str]]]:
    """The fields of results that are only one of the two, by Python type."""
    official = {
        (path, field): (absent, null)
        for file in sorted((folder / "resources").rglob("*.d.ts"))
        for path, field, absent, null in declared(file.read_text(encoding="utf-8"))
    }
    names = Names(spec)
    found: dict[str, dict[str, list[str]]] = {"nullable": {}, "optional": {}}
    for module in spec.modules.values():
        for declaration in module.declarations:
            if not isinstance(declaration, Object) or declaration.kind != "response" or not names.emitted(declaration):
                continue
            path = names.places[Ref(module.path, declaration.name)].path
            for field in declaration.fields:
                if field.required or not isinstance(field.type, Nullable):
                    continue
                match official.get((path, field.wire)):
                    case (False, True):
                        found["nullable"].setdefault(f"{module.path}.{declaration.name}", []).append(field.wire)
                    case (True, False):
                        found["optional"].setdefault(f"{module.path}.{declaration.name}", []).append(field.wire)
    return found


def main(folder: Path) -> None:
    path = ROOT / "spec/names/node.yaml"
    kept = path.read_text(encoding="utf-8").partition("\npresence:\n")[0].rstrip()
    lines = ["", "presence:"]
    for what, types in presence(load(ROOT / "spec"), folder).items():
        lines.append(f"  {what}:")
        lines += [f"    {name}: [{', '.join(wires)}]" for name, wires in sorted(types.items())]
    path.write_text(kept + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
