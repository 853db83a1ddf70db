"""The types of `with_raw_response` and `with_streaming_response`: classes that type checkers see and nobody runs.

Each resource has one class for either, beside its own, with one line for each call; the types of parameters and results
are taken from the resource's methods by the functions of `_raw_typing`.
"""

from __future__ import annotations

from ...model import Resource
from . import derived
from .source import Source, module_of, quoted

_VIEWS = {
    "raw": ("WithRawResponse", "whose methods give the response, with `parse()`"),
    "streamed": ("WithStreamingResponse", "whose methods open a response that is read on demand"),
}


def names(cls: str) -> list[str]:
    """The view classes of a resource class."""
    return [f"{cls}{ending}" for ending, _ in _VIEWS.values()]


def base(cls: str) -> str:
    """The type arguments that tell a resource's base of its views."""
    return f"[{', '.join(map(quoted, names(cls)))}]"


def of_resource(source: Source, resource: Resource, prefix: str) -> str:
    cls = f"{prefix}{resource.class_name}"
    calls: list[str] = []
    for method in resource.methods:
        calls.append(method.name)
        calls += [made.name for made in derived.derived(method) if made.name == "parse"]
    return _classes(source, cls, resource.children, prefix, calls)


def of_client(source: Source, resources: list[Resource], prefix: str) -> str:
    return _classes(source, f"{prefix}Resources", resources, prefix, [])


def _classes(source: Source, cls: str, children: list[Resource], prefix: str, calls: list[str]) -> str:
    made: list[str] = []
    for function, (ending, doc) in _VIEWS.items():
        function = f"async_{function}" if prefix else function
        lines = [f'"""`{cls}` {doc}."""', ""]
        for child in children:
            view = source.use(f".resources.{module_of(source.spec, child)}", f"{prefix}{child.class_name}{ending}")
            lines.append(f"{child.path[-1]}: {view}")
        if calls:
            source.use("._raw_typing", function)
        lines += [f"{name} = {function}({cls}.{name})" for name in calls]
        made.append(f"    class {cls}{ending}:\n" + "\n".join(f"        {line}".rstrip() for line in lines))
    return "\n\n".join(made)
