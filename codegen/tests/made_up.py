"""The made-up spec of the golden tests: tests/spec/, small, and full of naming traps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from openai_oxide_codegen.load import load
from openai_oxide_codegen.model import Spec

FOLDER = Path(__file__).parent / "spec"


@cache
def spec() -> Spec:
    """The frozen model of tests/spec/."""
    return load(FOLDER)
