"""The made-up spec of the golden tests: tests/spec/, small, and full of naming traps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from openai_oxide_codegen.load import load
from openai_oxide_codegen.model import Method, Resource, Spec

FOLDER = Path(__file__).parent / "spec"


@cache
def spec() -> Spec:
    """The frozen model of tests/spec/."""
    return load(FOLDER)


@cache
def spec_for_languages() -> Spec:
    """Without what Rust does not have yet: files, bytes, text, streams only, header parameters."""

    def kept(resource: Resource) -> Resource:
        children = tuple(map(kept, resource.children))
        return replace(resource, methods=tuple(map(_bare, filter(_spoken, resource.methods))), children=children)

    return replace(spec(), resources=tuple(map(kept, spec().resources)))


def _spoken(method: Method) -> bool:
    return not (method.binary or method.text or method.body == "multipart" or method.stream == "always")


def _bare(method: Method) -> Method:
    return replace(method, params=tuple(param for param in method.params if param.place != "header"))
