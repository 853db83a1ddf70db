"""Python: type modules, their packages, resource classes, pages, the error table.

What a generated file may do at run time is narrow, because imports are part of every program's start: response types
import the model base, resources import their base class, and nothing imports `typing` unless a user asks for a type
that cannot exist without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Spec
from . import errors, packages, pages, resources, types


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every generated file of the Python package."""
    yield from types.emit(spec)
    yield from packages.emit(spec)
    yield from resources.emit(spec)
    yield from pages.emit(spec)
    yield from errors.emit(spec)
