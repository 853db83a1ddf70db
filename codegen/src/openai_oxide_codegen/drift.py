"""The drift report: where the spec and an OpenAPI document name different routes, parameters or fields.

The two are made by different people and never agree in every word, so this is a reading aid and no check: it names
routes that only one side has, and for common routes the top-level request keys that only one side has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .model import Method, Spec

_VERBS = ("get", "post", "put", "patch", "delete")
Route = tuple[str, str]  # verb and path, placeholders written as {}


def report(spec: Spec, document: Path) -> Iterator[str]:
    """The lines of the report."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = document.read_text(encoding="utf-8")
    api = json.loads(text) if document.suffix == ".json" else yaml.load(text, Loader=loader)
    theirs = {
        _route(verb, path): operation
        for path, item in api["paths"].items()
        for verb, operation in item.items()
        if verb in _VERBS
    }
    ours = {_route(method.verb, method.path): method for _, method in spec.all_methods()}
    tops = {path.split("/")[1] for _, path in ours}
    yield f"spec {spec.version}: {len(ours)} routes; {document.name} {api['info'].get('version', '')}: {len(theirs)} routes"
    yield from _listed("only in the spec", sorted(ours.keys() - theirs.keys()))
    here = sorted(r for r in theirs.keys() - ours.keys() if r[1].split("/")[1] in tops)
    yield from _listed("only in the document, below paths the spec has", here)
    elsewhere = len(theirs.keys() - ours.keys()) - len(here)
    if elsewhere:
        yield f"\n{elsewhere} more routes of the document lie below paths the spec does not have"
    differing = [
        line for route in sorted(ours.keys() & theirs.keys()) for line in _keys(ours[route], theirs[route], api)
    ]
    yield f"\nrequest keys that differ: {len(differing)} routes"
    yield from differing


def _route(verb: str, path: str) -> Route:
    return verb.upper(), re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0])


def _listed(title: str, routes: list[Route]) -> Iterator[str]:
    if routes:
        yield f"\n{title}:"
        yield from (f"  {verb:6} {path}" for verb, path in routes)


def _keys(method: Method, operation: Mapping[str, Any], api: Mapping[str, Any]) -> Iterator[str]:
    ours = {param.wire for param in method.params if param.place != "path"}
    theirs = set()
    for parameter in operation.get("parameters", ()):
        parameter = _resolved(parameter, api)
        if parameter.get("in") in ("query", "header"):
            theirs.add(parameter["name"].removesuffix("[]"))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        theirs |= set(_properties(content.get("schema", {}), api))
    if ours != theirs:
        marks = [f"+{key}" for key in sorted(ours - theirs)] + [f"-{key}" for key in sorted(theirs - ours)]
        yield f"  {method.id}: {' '.join(marks)}"


def _properties(schema: Mapping[str, Any], api: Mapping[str, Any]) -> Iterator[str]:
    schema = _resolved(schema, api)
    yield from schema.get("properties", {})
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _properties(part, api)


def _resolved(value: Any, api: Mapping[str, Any]) -> Any:
    while "$ref" in value:
        target: Any = api
        for step in value["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        value = target
    return value
