"""`ts/generated/parameters.ts`: the camel-case spellings that the native client accepts for body parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Spec

PATH = Path("bindings/node/ts/generated/parameters.ts")
OPERATION = "responses.create"  # what the native client calls


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """A table from `maxOutputTokens` to `max_output_tokens`."""
    methods = {method.id: method for _, method in spec.all_methods()}
    if OPERATION not in methods:
        return
    wires = [p.wire for p in methods[OPERATION].placed("body") if "_" in p.wire]
    rows = "".join(f"  {camel(wire)}: {wire!r},\n" for wire in wires)
    yield (
        PATH,
        "// Camel-case spellings of the body parameters of `responses.create`.\n\n"
        f"/** Camel case → wire name. */\nexport const WIRE_NAMES = {{\n{rows}}} as const;\n",
    )


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
