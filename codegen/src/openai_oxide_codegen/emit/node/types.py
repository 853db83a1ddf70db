"""TypeScript declarations of all types, one file per package: `ts/generated/types/chat.ts`, `types/fine-tuning/jobs.ts`.

export interface ChatCompletion {
  choices: ChatCompletion.Choice[];
}
export namespace ChatCompletion {
  export interface Choice { … }
}
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

from ...model import Alias, Const, Declaration, Field, ListOf, MapOf, Nullable, Object, Ref, Scalar, Spec, Type, Union
from .names import Names, Place
from .parameters import camel

FOLDER = Path("bindings/node/ts/generated/types")
SCALARS = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "any": "unknown",
    "bytes": "Uint8Array",
    "file": "Uploadable",
    "datetime": "string",
}


def emit(spec: Spec, names: Names) -> Iterator[tuple[Path, str]]:
    """One file for each package."""
    trees: dict[str, dict] = {}
    for module in spec.modules.values():
        for declaration in module.declarations:
            place = names.places[Ref(module.path, declaration.name)]
            if names.emitted(declaration):
                node = trees.setdefault(place.file, {})
                for part in place.path:
                    node = node.setdefault(part, {})
                if None in node:
                    raise ValueError(
                        f"two types would be {place.dotted} in {place.file}.ts; say which in spec/names/node.yaml"
                    )
                node[None] = declaration
    for file, tree in trees.items():
        yield FOLDER / f"{file}.ts", _File(spec, names, file, tree).text()


def public_names(names: Names, spec: Spec) -> dict[str, list[str]]:
    """File → its top-level names, sorted."""
    found: dict[str, set[str]] = {}
    for ref, place in names.places.items():
        if len(place.path) == 1 and names.emitted(spec.declaration(ref)):
            found.setdefault(place.file, set()).add(place.path[0])
    return {file: sorted(all_names) for file, all_names in found.items()}


class _File:
    def __init__(self, spec: Spec, names: Names, file: str, tree: dict) -> None:
        self._spec, self._names, self._file, self._tree = spec, names, file, tree
        self._imports: set[str] = set()

    def text(self) -> str:
        body = "\n".join(self._node(name, self._tree[name], ()) for name in sorted(self._tree))
        here = posixpath.dirname(self._file) or "."
        lines = [f'import type * as {_alias(f)} from "{relative(f, here)}";' for f in sorted(self._imports)]
        if "Uploadable" in body:
            lines.append(f'import type {{ Uploadable }} from "{relative("../../core/uploads", here)}";')
        return "\n".join([*lines, "", body])

    def _node(self, name: str, node: dict, scope: tuple[str, ...]) -> str:
        """A type and the namespace of the types nested in it."""
        text = self._declaration(name, node[None], scope) if None in node else ""
        inner = [key for key in node if key is not None]
        variants = self._variants(name) if not scope else ""
        if inner or variants:
            body = "\n".join(self._node(key, node[key], (*scope, name)) for key in inner) + variants
            text += f"export namespace {name} {{\n{body}}}\n"
        return text

    def _variants(self, name: str) -> str:
        """`RunCreateParams.RunCreateParamsStreaming`, another name of the type beside it."""
        found = [name + variant for variant in ("NonStreaming", "Streaming") if name + variant in self._tree]
        if found:
            self._imports.add(self._file)
        return "".join(f"export type {other} = {_alias(self._file)}.{other};\n" for other in found)

    def _declaration(self, name: str, declaration: Declaration, scope: tuple[str, ...]) -> str:
        doc = f"/** {declaration.doc} */\n" if declaration.doc else ""
        if isinstance(declaration, Alias):
            return f"{doc}export type {name} = {self._type(declaration.type, scope)};\n"
        key = f"{declaration.module}.{declaration.name}"
        fields = [self._field(f, declaration, scope) for f in declaration.fields]
        fields += [f"{field}: {type};" for field, type in (self._names.extra_fields.get(key) or {}).items()]
        fields += self._stream_of_base(name)
        if declaration.extra is not None:
            fields.append("[key: string]: unknown;")
        bases = [self._base(base, declaration, scope) for base in declaration.bases]
        extends = f" extends {', '.join(bases)}" if bases else ""
        return f"{doc}export interface {name}{extends} {{\n{''.join(f + chr(10) for f in fields)}}}\n"

    def _stream_of_base(self, name: str) -> list[str]:
        """`stream` where its variants say the value, so that a call whose `stream` is a variable has a type."""
        whole = self._tree.get(f"{name.removesuffix('Base')}NonStreaming", {}).get(None)
        if not name.endswith("ParamsBase") or not isinstance(whole, Object):
            return []
        null = any(f.wire == "stream" and isinstance(f.type, Nullable) for f in whole.fields)
        return [f"stream?: boolean{' | null' if null else ''};"]

    def _base(self, base: Ref, declaration: Object, scope: tuple[str, ...]) -> str:
        """A field that is declared again must fit the base's; where it may not, the base is taken without it."""
        name = self._type(base, scope)
        parent = self._spec.resolve(base)
        again = {f.wire for f in declaration.fields} & {f.wire for f in self._spec.all_fields(parent)}  # type: ignore[arg-type]
        return f"Omit<{name}, {' | '.join(json.dumps(w) for w in sorted(again))}>" if again else name

    def _field(self, field: Field, owner: Object, scope: tuple[str, ...]) -> str:
        doc = f"/** {field.doc} */\n" if field.doc else ""
        wire = self._names.key(field.wire)
        key = wire if wire.isidentifier() else json.dumps(wire)
        type, mark = field.type, "" if field.required else "?"
        presence = self._names.presence(owner, field.wire)
        if owner.kind == "response" and isinstance(type, Nullable) and not field.required and presence:
            # The Python class cannot tell "may be absent" from "may be null".
            if presence != "optional":
                mark = ""
            if presence != "nullable":
                type = type.item
        more = (self._names.extra_values.get(f"{owner.module}.{owner.name}") or {}).get(field.wire, ())
        text = " | ".join([self._type(type, scope), *map(json.dumps, more)])
        return f"{doc}{key}{mark}: {text};"

    def _type(self, type: Type, scope: tuple[str, ...]) -> str:
        return expression(self._spec, type, lambda ref: self._reference(self._names.places[ref], scope))

    def _reference(self, place: Place, scope: tuple[str, ...]) -> str:
        if place.file != self._file:
            self._imports.add(place.file)
            return f"{_alias(place.file)}.{place.dotted}"
        node = self._tree
        for part in scope:
            node = node[part]
            if place.path[0] in node:
                break
        else:
            return place.dotted
        # A nested type of an enclosing namespace has the same name: go through the file's own exports.
        self._imports.add(self._file)
        return f"{_alias(self._file)}.{place.dotted}"


