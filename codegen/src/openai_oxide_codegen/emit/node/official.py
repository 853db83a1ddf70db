"""The spec as the official Node package has it: what spec/names/node_official.yaml adds to what the Python package says.

Resources without methods, fields and types that only Node has, and second names for types. They join the spec of this
emitter alone, as declarations of a module `(node)` in the package they belong to; their names hold dots where they are
nested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...model import Alias, Declaration, Field, Module, Object, Ref, Resource, Spec, Type
from ...notation import NotationError, parse

MODULE = "(node)"


def spoken(spec: Spec) -> Spec:
    """The spec with the official additions and without the resources that the Node package does not have."""
    told, left_out = spec.names["node_official"], set(spec.names["node"].get("omit_resources") or ())
    reader = _Reader(spec, told.get("declarations") or {})
    modules = {path: reader.completed(module, told.get("fields") or {}) for path, module in spec.modules.items()}
    modules.update({module.path: module for module in reader.modules()})
    resources = _resources(spec.resources, (), told.get("resources") or {}, left_out)
    return replace(spec, modules=modules, resources=resources)


def ref(package: str, name: str) -> Ref:
    """A declaration of node_official.yaml."""
    return Ref(_path(package), name)


def is_official(module: Module) -> bool:
    """Whether a module was made here."""
    return module.path.rpartition(".")[2] == MODULE


def parsed(spec: Spec, text: str) -> Type:
    """A type of node_official.yaml."""
    return _Reader(spec, spec.names["node_official"].get("declarations") or {}).type(text)


def _resources(
    ours: tuple[Resource, ...], path: tuple[str, ...], told: Mapping[str, Any], left_out: set[str]
) -> tuple[Resource, ...]:
    """Those below one path, with the official ones that are new, and each where the Node package keeps it."""
    known = {resource.path: resource for resource in ours if resource.id not in left_out}
    for identity, one in told.items():
        own = tuple(identity.split("."))
        if own[:-1] == path:
            resource = known.get(own) or Resource(own, one["class"], one["module"], ())
            known[own] = replace(resource, module=one["module"])
    found = (
        replace(resource, children=_resources(resource.children, resource.path, told, left_out))
        for resource in known.values()
    )
    return tuple(found)


class _Reader:
    def __init__(self, spec: Spec, declarations: Mapping[str, Mapping[str, Any]]) -> None:
        self._spec, self._declarations = spec, declarations

    def modules(self) -> list[Module]:
        """The official declarations, by package."""
        return [
            Module(_path(package), tuple(self._declaration(_path(package), n, t) for n, t in told.items()), tuple(told))
            for package, told in self._declarations.items()
        ]

    def completed(self, module: Module, fields: Mapping[str, Mapping[str, str]]) -> Module:
        """A module whose objects have the official fields too."""
        if not any(name.rpartition(".")[0] == module.path for name in fields):
            return module
        changed = (
            replace(d, fields=(*d.fields, *self._fields(fields.get(f"{module.path}.{d.name}", {}))))
            if isinstance(d, Object)
            else d
            for d in module.declarations
        )
        return replace(module, declarations=tuple(changed))

    def type(self, text: str) -> Type:
        return parse(text, self._find)

    def _declaration(self, module: str, name: str, told: Any) -> Declaration:
        if isinstance(told, str):
            return Alias(module, name, self.type(told), "request")
        extra = self.type(told["extra()"]) if "extra()" in told else None
        fields = {key: text for key, text in told.items() if key != "extra()"}
        return Object(module, name, self._fields(fields), "request", extra=extra)

    def _fields(self, told: Mapping[str, str]) -> tuple[Field, ...]:
        wires = ((key.removesuffix("?"), self.type(text), not key.endswith("?")) for key, text in told.items())
        return tuple(Field(wire, wire, type, required) for wire, type, required in wires)

    def _find(self, text: str) -> Ref:
        """`chat.chat_completion.Choice` of the spec, or `beta.RunStreamEvent.ThreadRunCreated` of the package `beta`."""
        module, _, name = text.rpartition(".")
        if module in self._spec.modules and name in self._spec.modules[module].exports:
            return Ref(module, name)
        for package, told in self._declarations.items():
            if (own := text if package == "(top)" else text.removeprefix(f"{package}.")) in told:
                return ref(package, own)
        raise NotationError(f"spec/names/node_official.yaml: no type {text}")


def _path(package: str) -> str:
    return MODULE if package == "(top)" else f"{package}.{MODULE}"
