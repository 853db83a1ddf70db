"""Loads spec/ into the frozen model and refuses everything it does not understand, with file and line.

Phases: read and check against spec/schema.json, declare all names, resolve every type, then put methods together.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator

from . import yamlfile
from .model import (
    Alias,
    Choice,
    Declaration,
    ErrorClass,
    ErrorKind,
    Field,
    ListOf,
    MapOf,
    Method,
    Module,
    Nullable,
    Object,
    Page,
    Param,
    Ref,
    Resource,
    Spec,
    Type,
    Union,
)
from .notation import NotationError, parse
from .params import Placing, derive, merged_fields, placeholders
from .yamlfile import File, SpecError

NAMES = ("rust", "python", "node", "node_official")  # files of spec/names
_FIELD = re.compile(r"(?P<wire>.+?)(?: as (?P<name>\w+))?(?P<optional>\?)?")
_DECLARATION = re.compile(r"(?P<name>\w+)(?:\((?P<bases>[^)]*)\))?")
_MODULE = re.compile(r"(?P<name>\w+)(?P<request> \(request\))?")


def load(folder: Path) -> Spec:
    """The whole model of a spec folder. Raises `SpecError` with every fault of the first phase that has some."""
    return _Loader(folder).spec()


class _Loader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        schema = json.loads((_schema_path(folder)).read_text(encoding="utf-8"))
        self.schema = schema
        self.source = self._file("SOURCE", "source")
        self.errors = self._file("errors.yaml", "errors")
        self.pages = self._file("pages.yaml", "pages")
        self.defaults = self._file("defaults.yaml", "defaults")
        self.calls = self._file("calls.yaml", "calls")
        self.names = {name: self._file(f"names/{name}.yaml", f"names_{name}") for name in NAMES}
        self.types = [self._file(str(p.relative_to(folder)), "types") for p in yamlfile.files(folder / "types")]
        self.routes = [
            self._file(str(p.relative_to(folder)), "resources") for p in yamlfile.files(folder / "resources")
        ]
        self._stop_on_faults()
        self.index: dict[Ref, Declaration] = {}
        self.packages: dict[str, dict[str, Ref]] = {}

    # ---------------------------------------------------------------------------------------------- reading and faults

    def _file(self, name: str, kind: str) -> File:
        path = self.folder / name
        shown = Path(self.folder.name, name)
        if not path.exists():
            self.faults.append(f"{shown}:1: the file is missing")
            return File(shown, {})
        try:
            file = yamlfile.read(path, shown)
        except SpecError as error:
            self.faults.append(str(error))
            return File(shown, {})
        validator = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": self.schema["$defs"]})
        for error in sorted(validator.iter_errors(file.data), key=lambda e: list(map(str, e.absolute_path))):
            self.faults += _told(file, error)
        return file

    def _stop_on_faults(self) -> None:
        if self.faults:
            raise SpecError("\n".join(self.faults))

    def _fault(self, file: File, keys: tuple[str | int, ...], message: str) -> None:
        self.faults.append(f"{file.at(*keys)}: {message}")

    # ---------------------------------------------------------------------------------------------------------- names

    def spec(self) -> Spec:
        self._declare()
        self._stop_on_faults()
        modules = self._modules()
        self._stop_on_faults()
        resources = self._resources()
        for identity in self.calls.data.keys() - self.met:
            self._fault(self.calls, (identity,), f"no method {identity}")
        self._stop_on_faults()
        return Spec(
            version=self.source.data["version"],
            resources=resources,
            modules=MappingProxyType(dict(sorted(modules.items()))),
            packages=MappingProxyType({k: MappingProxyType(v) for k, v in sorted(self.packages.items())}),
            errors=tuple(_error_kind(kind, told) for kind, told in self.errors.data["kinds"].items()),
            error_classes=MappingProxyType(
                {
                    language: tuple(
                        ErrorClass(name, parent, name not in self.errors.data.get("ours", ()))
                        for name, parent in tree.items()
                    )
                    for language, tree in self.errors.data["classes"].items()
                }
            ),
            pages=MappingProxyType({name: self._page(name, told) for name, told in self.pages.data.items()}),
            defaults=MappingProxyType({key: _number(text) for key, text in self.defaults.data.items()}),
            names=MappingProxyType({name: file.data for name, file in self.names.items()}),
        )

    def _page(self, name: str, told: Mapping[str, Any]) -> Page:
        fields = tuple(self._field(self.pages, (name,), k, v, "", "response") for k, v in told["fields"].items())
        rest = {key: told.get(key) for key in ("next_param", "next_from", "more")}
        return Page(name, told.get("items", "data"), fields=fields, **rest)

    def _declare(self) -> None:
        """Every module and name before any type is read, because they refer to each other freely."""
        self.declared: set[Ref] = set()
        self.module_paths: set[str] = set()
        self.met: set[str] = set()  # the ids of all methods
        for file in self.types:
            package = file.data["package"] if file.data["package"] != "(top)" else ""
            exports = self.packages.setdefault(package, {})
            for key, declarations in file.data["modules"].items():
                name = _match(_MODULE, key)["name"]
                path = f"{package}.{name}" if package else name
                if path in self.module_paths:
                    self._fault(file, ("modules", key), f"module {path} stands in two files")
                self.module_paths.add(path)
                for declaration in filter(_DECLARATION.fullmatch, declarations):
                    ref = Ref(path, _match(_DECLARATION, declaration)["name"])
                    self.declared.add(ref)
                    if ref.name.lower() == name.replace("_", ""):
                        exports[ref.name] = ref
        for file in self.types:
            package = file.data["package"] if file.data["package"] != "(top)" else ""
            for name, module in file.data.get("exports", {}).items():
                ref = Ref(module, name)
                if ref not in self.declared:
                    self._fault(file, ("exports", name), f"no type {module}.{name}")
                self.packages[package][name] = ref

    def _find(self, text: str, module: str) -> Ref:
        """The declaration a name means in a module; see "Names" in spec/README.md."""
        prefix, _, name = text.rpartition(".")
        if prefix:
            if Ref(prefix, name) in self.declared:
                return Ref(prefix, name)
            if name in self.packages.get(prefix, {}):
                return self.packages[prefix][name]
        else:
            if Ref(module, name) in self.declared:
                return Ref(module, name)
            for package in packages_around(module):
                if name in self.packages.get(package, {}):
                    return self.packages[package][name]
        raise NotationError(f"no type {text}")

    def _type(self, file: File, keys: tuple[str | int, ...], text: str, module: str) -> Type:
        try:
            return parse(text, lambda name: self._find(name, module))
        except NotationError as error:
            self._fault(file, keys, f"{error} (in {text!r})")
            return Ref("?", "?")

    # ---------------------------------------------------------------------------------------------------------- types

    def _modules(self) -> dict[str, Module]:
        modules: dict[str, Module] = {}
        for file in self.types:
            package = file.data["package"] if file.data["package"] != "(top)" else ""
            for key, told in file.data["modules"].items():
                matched = _match(_MODULE, key)
                path = f"{package}.{matched['name']}" if package else matched["name"]
                kind = "request" if matched["request"] else "response"
                declarations = [
                    self._declaration(file, ("modules", key, name), name, value, path, kind)
                    for name, value in told.items()
                    if name != "also()"
                ]
                also = tuple(self._also(file, ("modules", key, "also()"), told.get("also()", {}), path))
                modules[path] = Module(path, uses_last(declarations), tuple(d.name for d in declarations), also)
                self.index.update({Ref(path, d.name): d for d in declarations})
        return modules

    def _also(
        self, file: File, keys: tuple[str | int, ...], told: Mapping[str, str], module: str
    ) -> Iterator[tuple[str, Ref]]:
        for name, text in told.items():
            ref = self._type(file, (*keys, name), text, module)
            if isinstance(ref, Ref):
                yield name, ref

    def _declaration(
        self, file: File, keys: tuple[str | int, ...], key: str, told: Any, module: str, kind: Any
    ) -> Declaration:
        matched = _match(_DECLARATION, key)
        name = matched["name"]
        if isinstance(told, str):
            return Alias(module, name, self._type(file, keys, told, module), kind)
        if "type()" in told:
            alias = self._type(file, (*keys, "type()"), told["type()"], module)
            return Alias(module, name, alias, kind, told.get("doc()", ""))
        bases = []
        for base in filter(None, (b.strip() for b in (matched["bases"] or "").split(","))):
            ref = self._type(file, keys, base, module)
            if isinstance(ref, Ref):
                bases.append(ref)
        extra = self._type(file, (*keys, "extra()"), told["extra()"], module) if "extra()" in told else None
        fields = tuple(
            self._field(file, keys, k, v, module, kind) for k, v in told.items() if k not in ("doc()", "extra()")
        )
        for repeated, times in Counter(f.name for f in fields).items():
            if times > 1:
                self._fault(file, keys, f"two fields called {repeated}")
        return Object(module, name, fields, kind, tuple(bases), extra, told.get("doc()", ""))

    def _field(self, file: File, keys: tuple[str | int, ...], key: str, told: Any, module: str, kind: str) -> Field:
        matched = _match(_FIELD, key)
        text, doc = (told, "") if isinstance(told, str) else (told["type"], told.get("doc", ""))
        type = self._type(file, (*keys, key), text, module)
        required = not matched["optional"]
        if kind == "response" and not required and not isinstance(type, Nullable):
            type = Nullable(type)  # the official classes have None for an absent key
        return Field(matched["name"] or matched["wire"], matched["wire"], type, required, doc)

    # ------------------------------------------------------------------------------------------------------ resources

    def _resources(self) -> tuple[Resource, ...]:
        told: dict[str, tuple[File, Mapping[str, Any]]] = {}
        for file in self.routes:
            for identity, resource in file.data.items():
                told[identity] = (file, resource)
        for identity, (file, _) in told.items():
            parent = identity.rpartition(".")[0]
            if parent and parent not in told:
                self._fault(file, (identity,), f"its parent {parent} is missing")
        self._stop_on_faults()

        def build(path: tuple[str, ...]) -> Resource:
            file, resource = told[".".join(path)]
            methods = tuple(
                self._method(file, (*path, name), method) for name, method in resource.get("methods", {}).items()
            )
            children = tuple(build(tuple(i.split("."))) for i in told if i.rpartition(".")[0] == ".".join(path))
            return Resource(path, resource["class"], resource["module"], methods, children, resource.get("doc", ""))

        return tuple(build((identity,)) for identity in told if "." not in identity)

    def _method(self, file: File, path: tuple[str, ...], told: Mapping[str, Any]) -> Method:
        identity = ".".join(path)
        keys: tuple[str | int, ...] = (".".join(path[:-1]), "methods", path[-1])

        def typed(key: str) -> Type | None:
            return self._type(file, (*keys, key), told[key], "") if key in told else None

        verb, route = told["call"].split(" ")
        kind = next((k for k in ("body", "multipart", "query") if k in told), None)
        params_type = typed(kind) if kind and told[kind] != "(none)" else None
        body = {"body": "json", "multipart": "multipart"}.get(kind or "", "none")
        page, of, item = told.get("page", "").partition(" of ")
        if page and page not in self.pages.data:
            self._fault(file, (*keys, "page"), f"no page {page} in pages.yaml")
        stream = "never" if "events" not in told else told.get("stream", "optional")
        if (stream == "never") != ("ends" not in told):
            self._fault(file, keys, "`events` and `ends` go together: say how the stream ends")
        returns = told.get("returns")
        result = typed("result")
        nothing = not (result or page or returns or stream != "never")
        if self.faults:
            params: tuple[Any, ...] = ()
        else:
            params = self._params(file, keys, told, route, params_type, body)
        self.met.add(identity)
        return Method(
            name=path[-1],
            id=identity,
            verb=verb,  # type: ignore[arg-type]
            path=route,
            params=params,
            body=body,  # type: ignore[arg-type]
            params_type=params_type if isinstance(params_type, Ref) else None,
            result=result,
            stream=stream,
            stream_event=typed("events"),
            terminal=told.get("ends"),
            page=page or None,
            page_item=self._type(file, (*keys, "page"), item, "") if of else None,
            binary=returns == "binary",
            text=returns == "text",
            beta_header=told.get("beta"),
            accept=told.get("accept", "*/*" if nothing else None),
            auth=told.get("auth", "bearer"),
            synthesize_event=told.get("synthesize_event") == "true",
            deprecated=told.get("deprecated") == "true",
            doc=told.get("doc", ""),
            **self._facts(identity, params),
        )

    def _facts(self, identity: str, params: tuple[Param, ...]) -> dict[str, Any]:
        """What calls.yaml says of the method."""
        told = self.calls.data.get(identity, {})
        parts = told.get("parts", {})
        named = [*parts, *([told["alone"]] if "alone" in told else []), *told.get("result", {})]
        for name in {*named} - {param.wire for param in params if param.place == "body"}:
            self._fault(self.calls, (identity,), f"no parameter {name} in the body")
        choice = None
        for param, results in told.get("result", {}).items():
            keys = (identity, "result", param)
            choice = Choice(
                param, tuple((v, self._type(self.calls, (*keys, v), text, "")) for v, text in results.items())
            )
        return {
            "json_without_files": told.get("json_without_files") == "true",
            "parts": tuple(parts.items()),
            "alone": told.get("alone"),
            "choice": choice,
        }

    def _params(
        self, file: File, keys: tuple[str | int, ...], told: Mapping[str, Any], route: str, type: Type | None, body: str
    ) -> tuple[Any, ...]:
        fields = merged_fields(type, self.index.__getitem__) if isinstance(type, Ref) else ()
        placing = Placing(
            default="query" if body == "none" else "body",
            exceptions=told.get("place", {}),
            path_types={n: self._type(file, (*keys, "path"), t, "") for n, t in told.get("path", {}).items()},
            headers=tuple(
                self._field(file, (*keys, "headers"), k, v, "", "request") for k, v in told.get("headers", {}).items()
            ),
            order=tuple(told["order"]) if "order" in told else None,
            positional=tuple(told["positional"]) if "positional" in told else None,
        )
        known = {f.name for f in (*fields, *placing.headers)} | set(placeholders(route))
        named = {*placing.exceptions, *placing.path_types, *(placing.order or ()), *(placing.positional or ())}
        for name in sorted(named - known):
            self._fault(file, keys, f"no parameter {name}")
        if placing.order is not None and (missing := known - set(placing.order)):
            self._fault(file, (*keys, "order"), f"{', '.join(sorted(missing))} missing")
        return () if self.faults else derive(route, fields, placing)


def packages_around(module: str) -> Iterator[str]:
    """ "beta", "" for "beta.thread"; the top alone for "model" and for resources ("")."""
    while module:
        module = module.rpartition(".")[0]
        if module:
            yield module
    yield ""


def uses_last(declarations: list[Declaration]) -> tuple[Declaration, ...]:
    """Reorders so that a name stands before those of its module that use it, as Python needs; stable otherwise."""
    by_name = {d.name: d for d in declarations}
    done: dict[str, Declaration] = {}
    open: set[str] = set()

    def visit(declaration: Declaration) -> None:
        if declaration.name in done or declaration.name in open:
            return
        open.add(declaration.name)
        for ref in references(declaration):
            if ref.module == declaration.module and ref.name in by_name:
                visit(by_name[ref.name])
        done[declaration.name] = declaration

    for declaration in declarations:
        visit(declaration)
    return tuple(done.values())


def references(declaration: Declaration) -> Iterator[Ref]:
    """Every reference of a declaration, in order."""
    if isinstance(declaration, Alias):
        yield from type_references(declaration.type)
        return
    yield from declaration.bases
    for field in declaration.fields:
        yield from type_references(field.type)
    if declaration.extra is not None:
        yield from type_references(declaration.extra)


def type_references(type: Type) -> Iterator[Ref]:
    """Every reference inside a type."""
    if isinstance(type, Ref):
        yield type
    elif isinstance(type, Union):
        for member in type.members:
            yield from type_references(member)
    elif isinstance(type, ListOf | Nullable):
        yield from type_references(type.item)
    elif isinstance(type, MapOf):
        yield from type_references(type.value)


def _error_kind(kind: str, told: Mapping[str, Any]) -> ErrorKind:
    status = told.get("status", "")
    return ErrorKind(
        kind=kind,
        python=told["python"],
        node=told["node"],
        status=int(status) if status.isdigit() else None,
        status_min=int(status[:-1]) if status.endswith("+") else None,
        fallback=status == "other",
        doc=told["doc"],
    )


def _number(text: str) -> str | int | float:
    if re.fullmatch(r"\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"\d+\.\d+", text) else text


def _match(pattern: re.Pattern[str], text: str) -> dict[str, Any]:
    found = pattern.fullmatch(text)
    assert found is not None, f"spec/schema.json lets {text!r} pass"
    return found.groupdict()


def _schema_path(folder: Path) -> Path:
    """A made-up spec may do without its own copy of the schema."""
    own = folder / "schema.json"
    return own if own.exists() else Path(__file__).parents[3] / "spec" / "schema.json"


def _told(file: File, error: Any) -> Iterator[str]:
    """One line per fault; an unknown key is shown where it stands."""
    while error.validator in ("anyOf", "oneOf") and error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator == "additionalProperties"))
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        for key in sorted(set(error.instance) - set(error.schema.get("properties", {}))):
            yield f"{file.at(*place, key)}: unknown key {key}"
    else:
        yield f"{file.at(*place)}: {error.message}"