def expression(spec: Spec, type: Type, reference: Callable[[Ref], str]) -> str:
    """A type as TypeScript writes it; `reference` says what a named type is called where it stands."""
    match type:
        case Scalar(kind):
            return SCALARS[kind]
        case Const(values, open):
            return " | ".join([json.dumps(v) for v in values] + (["(string & {})"] if open else []))
        case ListOf(item):
            return f"({expression(spec, item, reference)})[]"
        case MapOf(value):
            return f"{{ [key: string]: {expression(spec, value, reference)} }}"
        case Nullable(item):
            return f"{expression(spec, item, reference)} | null"
        case Union(members):
            # `string` beside a type that is string-like swallows the literals an editor would offer.
            texts = dict.fromkeys(expression(spec, m, reference) for m in members)
            return " | ".join("(string & {})" if t == "string" and _has_literals(spec, type) else t for t in texts)
        case Ref():
            return reference(type)
    raise TypeError(type)


def relative(file: str, folder: str) -> str:
    """The import of a file from a module in a folder."""
    path = posixpath.relpath(f"{file}.js", folder)
    return path if path.startswith(".") else f"./{path}"


def _alias(file: str) -> str:
    """`fine-tuning/alpha` → `fineTuningAlphaTypes`."""
    return f"{camel(file.replace('-', '_').replace('/', '_'))}Types"


def _has_literals(spec: Spec, union: Union) -> bool:
    return any(isinstance(r := spec.resolve(m), Const) and isinstance(r.values[0], str) for m in union.members)
