"""One Python file in the making: type expressions in its scope, and the imports they need."""

from __future__ import annotations

import builtins
from collections import defaultdict
from pathlib import Path

from ...model import Const, ListOf, MapOf, Nullable, Ref, Resource, Scalar, Spec, Type, Union

PACKAGE = Path("bindings/python/python/openai_oxide")
_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "any": "object"}


class Source:
    """A file at a dotted path below the package, such as "types.chat.chat_completion" or "resources.models"."""

    def __init__(self, spec: Spec, path: str, *, own_names: frozenset[str] = frozenset()) -> None:
        self.spec = spec
        self.path = path
        self._taken: dict[str, str] = dict.fromkeys(own_names, path)  # name → module that gives it
        self._imports: dict[str, set[str]] = defaultdict(set)  # module → import clauses
        self._runtime: dict[str, set[str]] = defaultdict(set)

    # -------------------------------------------------------------------------------------------------------- imports

    def use(self, module: str, name: str, *, runtime: bool = False) -> str:
        """The name in this file of something elsewhere; `module` is absolute, or below the package after a dot."""
        if module == f".{self.path}":
            return name
        local = name
        if self._taken.get(local, module) != module:  # taken by something else: say where it comes from
            local = "".join(part.title() for part in module.rpartition(".")[2].split("_")) + name
        self._taken[local] = module
        clause = name if local == name else f"{name} as {local}"
        (self._runtime if runtime else self._imports)[self.relative(module)].add(clause)
        return local

    def relative(self, module: str) -> str:
        """A module below the package (".types.model") as this file imports it ("..types.model")."""
        if not module.startswith("."):
            return module
        here, there = self.path.split(".")[:-1], module[1:].split(".")
        common = 0
        while common < min(len(here), len(there) - 1) and here[common] == there[common]:
            common += 1
        return "." * (len(here) - common + 1) + ".".join(there[common:])

    def imports(self, *, runtime: bool) -> list[str]:
        """The import lines of one of the two kinds, in the formatter's order: the standard library, a blank, ours."""
        chosen = self._runtime if runtime else self._imports
        standard, ours = [], []
        for module in sorted(chosen):
            names = chosen[module] - (set() if runtime else self._runtime.get(module, set()))
            if module == "builtins":
                standard.insert(0, "import builtins")
            elif names:
                line = f"from {module} import {', '.join(sorted(names, key=by_kind))}"
                (ours if module.startswith(".") else standard).append(line)
        ours.sort(key=lambda line: (-len(_dots(line)), line.split()[1]))
        return [*standard, *([""] if standard and ours else []), *ours]

    # ---------------------------------------------------------------------------------------------------------- types

    def type(self, type: Type, *, request: bool, shadowed: frozenset[str] = frozenset(), runtime: bool = False) -> str:
        """A type expression. `shadowed`: names of the class around it, which hide builtins of the same name."""

        def builtin(name: str) -> str:
            if name in shadowed and hasattr(builtins, name):
                self._need_builtins(runtime)
                return f"builtins.{name}"
            return name

        def expression(type: Type) -> str:
            match type:
                case Scalar("datetime"):
                    moment = self.use("datetime", "datetime", runtime=runtime)
                    return f"{builtin('str')} | {moment}" if request else moment
                case Scalar("bytes"):
                    return builtin("bytes")
                case Scalar("file"):
                    return self.use("._types", "FileTypes", runtime=runtime)
                case Scalar(kind):
                    return builtin(_SCALARS[kind])
                case Const(values, open):
                    literal = self.use("typing", "Literal", runtime=runtime)
                    choice = f"{literal}[{', '.join(map(quoted, values))}]"
                    return f"{builtin('str')} | {choice}" if open else choice
                case ListOf(item, iterable, sequence):
                    if sequence:
                        container = self.use("._models_typing", "SequenceNotStr", runtime=runtime)
                    elif iterable:
                        container = self.use("collections.abc", "Iterable", runtime=runtime)
                    else:
                        container = builtin("list")
                    return f"{container}[{expression(item)}]"
                case MapOf(value):
                    return f"{builtin('dict')}[{builtin('str')}, {expression(value)}]"
                case Nullable(item):
                    return f"{expression(item)} | None"
                case Union(members):
                    return " | ".join(dict.fromkeys(expression(member) for member in members))
                case Ref(module, name):
                    return self.use(f".types.{module}", name, runtime=runtime)
            raise TypeError(f"no Python form for {type!r}")

        return expression(type)

    def _need_builtins(self, runtime: bool) -> None:
        (self._runtime if runtime else self._imports)["builtins"].add("")


def _dots(line: str) -> str:
    module = line.split()[1]
    return module[: len(module) - len(module.lstrip("."))]


def by_kind(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions."""
    return not name.isupper(), name[0].islower(), name.lower()


def quoted(value: object) -> str:
    """A literal as the formatter writes it."""
    if isinstance(value, str):
        text = repr(value)
        return text if '"' in value else f'"{text[1:-1]}"'
    return repr(value)


def reference(ref: Ref, *, inside: str | None = None) -> str:
    """How the runtime names a type: "chat.chat_completion:Choice"; only "Choice" inside its own module."""
    return ref.name if ref.module == inside else f"{ref.module}:{ref.name}"


def module_of(spec: Spec, resource: Resource) -> str:
    """The module of a resource's class: the official one, or the one of the same name inside where that is a package."""
    inside = f"{resource.module}."
    if any(other.module.startswith(inside) for other in spec.all_resources()):
        return f"{resource.module}.{resource.module.rpartition('.')[2]}"
    return resource.module


def file(path: str, *, package: bool = False) -> Path:
    """Where a module of the package lives."""
    parts = path.split(".")
    return PACKAGE.joinpath(*parts, "__init__.py") if package else PACKAGE.joinpath(*parts[:-1], f"{parts[-1]}.py")
