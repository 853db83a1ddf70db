"""Prints the facts of one installed Python package as JSON: `python python_side.py PACKAGE [--top MODULE] [--wanted FILE]`.

Runs alone in the interpreter that holds the package, so it imports nothing of this project. A fact is a name with a
short value ("required", "coroutine"); two packages agree on it when both are the same. `--wanted` names another dump whose
exports are asked for too, because a module that imports on first use need not list them.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import pkgutil
import re
import sys
import typing
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

Facts = dict[str, dict[str, str]]


def modules_below(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def public_names(module: ModuleType) -> set[str]:
    """What the module lists; one without a list has what it holds, but for modules and the tools of typing."""
    if hasattr(module, "__all__"):
        return {name for name in module.__all__ if not isinstance(getattr(module, name, None), ModuleType)}
    return held_names(module)


def held_names(module: ModuleType) -> set[str]:
    found = {}
    for name in dir(module):
        if name.isidentifier() and not name.startswith("_") and name not in ("annotations", "TYPE_CHECKING"):
            found[name] = getattr(module, name, None)
    tools = ("typing", "typing_extensions", "collections.abc")
    return {
        name
        for name, value in found.items()
        if not isinstance(value, ModuleType) and getattr(value, "__module__", None) not in tools
    }


def exports(top: ModuleType, package: ModuleType, wanted: dict[str, str]) -> dict[str, str]:
    """`module:name` for the top module, its public submodules and each package of types and resources."""
    # The top module's settings (`openai.api_key = …`) are in no list.
    facts = {f"openai:{name}": "" for name in public_names(top) | held_names(top)}
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            facts[f"openai.{found.name}"] = "module"
    asked: dict[str, ModuleType] = {"openai": top}
    for kind in ("types", "resources", "pagination"):
        root = importlib.import_module(f"{package.__name__}.{kind}")
        for module in (root, *(modules_below(root) if hasattr(root, "__path__") else ())):
            if hasattr(module, "__path__") or module is root:
                path = "openai" + module.__name__.removeprefix(package.__name__)
                asked[path] = module
                facts.update({f"{path}:{name}": "" for name in public_names(module)})
    for fact in wanted:
        path, _, name = fact.partition(":")
        if name and path in asked and hasattr(asked[path], name):
            facts[fact] = ""
    return facts


def types(package: ModuleType) -> Facts:
    """Every type by the module that declares it, and the fields of those that have fields."""
    facts: Facts = {"types": {}, "response fields": {}, "request fields": {}}
    root = importlib.import_module(f"{package.__name__}.types")
    for module in modules_below(root):
        if hasattr(module, "__path__"):
            continue
        path = "types" + module.__name__.removeprefix(root.__name__)
        for name in getattr(module, "__all__", ()):
            facts["types"][f"{path}:{name}"] = ""
            declared = getattr(module, name)
            area = "response fields" if hasattr(declared, "model_fields") else "request fields"
            for field, presence in fields_of(declared):
                facts[area][f"{path}:{name}.{field}"] = presence
    return facts


def fields_of(declared: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(declared, type):
        return
    model_fields = getattr(declared, "model_fields", None)
    if model_fields is not None:
        for name, info in model_fields.items():
            yield name, "required" if info.is_required() else "optional"
    elif typing.is_typeddict(declared) or hasattr(declared, "__required_keys__"):
        for name, hint in declared.__annotations__.items():
            # Inside an unevaluated annotation the class itself does not see the marker.
            text = getattr(hint, "__forward_arg__", "")
            required = name in declared.__required_keys__ and not text.startswith("NotRequired[")
            yield name, "required" if required or text.startswith("Required[") else "optional"


def resources(client: Any, prefix: str, rest: dict[str, str] | None) -> Iterator[tuple[str, str, str]]:
    """(area, name, value) for the resources below an object, their methods and the methods' parameters.

    `rest` names the methods that are one HTTP call; without it the method's source tells.
    """
    owner = type(client)
    for name in sorted(dir(owner)):
        if name.startswith("_"):
            continue
        static = inspect.getattr_static(owner, name)
        path = f"{prefix}.{name}"
        if inspect.isfunction(static):
            plain = inspect.unwrap(static)
            kind = "REST" if (is_call(plain) if rest is None else path in rest) else "other"
            yield f"{kind} methods", path, "coroutine" if inspect.iscoroutinefunction(plain) else "call"
            for parameter, shape in shapes(plain):
                yield f"{kind} parameters", f"{path}({parameter})", shape
        elif name.startswith("with_"):
            yield "other methods", path, "view"
        elif is_resource(child := getattr(client, name, None)):
            yield "resources", path, ""
            yield from resources(child, path, rest)


def is_call(method: Any) -> bool:
    return re.search(r"self\._(get|post|put|patch|delete|get_api_list)\(", inspect.getsource(method)) is not None


def is_resource(value: Any) -> bool:
    return any(base.__name__ in ("SyncAPIResource", "AsyncAPIResource") for base in type(value).__mro__[1:])


def shapes(function: Any) -> Iterator[tuple[str, str]]:
    """The parameters but for `self` and private ones."""
    kinds = {"POSITIONAL_OR_KEYWORD": "positional", "KEYWORD_ONLY": "keyword"}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if not parameter.name.startswith("_"):
            kind = kinds.get(parameter.kind.name, parameter.kind.name.lower())
            yield parameter.name, f"{kind}, {'required' if parameter.default is parameter.empty else 'optional'}"


def errors(top: ModuleType, names: set[str]) -> dict[str, str]:
    """Each exception class and the chain of its public bases."""
    classes = [getattr(top, name, None) for name in names]
    facts = {}
    for found in classes:
        if isinstance(found, type) and issubclass(found, BaseException):
            chain = [base.__name__ for base in found.__mro__[1:] if base in classes]
            facts[found.__name__] = " < ".join([*chain, "Exception"])
    return facts


def dump(package_name: str, top_name: str, wanted: Facts) -> Facts:
    package, top = importlib.import_module(package_name), importlib.import_module(top_name)
    facts: Facts = {"exports": exports(top, package, wanted.get("exports", {}))}
    calls = ("REST methods", "REST parameters", "other methods", "other parameters")
    facts.update({area: {} for area in ("resources", *calls)})
    for name in ("OpenAI", "AsyncOpenAI"):
        make = getattr(top, name)
        for parameter, shape in shapes(make.__init__):
            facts["other parameters"][f"{name}({parameter})"] = shape
        for area, path, value in resources(
            make(api_key="sk-parity", admin_api_key="sk-parity"), name, wanted.get("REST methods")
        ):
            facts[area][path] = value
    facts.update(types(package))
    facts["exceptions"] = errors(top, {key.removeprefix("openai:") for key in facts["exports"]})
    return facts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("--top")
    parser.add_argument("--wanted", type=argparse.FileType(encoding="utf-8"))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    json.dump(dump(args.package, args.top or args.package, json.load(args.wanted) if args.wanted else {}), sys.stdout)
