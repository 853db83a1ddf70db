"""`__init__.py` of `types`, `resources` and their subpackages: names, imported when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...model import Ref, Spec
from .source import file, module_of

# Hand-written modules of types: package → module → its names.
_BY_HAND = {
    "chat": {
        "parsed_chat_completion": ("ParsedChatCompletion", "ParsedChatCompletionMessage", "ParsedChoice"),
        "parsed_function_tool_call": ("ParsedFunction", "ParsedFunctionToolCall"),
    },
    "responses": {
        "parsed_response": (
            "ParsedContent",
            "ParsedResponse",
            "ParsedResponseFunctionToolCall",
            "ParsedResponseOutputItem",
            "ParsedResponseOutputMessage",
            "ParsedResponseOutputText",
        ),
    },
}


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    yield from _types(spec)
    yield from _resources(spec)


def _types(spec: Spec) -> Iterator[tuple[Path, str]]:
    packages = {""} | set(spec.packages)
    for module in spec.modules.values():
        parts = module.path.split(".")[:-1]
        packages |= {".".join(parts[: depth + 1]) for depth in range(len(parts))}
    for package in sorted(packages):
        inside = f"{package}." if package else ""
        exports = {
            name: ref.module.removeprefix(inside) if ref.module.startswith(inside) else ref.module
            for name, ref in _names(spec, package).items()
        }
        by_hand = _BY_HAND.get(package, {}) if exports else {}
        exports.update({name: module for module, names in by_hand.items() for name in names})
        path = f"types.{package}" if package else "types"
        subpackages = sorted(p for p in packages if p and p.rpartition(".")[0] == package)
        doc = "Types of the API. Each name is imported when it is first used."
        yield file(path, package=True), package_text(doc, exports, subpackages, path.count(".") + 2)


def _names(spec: Spec, package: str) -> Mapping[str, Ref]:
    """What a package exports; the top one also all shared types, as `openai.types.ChatModel` is used everywhere."""
    names = spec.packages.get(package, {})
    return names if package else {**spec.packages.get("shared", {}), **names}


def _resources(spec: Spec) -> Iterator[tuple[Path, str]]:
    packages: dict[str, dict[str, str]] = {"": {}}
    for resource in spec.all_resources():
        package, _, name = module_of(spec, resource).rpartition(".")
        packages.setdefault(package, {})
        for cls in (resource.class_name, f"Async{resource.class_name}"):
            packages[package][cls] = name
            if package and name == package.rpartition(".")[2]:  # chat/chat.py gives `resources.Chat` too
                above, _, last = package.rpartition(".")
                packages.setdefault(above, {})[cls] = f"{last}.{name}"
    for package, exports in packages.items():
        path = f"resources.{package}" if package else "resources"
        subpackages = sorted(p for p in packages if p and p.rpartition(".")[0] == package)
        doc = "Resource classes. Each is imported when it is first used."
        yield file(path, package=True), package_text(doc, exports, subpackages, path.count(".") + 2)


def package_text(doc: str, exports: dict[str, str], subpackages: list[str], depth: int) -> str:
    """A package that knows its names but loads none of them."""
    lines = [f"from . import {name} as {name}" for name in (p.rpartition(".")[2] for p in subpackages)]
    lines += sorted(f"from .{module} import {name} as {name}" for name, module in exports.items())
    imports = "\n    ".join(lines)
    table = ", ".join(f'"{name}": "{module}"' for name, module in sorted(exports.items()))
    return (
        f'"""{doc}"""\n\nfrom __future__ import annotations\n\n'
        f"from {'.' * depth}_models_support import lazy_names\n\n"
        f"TYPE_CHECKING = False\nif TYPE_CHECKING:\n    {imports}\n\n"
        f"__getattr__, __dir__ = lazy_names(__name__, {{{table}}})\n"
    )
