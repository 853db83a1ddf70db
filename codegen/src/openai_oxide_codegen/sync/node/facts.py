"""The facts of spec/names/node_official.yaml, as plain data: `facts`.

The emitter's own rules say what they can; only departures are facts. A name of the official package is one of these:

- it is there by the rules, or by what spec/names/node.yaml says by hand: no fact;
- its type has a name by the rules that the official package does not know: the type is called as there (`types`);
- its type has another official name too: this is a second one (`declarations`);
- it stands for no type of the spec: a type of its own (`declarations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ...emit.node import official as additions
from ...emit.node.exports import Exports
from ...emit.node.names import VARIANTS, Names
from ...emit.node.parameters import camel
from ...emit.node.resources import module_path, resource_modules
from ...model import Const, Nullable, Object, Ref, Resource, Spec, Type
from ...notation import show
from .match import Match
from .official import Official, Told, Unresolved, members, nullable

Facts = dict[str, Any]


def facts(spec: Spec, official: Official) -> Facts:
    """All sections; raises `Unresolved` with everything that could not be said."""
    found: Facts = {"release": official.release, "resources": dict(_resources(spec, official))}
    top = official.top_names()
    twins = Names(_with(spec, found)).twin_names()
    found["apart"] = sorted(request for request, main in twins if main.endswith("Param") and main in top)
    names = _Names(_with(spec, found), official)
    found.update(names.sections())
    if not names.faults:  # else there is nothing whole to look at
        names.offer(_with(spec, found))
    found["exports"] = {
        resource: {package: sorted(listed) for package, listed in sorted(of.items())}
        for resource, of in sorted(found["exports"].items())
    }
    if names.faults:
        raise Unresolved("\n".join(names.faults))
    return found


def _with(spec: Spec, found: Facts) -> Spec:
    """The spec as the emitter sees it with these facts."""
    return additions.spoken(replace(spec, names=MappingProxyType({**spec.names, "node_official": found})))


def _resources(spec: Spec, official: Official) -> Iterator[tuple[str, dict[str, str]]]:
    """Resources that the Python package lacks, and those that stand in another module."""
    ours = {resource.path: resource for resource in spec.all_resources()}
    for path, module, name in official.resources():
        dotted = module.replace("/", ".").replace("-", "_")
        if path not in ours:
            yield ".".join(path), {"class": name, "module": dotted}
        elif module_path(ours[path]) != module:
            yield ".".join(path), {"module": dotted}


class _Names:
    """Goes through all official names and says what each is."""

    def __init__(self, spec: Spec, official: Official) -> None:
        self._spec, self._official = spec, official
        self._names = Names(spec)
        self._match = Match(official, spec, self._names)
        self.faults: list[str] = []
        exports = Exports(spec, self._names)
        self._public = exports.public
        self._resources = {module_path(resource): resource for resource in spec.all_resources()}
        self._seen = {module: _seen(resource, exports) for module, resource in self._resources.items()}
        self._seen["shared"] = {"shared": self._public.get("shared", set())}
        written = resource_modules(spec, self._names, exports).values()
        self._made = {module_path(one.resource): one.made_types() for one in written}
        # Fits for what is there, or what is called as there by hand.
        self._here = {
            (place.file, place.path): ref
            for ref, place in self._names.places.items()
            if self._names.emitted(spec.declaration(ref))
        }
        keys = [key for key in official.types if key not in official.pages() and key.partition(":")[0] in self._seen]
        self._missing = [key for key in keys if self._file_of(key) is None and not self._by_rule(key)]
        had = set(keys) - set(self._missing)
        self._known = {self._match.found[key] for key in had if key in self._match.found}
        self._renamed: dict[Ref, str] = {}
        self._exported: dict[str, dict[str, list[str]]] = {}
        self._declared: dict[str, str] = {}  # key → package
        for key in self._missing:
            self._decide(key)

    def sections(self) -> Iterator[tuple[str, Any]]:
        yield "pages", self._pages()
        yield "exports", self._exported
        yield "types", {_text(ref): name for ref, name in sorted(self._renamed.items(), key=lambda one: _text(one[0]))}
        yield "fields", dict(sorted(self._fields()))
        yield "values", dict(sorted(self._values()))
        declarations: dict[str, dict[str, Any]] = {}
        for key, package in self._declared.items():
            declarations.setdefault(package, {})[key.partition(":")[2]] = self._said(key, self._declaration, key)
        yield "declarations", {package: dict(sorted(told.items())) for package, told in sorted(declarations.items())}
        yield "presence", self._presence()

    # -- what is there -------------------------------------------------------------------------------------------------

    def _file_of(self, key: str) -> str | None:
        """The types file that has the name and is exported by the module."""
        module, path = _path(key)
        files = (file for file, names in self._seen[module].items() if path[0] in names)
        return next((file for file in files if (file, path) in self._here), None)

    def _by_rule(self, key: str) -> bool:
        """What the emitter writes beside the declarations of the spec."""
        module, path = _path(key)
        if path[0] in self._made.get(module, ()):
            return True
        return (
            len(path) == 2
            and path[1] in {path[0] + variant for variant in VARIANTS}
            and self._file_of(f"{module}:{path[1]}") is not None
        )

    # -- what is not ---------------------------------------------------------------------------------------------------

    def _decide(self, key: str) -> None:
        module, path = _path(key)
        file = self._home(key)
        ref = self._match.found.get(key)
        place = self._names.places[ref] if ref else None
        if place and place.file == file and place.path == path:
            if len(path) == 1:
                self._exported.setdefault(self._resources[module].id, {}).setdefault(_package(file), []).append(path[0])
        elif ref and place and self._may_rename(key, ref, file):
            for one in (ref, *(r for r in self._match.second.get(key, ()) if self._same(r, ref))):
                if self._may_rename(key, one, file):
                    self._renamed[one] = ".".join(path)
        else:
            self._declared[key] = _package(file)

    def offer(self, spec: Spec) -> None:
        """Adds to `exports` what the official namespaces have and ours, with all other facts, have not."""
        names = Names(spec)
        offered = {
            module_path(one.resource): one.offered
            for one in resource_modules(spec, names, Exports(spec, names)).values()
        }
        for module, listed in self._official.namespaces():
            for name, key in listed.items():
                if name in offered[module]:
                    continue
                ref = self._match.found.get(key)
                if key in self._declared:
                    ref = additions.ref(self._declared[key], key.partition(":")[2])
                if ref is None or names.places[ref].path != (name,):
                    self.faults.append(f"{key}: nothing is called {name} where the namespace of {module} wants it")
                    continue
                packages = self._exported.setdefault(self._resources[module].id, {})
                packages.setdefault(_package(names.places[ref].file), []).append(name)

    def _may_rename(self, key: str, ref: Ref, file: str) -> bool:
        """Where no other official name tells of the type."""
        free = ref not in self._known and ref not in self._renamed and key not in self._match.copies
        return free and self._names.places[ref].file == file and self._names.emitted(self._spec.declaration(ref))

    def _home(self, key: str) -> str:
        """The types file where a name belongs: that of the name around it, or what the resource's module exports."""
        module, path = _path(key)
        top = f"{module}:{path[0]}"
        if found := self._file_of(top):
            return found
        ref = self._match.found.get(top)
        place = self._names.places[ref] if ref else None
        if place and (place.file in self._seen[module] or place.path == path[:1]):
            return place.file
        folder = "/".join(module.split("/")[: len(self._resources[module].path) - 1])
        own = "/".join(self._resources[module].path).replace("_", "-")
        return next((file for file in (folder, own) if file in self._public), "root")

    def _same(self, one: Ref, other: Ref) -> bool:
        """Whether two objects have the same fields of the same types, names apart."""
        a, b = self._spec.declaration(one), self._spec.declaration(other)
        if not isinstance(a, Object) or not isinstance(b, Object):
            return False
        shape = lambda o: [(f.wire, f.required, show(f.type, lambda r: r.name)) for f in self._spec.all_fields(o)]  # noqa: E731
        return shape(a) == shape(b)

    # -- sections ------------------------------------------------------------------------------------------------------

    def _pages(self) -> dict[str, dict[str, str]]:
        """All those of a module that has one which the rules do not make."""
        found: dict[str, dict[str, str]] = {}
        pages = {_path(key): of for key, of in sorted(self._official.pages().items())}
        odd = {module for module, (page,) in pages if page not in self._made[module]}
        for (module, (page,)), (where, name) in pages.items():
            method = next(one for one in self._resources[where].methods if camel(one.name) == name)
            if module in odd and method.page_item:
                text = f"{method.page} of {show(method.page_item, _text)}"
                found.setdefault(self._resources[module].id, {})[page] = text
        return found

    def _objects(self) -> Iterator[tuple[Ref, Object, dict[str, Told]]]:
        """Each object of the spec that the official package has, and its fields there."""
        told: set[Ref] = set()
        for key, ref in self._match.found.items():
            ours = self._spec.declaration(ref)
            if isinstance(ours, Object) and ref not in told and key not in self._match.copies:
                told.add(ref)
                yield ref, ours, self._official.fields({"ref": key}) or {}

    def _values(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Constants that only Node knows, where the values are closed on both sides."""
        for ref, ours, fields in self._objects():
            found: dict[str, list[str]] = {}
            for field in ours.fields:
                type = field.type.item if isinstance(field.type, Nullable) else field.type
                told = members(fields[field.wire].type) if field.wire in fields else []
                values = [one["const"] for one in told if isinstance(one, dict) and "const" in one]
                if isinstance(type, Const) and not type.open and len(values) == len(told):
                    found[field.wire] = [str(value) for value in values if value not in type.values]
            if found := {wire: values for wire, values in found.items() if values}:
                yield _text(ref), found

    def _fields(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Fields that only Node knows."""
        byhand = self._spec.names["node"].get("extra_fields") or {}
        for ref, ours, fields in self._objects():
            known = {self._names.key(f.wire) for f in self._spec.all_fields(ours)}
            known |= {wire.removesuffix("?") for one in (ref, *ours.bases) for wire in byhand.get(_text(one), ())}
            if ref.name.endswith("ParamsBase"):
                known.add("stream")  # the emitter's own, so that a call whose `stream` is a variable has a type
            if more := {wire: one for wire, one in fields.items() if wire not in known}:
                yield _text(ref), {_key(w, o): self._said(_text(ref), self._text_of, o.type) for w, o in more.items()}

    def _declaration(self, key: str) -> Any:
        if ref := self._match.found.get(key):
            return _text(ref)
        told = self._official.types[key]
        fields = self._official.fields({"ref": key})
        if fields is None or set(told.get("type", ())) == {"ref"}:
            return self._text_of(told["type"])
        found = {_key(wire, one): self._text_of(one.type) for wire, one in fields.items()}
        return {**found, "extra()": self._text_of(told["extra"])} if "extra" in told else found

    def _presence(self) -> dict[str, dict[str, list[str]]]:
        """What the Python package cannot tell of a field of a result: may it be absent, or null, or both?"""
        found: dict[str, dict[str, list[str]]] = {"always": {}, "nullable": {}, "optional": {}}
        for ref, ours, fields in self._objects():
            for field in ours.fields if ours.kind == "response" else ():
                if field.required or not isinstance(field.type, Nullable) or field.wire not in fields:
                    continue
                optional, null = fields[field.wire].optional, nullable(fields[field.wire].type)
                if not (optional and null):
                    what = "optional" if optional else "nullable" if null else "always"
                    found[what].setdefault(_text(ref), []).append(field.wire)
        return {what: dict(sorted(types.items())) for what, types in found.items()}

    # -- text ----------------------------------------------------------------------------------------------------------

    def _text_of(self, told: Any) -> str:
        return show(self._official.notation(told, self._reference), _text)

    def _reference(self, key: str) -> Type:
        if ref := self._match.found.get(key):
            return ref
        if key in self._declared:
            return Ref("" if self._declared[key] == "(top)" else self._declared[key], key.partition(":")[2])
        raise Unresolved(f"{key} stands for nothing")

    def _said(self, key: str, say: Any, what: Any) -> Any:
        try:
            return say(what)
        except Unresolved as error:
            self.faults.append(f"{key}: {error}")
            return ""


def _seen(resource: Resource, exports: Exports) -> Mapping[str, set[str]]:
    """File → the top-level names that the resource's module exports."""
    found = {file: set(names) for file, names in exports.around(resource).items()}
    around = "/".join(resource.path[:-1]).replace("_", "-")
    if around in exports.public:
        found[around] = exports.public[around]
    if own := exports.own(resource):
        found[own] = exports.public[own]
    return found


def _path(key: str) -> tuple[str, tuple[str, ...]]:
    module, _, name = key.partition(":")
    return module, tuple(name.split("."))


def _package(file: str) -> str:
    return "(top)" if file == "root" else file.replace("/", ".").replace("-", "_")


def _text(ref: Ref) -> str:
    return f"{ref.module}.{ref.name}" if ref.module else ref.name


def _key(wire: str, told: Any) -> str:
    return wire + "?" * told.optional
