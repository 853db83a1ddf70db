"""Prints what was imported as the YAML of spec/types and spec/resources.

What people wrote stays: every `doc`, and from spec/streams.yaml how a stream `ends`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..load import packages_around
from ..model import Alias, Declaration, Field, Method, Module, Nullable, Ref, Resource, Scalar, Type
from ..notation import show
from ..params import Place, Placing, derive, merged_fields, placeholders

HEAD = "# Imported by `nox -s sync`; the notation is explained in spec/README.md. Only `doc` is written by hand.\n"
_PLAIN = re.compile(r"[A-Za-z0-9_=(./][^#]*")


class Names:
    """How a reference is written: the shortest text that `load` resolves back to it."""

    def __init__(self, modules: Mapping[str, Module], packages: Mapping[str, Mapping[str, Ref]]) -> None:
        self.modules, self.packages = modules, packages
        self.declared = {Ref(m.path, d.name) for m in modules.values() for d in m.declarations}

    def text(self, ref: Ref, module: str) -> str:
        """The text of a reference inside a module ("" for resources)."""
        if ref.module == module:
            return ref.name
        if Ref(module, ref.name) not in self.declared:
            nearest = next((p for p in packages_around(module) if ref.name in self.packages.get(p, {})), None)
            if nearest is not None and self.packages[nearest][ref.name] == ref:
                return ref.name
        for package in (ref.module.rpartition(".")[0], ref.module):
            if package and package not in self.modules and self.packages.get(package, {}).get(ref.name) == ref:
                return f"{package}.{ref.name}"
        return f"{ref.module}.{ref.name}"


def types_files(
    modules: Mapping[str, Module], packages: Mapping[str, Mapping[str, Ref]], docs: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """One file per package; `docs` maps "module.Name" and "module.Name.wire" to what people wrote."""
    names = Names(modules, packages)
    for package in sorted({m.package for m in modules.values()} | set(packages)):
        inside = [m for _, m in sorted(modules.items()) if m.package == package]
        lines = [HEAD, f"package: {package or '(top)'}\n"]
        if odd := dict(sorted(_odd_exports(package, inside, packages.get(package, {})))):
            lines.append("\n# Names the package exports besides the main name of each module.\nexports:\n")
            lines += [f"  {name}: {ref.module}\n" for name, ref in odd.items()]
        lines.append("\nmodules:\n" if inside else "\nmodules: {}\n")
        for module in inside:
            lines += _module(module, names, docs)
        yield Path("types", *(package.split(".") if package else ["top"])).with_suffix(".yaml"), "".join(lines)


def _odd_exports(package: str, inside: Iterable[Module], exports: Mapping[str, Ref]) -> Iterator[tuple[str, Ref]]:
    by_rule = {
        d.name: Ref(m.path, d.name)
        for m in inside
        for d in m.declarations
        if d.name.lower() == m.path.rpartition(".")[2].replace("_", "")
    }
    for name, ref in exports.items():
        if by_rule.get(name) != ref:
            yield name, ref


def _module(module: Module, names: Names, docs: Mapping[str, str]) -> Iterator[str]:
    request = any(d.kind == "request" for d in module.declarations)
    yield f"\n  {module.path.rpartition('.')[2]}{' (request)' if request else ''}:\n"
    by_name = {d.name: d for d in module.declarations}
    for name in module.exports:
        yield from _declaration(by_name[name], names, docs)
    if module.also:
        yield f"    also(): {_flow({name: names.text(ref, module.path) for name, ref in module.also})}\n"


def _declaration(declaration: Declaration, names: Names, docs: Mapping[str, str]) -> Iterator[str]:
    module = declaration.module
    doc = docs.get(f"{module}.{declaration.name}")

    def text(type: Type) -> str:
        return show(type, lambda ref: names.text(ref, module))

    if isinstance(declaration, Alias):
        if doc:
            yield f"    {declaration.name}:\n      doc(): {_scalar(doc)}\n      type(): {_scalar(text(declaration.type))}\n"
        else:
            yield f"    {declaration.name}: {_scalar(text(declaration.type))}\n"
        return
    bases = ", ".join(text(base) for base in declaration.bases)
    head = f"    {declaration.name}{f'({bases})' if bases else ''}:"
    if not (declaration.fields or declaration.extra or doc):
        yield head + " {}\n"
        return
    yield head + "\n"
    if doc:
        yield f"      doc(): {_scalar(doc)}\n"
    for field in declaration.fields:
        yield _field(field, declaration.kind, text, docs.get(f"{module}.{declaration.name}.{field.wire}"))
    if declaration.extra:
        yield f"      extra(): {_scalar(text(declaration.extra))}\n"


def _field(field: Field, kind: str, text: Any, doc: str | None) -> str:
    type = field.type
    if kind == "response" and not field.required and isinstance(type, Nullable):
        type = type.item
    key = _scalar(field_key(field))
    if doc:
        return f"      {key}: {{type: {json.dumps(text(type), ensure_ascii=False)}, doc: {json.dumps(doc)}}}\n"
    return f"      {key}: {_scalar(text(type))}\n"


def field_key(field: Field) -> str:
    """`from as from_?`"""
    renamed = f" as {field.name}" if field.name != field.wire else ""
    return f"{field.wire}{renamed}{'' if field.required else '?'}"


def resources_files(
    resources: Iterable[Resource],
    modules: Mapping[str, Module],
    packages: Mapping[str, Mapping[str, Ref]],
    kept: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[Path, str]]:
    """One file per top resource; `kept` maps a method or resource id to its hand-written keys."""
    names = Names(modules, packages)
    index = {Ref(m.path, d.name): d for m in modules.values() for d in m.declarations}

    def walk(resource: Resource) -> Iterator[str]:
        yield f"\n{resource.id}:\n  class: {resource.class_name}\n  module: {resource.module}\n"
        if doc := kept.get(resource.id, {}).get("doc"):
            yield f"  doc: {_scalar(doc)}\n"
        if resource.methods:
            yield "  methods:\n"
        for method in resource.methods:
            yield f"    {method.name}:\n"
            for key, value in _method(method, names, index, kept.get(method.id, {})):
                yield f"      {key}: {value}\n"
        for child in resource.children:
            yield from walk(child)

    for resource in resources:
        yield Path("resources", f"{resource.path[0]}.yaml"), HEAD + "".join(walk(resource))


def _method(
    method: Method, names: Names, index: Mapping[Ref, Declaration], kept: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    def bare(type: Type) -> str:
        return show(type, lambda ref: names.text(ref, ""))

    def text(type: Type) -> str:
        return _scalar(bare(type))

    if "doc" in kept:
        yield "doc", _scalar(kept["doc"])
    yield "call", f"{method.verb} {method.path}"
    if method.deprecated:
        yield "deprecated", "true"
    place = {"json": "body", "multipart": "multipart", "none": "query"}[method.body]
    if method.params_type or method.body != "none":
        yield place, text(method.params_type) if method.params_type else "(none)"
    yield from _placing(method, index, bare)
    if method.result:
        yield "result", text(method.result)
    if method.page and method.page_item:
        yield "page", f"{method.page} of {text(method.page_item)}"
    if method.binary or method.text:
        yield "returns", "binary" if method.binary else "text"
    if method.stream == "always":
        yield "stream", "always"
    if method.stream_event:
        yield "events", text(method.stream_event)
    if "ends" in kept and method.stream != "never":
        yield "ends", kept["ends"]
    if method.synthesize_event:
        yield "synthesize_event", "true"
    if method.beta_header:
        yield "beta", method.beta_header
    nothing = not (method.result or method.page or method.binary or method.text or method.stream != "never")
    if method.accept != ("*/*" if nothing else None):
        yield "accept", _scalar(method.accept or "(none)")
    if method.auth != "bearer":
        yield "auth", method.auth


def _placing(method: Method, index: Mapping[Ref, Declaration], text: Any) -> Iterator[tuple[str, str]]:
    """The keys that tell what the rule of `params` would get wrong."""
    fields = merged_fields(method.params_type, index.__getitem__) if method.params_type else ()
    known = {f.name for f in fields}
    default: Any = "query" if method.body == "none" else "body"
    headers = tuple(
        Field(p.name, p.wire, p.type, p.required) for p in method.params if p.place == "header" and p.name not in known
    )
    exceptions: dict[str, Place] = {
        p.name: p.place for p in method.params if p.name in known and p.place not in (default, "path")
    }
    path_types = {
        p.name: p.type
        for p in method.params
        if p.place == "path" and p.name not in known and p.type != Scalar("string")
    }
    if path_types:
        yield "path", _flow({name: text(type) for name, type in path_types.items()})
    if exceptions:
        yield "place", _flow(exceptions)
    if headers:
        yield "headers", _flow({field_key(f): text(f.type) for f in headers})
    slots = placeholders(method.path)
    positional = tuple(p.name for p in method.params if p.positional)
    if positional != slots[-1:]:
        yield "positional", f"[{', '.join(positional)}]"
    placing = Placing(default, exceptions, path_types, headers, None, positional)
    if [p.name for p in derive(method.path, fields, placing)] != (order := [p.name for p in method.params]):
        yield "order", f"[{', '.join(order)}]"


def _flow(mapping: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in mapping.items()) + "}"


def _scalar(text: str) -> str:
    """Plain where YAML reads it back as the same text, quoted elsewhere."""
    plain = _PLAIN.fullmatch(text) and ": " not in text and " #" not in text and not text.endswith((":", " "))
    return text if plain else json.dumps(text, ensure_ascii=False)
