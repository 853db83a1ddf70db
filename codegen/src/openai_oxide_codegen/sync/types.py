"""Reads the official type modules into the model, from their syntax trees.

Trees and not runtime objects, because at runtime an alias is gone (`Metadata` is `Dict[str, str]`) and with it the name
that users import. `verify` then compares the result with the runtime objects.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from ..model import Alias, Const, Declaration, Field, ListOf, MapOf, Module, Nullable, Object, Ref, Scalar, Type, Union
from ..notation import is_sequence, union

_SCALARS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "object": "any",
    "FileTypes": "file",
}
# Pydantic's strict types accept no other type's values; on the wire they are the same.
_SCALARS |= {"StrictStr": "string", "StrictInt": "integer", "StrictFloat": "number", "StrictBool": "boolean"}
Kind: TypeAlias = Literal["response", "request"]
_BASES = ("BaseModel", "TypedDict")


class Unresolved(Exception):
    """Something of the official package that the model cannot express; the message says what and where."""


@dataclass
class Source:
    """One official module: its tree, and what its names mean."""

    path: str  # below openai.types, or the full dotted path outside it
    tree: ast.Module
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # name → (module, name there or None)
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    public: tuple[str, ...] = ()


@dataclass(frozen=True)
class Annotated:
    """A type expression with what its wrappers said."""

    type: Type
    required: bool | None = None  # Required[] / NotRequired[]
    alias: str | None = None


class Types:
    """All type modules of one installed package, read on demand."""

    def __init__(self, package: Path) -> None:
        self.package = package  # the folder of `openai`
        self._sources: dict[str, Source] = {}
        self._modules: dict[str, Module] = {}

    # ------------------------------------------------------------------------------------------------------- sources

    def exists(self, dotted: str) -> bool:
        """Whether a full dotted module ("openai.types.chat") is a file of the package."""
        return self._file(dotted) is not None

    def _file(self, dotted: str) -> Path | None:
        base = self.package.joinpath(*dotted.split(".")[1:])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path
        return None

    def source(self, dotted: str) -> Source:
        """The module of a full dotted path."""
        if dotted not in self._sources:
            path = self._file(dotted)
            if path is None:
                raise Unresolved(f"no module {dotted}")
            package = dotted if path.name == "__init__.py" else dotted.rpartition(".")[0]
            self._sources[dotted] = _scan(dotted, package, ast.parse(path.read_text(encoding="utf-8")))
        return self._sources[dotted]

    def find(self, dotted: str, name: str) -> Ref | None:
        """Where a name of a module is really defined, following imports; None for names that are not types of openai."""
        seen = set()
        while (dotted, name) not in seen:
            seen.add((dotted, name))
            source = self.source(dotted)
            if name in source.definitions:
                return Ref(dotted.removeprefix("openai.types."), name) if dotted.startswith("openai.types.") else None
            module, original = source.imports.get(name, (None, None))
            if module is None or original is None or not module.startswith("openai."):
                return None
            dotted, name = module, original
        return None

    def carried(self, dotted: str, name: str, where: str) -> Type:
        """What the events of a stream class of the package are: `class X(Stream[Event], …)`."""
        while name not in (source := self.source(dotted)).definitions:
            module, original = source.imports.get(name, (None, None))
            if module is None or original is None:
                raise Unresolved(f"{where}: no stream {name}")
            dotted, name = module, original
        definition = source.definitions[name]
        for base in definition.bases if isinstance(definition, ast.ClassDef) else ():
            if isinstance(base, ast.Subscript) and ast.unparse(base.value) == "Stream":
                return self.type(source, base.slice, where, "response")
        raise Unresolved(f"{where}: {name} is no stream")

    # ------------------------------------------------------------------------------------------------------- modules

    def module(self, path: str) -> Module:
        """A type module by its path below openai.types."""
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def declaration(self, ref: Ref) -> Declaration:
        """The declaration a reference names."""
        return next(d for d in self.module(ref.module).declarations if d.name == ref.name)

    def _read(self, path: str) -> Module:
        source = self.source(f"openai.types.{path}")
        classes = {n: d for n, d in source.definitions.items() if isinstance(d, ast.ClassDef)}
        kinds = {kind for d in classes.values() for kind in [self._kind(source, d)] if kind}
        if len(kinds) > 1:
            raise Unresolved(f"{path}: responses and requests in one module")
        kind: Kind = kinds.pop() if kinds else ("request" if path.endswith(("_param", "_params")) else "response")
        declarations: list[Declaration] = []
        functional = {n for n, d in source.definitions.items() if _is_functional(d)}
        for name, definition in source.definitions.items():
            if name in functional or name == "__all__":
                continue
            where = f"{path}.{name}"
            if isinstance(definition, ast.ClassDef):
                declarations.append(self._object(source, path, definition, kind, where))
            else:
                value = definition.value  # type: ignore[attr-defined]
                declarations.append(Alias(path, name, self.type(source, value, where, kind), kind))
        if not declarations:
            raise Unresolved(f"{path}: declares nothing")
        names = [d.name for d in declarations]
        public = [n for n in source.public if n in names]
        elsewhere = [(n, ref) for n in source.public if n not in names and (ref := self.find(source.path, n))]
        return Module(path, tuple(declarations), tuple(dict.fromkeys([*public, *names])), tuple(elsewhere))

    def _kind(self, source: Source, definition: ast.ClassDef) -> Kind | None:
        for base in definition.bases:
            name = ast.unparse(base)
            if name in _BASES:
                return "response" if name == "BaseModel" else "request"
            ref = self.find(source.path, name)
            if ref:
                there = self.source(f"openai.types.{ref.module}")
                inherited = there.definitions[ref.name]
                if isinstance(inherited, ast.ClassDef):
                    return self._kind(there, inherited)
        return None

    def _object(self, source: Source, path: str, definition: ast.ClassDef, kind: Kind, where: str) -> Object:
        total = not any(k.arg == "total" and ast.unparse(k.value) == "False" for k in definition.keywords)
        fields: list[Field] = []
        bases: list[Ref] = []
        extra: Type | None = None
        for base in definition.bases:
            name = ast.unparse(base)
            if name in _BASES:
                continue
            functional = source.definitions.get(name)
            if functional is not None and _is_functional(functional):
                fields.extend(self._functional(source, functional, where))
            elif ref := self.find(source.path, name):
                bases.append(ref)
            else:
                raise Unresolved(f"{where}: base class {name}")
        for statement in definition.body:
            if isinstance(statement, ast.AnnAssign):
                fields.append(self._field(source, statement, total, kind, where))
            elif isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
                extra = self._extra(source, statement, where)
            elif not _is_harmless(statement):
                raise Unresolved(f"{where}: {ast.unparse(statement).splitlines()[0]}")
        return Object(path, definition.name, tuple(fields), kind, tuple(bases), extra)

    def _field(self, source: Source, statement: ast.AnnAssign, total: bool, kind: Kind, where: str) -> Field:
        name = ast.unparse(statement.target)
        where = f"{where}.{name}"
        annotated = self.annotated(source, statement.annotation, where, kind)
        wire, required = annotated.alias or name, annotated.required
        if kind == "request":
            return Field(name, wire, annotated.type, total if required is None else required)
        value = statement.value
        required = value is None
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "FieldInfo":
            given = {k.arg: k.value for k in value.keywords}
            if unknown := set(given) - {"alias", "default", "default_factory", "repr"}:
                raise Unresolved(f"{where}: FieldInfo({', '.join(map(str, unknown))})")
            required = not given.keys() & {"default", "default_factory"}
            if "default_factory" in given:  # an empty container stands for absence
                return Field(name, wire, _nullable(annotated.type), False)
            if "alias" in given:
                wire = ast.literal_eval(given["alias"])
            value = given.get("default")
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            raise Unresolved(f"{where}: default {ast.unparse(value)}")
        if not required and not isinstance(annotated.type, Nullable):
            raise Unresolved(f"{where}: None as default of a type without None")
        return Field(name, wire, annotated.type, required)

    def _functional(self, source: Source, statement: ast.stmt, where: str) -> list[Field]:
        """`_Reserved = TypedDict("_Reserved", {"async": bool}, total=False)`: keys that are Python keywords."""
        call = statement.value  # type: ignore[attr-defined]
        return [
            Field(key.value, key.value, self.type(source, value, where, "request"), False)
            for key, value in zip(call.args[1].keys, call.args[1].values, strict=True)
        ]

    def _extra(self, source: Source, statement: ast.If, where: str) -> Type:
        for inner in statement.body:
            if isinstance(inner, ast.AnnAssign) and ast.unparse(inner.target) == "__pydantic_extra__":
                mapped = self.type(source, inner.annotation, where, "response")
                if isinstance(mapped, MapOf):
                    return mapped.value
        raise Unresolved(f"{where}: a TYPE_CHECKING block that is not __pydantic_extra__")

    # --------------------------------------------------------------------------------------------------- expressions

    def type(self, source: Source, node: ast.expr, where: str, kind: str) -> Type:
        """A type expression that carries nothing but a type."""
        found = self.annotated(source, node, where, kind)
        if found.required is not None or found.alias is not None:
            raise Unresolved(f"{where}: {ast.unparse(node)} inside a type")
        return found.type

    def annotated(self, source: Source, node: ast.expr, where: str, kind: str) -> Annotated:
        """A type expression with Required[] and PropertyInfo() taken off."""
        if isinstance(node, ast.Constant):
            if node.value is None:
                return Annotated(Scalar("null"))
            if isinstance(node.value, str):
                return self.annotated(source, ast.parse(node.value, mode="eval").body, where, kind)
        if isinstance(node, ast.Name | ast.Attribute):
            return Annotated(self._named(source, node, where))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return Annotated(self._union(source, _bar_members(node), where, kind))
        if isinstance(node, ast.Subscript):
            return self._subscript(source, node, where, kind)
        raise Unresolved(f"{where}: {ast.unparse(node)}")

    def _named(self, source: Source, node: ast.Name | ast.Attribute, where: str) -> Type:
        text = ast.unparse(node)
        if isinstance(node, ast.Attribute):
            owner, attribute = ast.unparse(node.value), node.attr
            if owner == "builtins":
                return _scalar(attribute, where)
            module, name = source.imports.get(owner, (None, None))
            dotted = f"{module}.{name}" if name else module
            ref = self.find(dotted, attribute) if dotted and self.exists(dotted) else None
            if ref is None:
                raise Unresolved(f"{where}: {text}")
            return ref
        ref = self.find(source.path, text)
        return ref if ref is not None else _scalar(text, where)

    def _subscript(self, source: Source, node: ast.Subscript, where: str, kind: str) -> Annotated:
        head = ast.unparse(node.value).rpartition(".")[2]
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head in ("Required", "NotRequired"):
            inner = self.annotated(source, parts[0], where, kind)
            return Annotated(inner.type, head == "Required", inner.alias)
        if head == "Annotated":
            return self._property_info(self.annotated(source, parts[0], where, kind), parts[1:], where)
        if head == "Optional":
            return Annotated(_nullable(self.type(source, parts[0], where, kind)))
        if head == "Union":
            return Annotated(self._union(source, parts, where, kind))
        if head == "Literal":
            return Annotated(_literals(parts, where))
        if head in ("List", "list", "Sequence", "Iterable", "SequenceNotStr"):
            item = self.type(source, parts[0], where, kind)
            iterable = head in ("Iterable", "SequenceNotStr")
            if iterable and is_sequence(item) != (head == "SequenceNotStr"):
                raise Unresolved(f"{where}: {ast.unparse(node)} has no notation")
            return Annotated(ListOf(item, iterable, head == "SequenceNotStr"))
        if head in ("Dict", "dict", "Mapping"):
            if ast.unparse(parts[0]) not in ("str", "builtins.str"):
                raise Unresolved(f"{where}: keys of {ast.unparse(node)}")
            return Annotated(MapOf(self.type(source, parts[1], where, kind)))
        raise Unresolved(f"{where}: {ast.unparse(node)}")

    def _union(self, source: Source, parts: list[ast.expr], where: str, kind: str) -> Type:
        return union([self.type(source, part, where, kind) for part in parts])

    def _property_info(self, inner: Annotated, notes: list[ast.expr], where: str) -> Annotated:
        result, alias = inner.type, inner.alias
        for note in notes:
            if not (isinstance(note, ast.Call) and ast.unparse(note.func) == "PropertyInfo"):
                raise Unresolved(f"{where}: note {ast.unparse(note)}")
            for keyword in note.keywords:
                value = ast.literal_eval(keyword.value)
                if keyword.arg == "alias":
                    alias = value
                elif keyword.arg == "discriminator":
                    result = _tagged(result, value, where)
                else:
                    raise Unresolved(f"{where}: PropertyInfo({keyword.arg}={value!r})")
        return Annotated(result, inner.required, alias)


# ---------------------------------------------------------------------------------------------------------- small parts


def _nullable(type: Type) -> Type:
    return type if isinstance(type, Nullable) else Nullable(type)


def _tagged(type: Type, discriminator: str, where: str) -> Type:
    if isinstance(type, Nullable):
        return Nullable(_tagged(type.item, discriminator, where))
    if isinstance(type, ListOf):
        return ListOf(_tagged(type.item, discriminator, where), type.iterable, type.sequence)
    if not isinstance(type, Union):
        raise Unresolved(f"{where}: a discriminator on something that is not a union")
    return Union(type.members, discriminator)


def _scalar(name: str, where: str) -> Scalar:
    if name not in _SCALARS:
        raise Unresolved(f"{where}: unknown name {name}")
    return Scalar(_SCALARS[name])  # type: ignore[arg-type]


def _literals(parts: list[ast.expr], where: str) -> Const:
    values = tuple(ast.literal_eval(part) for part in parts)
    if not all(isinstance(value, str | int | bool) for value in values):
        raise Unresolved(f"{where}: literals {values}")
    return Const(values)


def _bar_members(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_bar_members(node.left), *_bar_members(node.right)]
    return [node]


def _is_functional(definition: ast.stmt) -> bool:
    value = getattr(definition, "value", None)
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "TypedDict"


def _is_harmless(statement: ast.stmt) -> bool:
    """Docstrings, `pass`, pytest's marker, and conveniences on answers, which are code and not wire facts."""
    if isinstance(statement, ast.Expr | ast.Pass):
        return True
    if isinstance(statement, ast.FunctionDef):
        return any(ast.unparse(d) == "property" for d in statement.decorator_list)
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__test__"


def _scan(dotted: str, package: str, tree: ast.Module) -> Source:
    source = Source(dotted, tree)
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            base = statement.module or ""
            if statement.level:
                parent = package.split(".")[: len(package.split(".")) - (statement.level - 1)]
                base = ".".join([*parent, base] if base else parent)
            for alias in statement.names:
                source.imports[alias.asname or alias.name] = (base, alias.name)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                source.imports[alias.asname or alias.name] = (alias.name, None)
        elif isinstance(statement, ast.ClassDef):
            source.definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            if statement.targets[0].id == "__all__":
                source.public = tuple(ast.literal_eval(statement.value))
            else:
                source.definitions[statement.targets[0].id] = statement
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            source.definitions[ast.unparse(statement.target)] = statement
    return source
