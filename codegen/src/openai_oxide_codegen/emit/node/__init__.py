"""Node: type declarations, resource classes, the client's tree of resources, pages, the error table.

Types are erased when TypeScript compiles, so a program loads none of them; resource classes are loaded one by one, when
first used. That keeps `require("openai-oxide/compat")` at a few files however large the API grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Spec
from . import client, errors, official, pages, parameters, resources, types
from .names import Names


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every generated file of the npm package."""
    spec = official.spoken(spec)
    names = Names(spec)
    yield from types.emit(spec, names)
    yield from resources.emit(spec, names)
    yield from client.emit(spec, names)
    yield from parameters.emit(spec)
    yield from pages.emit(spec)
    yield from errors.emit(spec)
