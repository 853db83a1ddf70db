"""Emits docs/reference/endpoints.md: every call with its route and what it is called in each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..model import Method, Nullable, Ref, Resource, Spec, Type
from ..notation import show
from .contract import is_in_node
from .node.parameters import camel
from .rust import names

PATH = Path("docs/reference/endpoints.md")


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """One table per top resource."""
    calls = sum(1 for _ in spec.all_methods())
    parts = [
        "# Endpoints\n\n",
        f"The {calls} calls of this release, which follow the official Python package {spec.version}.\n",
        "A call marked *streams* has a form that gives events as they arrive.\n",
        "Where a cell is empty, that package has the call under another name only.\n",
    ]
    for top in spec.resources:
        parts.append(f"\n## {top.path[0]}\n\n")
        parts.append("| Route | Python | Node | Rust | Answer |\n| --- | --- | --- | --- | --- |\n")
        parts += [_row(spec, resource, method) for resource, method in _methods(top)]
    yield PATH, "".join(parts)


def _methods(resource: Resource) -> Iterator[tuple[Resource, Method]]:
    for method in resource.methods:
        yield resource, method
    for child in resource.children:
        yield from _methods(child)


def _row(spec: Spec, resource: Resource, method: Method) -> str:
    """`| `GET /models/{model}` | `models.retrieve` | `models.retrieve` | `models().retrieve` | `Model` |`"""
    rust = "".join(f"{names.field(name)}()." for name in resource.path) + names.field(method.name)
    streams = {"never": "", "optional": ", *streams*", "always": " *streams*"}[method.stream]
    mark = " (deprecated)" if method.deprecated else ""
    cells = [
        f"`{method.verb} {method.path}`{mark}",
        f"`{method.id}`",
        _node(spec, resource, method),
        f"`{rust}`",
        _answer(method) + streams,
    ]
    return f"| {' | '.join(cells)} |\n"


def _answer(method: Method) -> str:
    if method.page and method.page_item:
        return f"`{method.page}` of {_type(method.page_item)}"
    if method.result:
        return _type(method.result)
    if method.binary or method.text:
        return "bytes" if method.binary else "text"
    return _type(method.stream_event) if method.stream_event else "nothing"


def _type(type: Type) -> str:
    inner = type.item if isinstance(type, Nullable) else type
    return (
        f"`{inner.name}`"
        if isinstance(inner, Ref)
        else "`" + show(type, lambda ref: ref.name).replace("|", "\\|") + "`"
    )


def _node(spec: Spec, resource: Resource, method: Method) -> str:
    """Empty where the Node packages do not have it."""
    if not is_in_node(spec, resource.id):
        return ""
    properties = spec.names.get("node", {}).get("properties", {})
    prefixes = [".".join(resource.path[: depth + 1]) for depth in range(len(resource.path))]
    path = [properties.get(id) or camel(name) for id, name in zip(prefixes, resource.path, strict=True)]
    return f"`{'.'.join([*path, camel(method.name)])}`"
