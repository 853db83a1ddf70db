"""The introspection sees what a package has: a made-up one, read as the real ones are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "python_side.py"
FILES = {
    "__init__.py": """
import typing
__all__ = ["OpenAI", "AsyncOpenAI", "Sad", "Sadder"]
api_key = None
class Sad(Exception): ...
class Sadder(Sad): ...
class SyncAPIResource: ...
class Pets(SyncAPIResource):
    def feed(self, name, *, food="hay", _private=1): ...
    async def wait(self): ...
    def _hidden(self): ...
    def count(self): return self._get("/pets/count")
class OpenAI:
    def __init__(self, *, api_key, admin_api_key=None): ...
    @property
    def pets(self): return Pets()
AsyncOpenAI = OpenAI
""",
    "types/__init__.py": "from .pet import Pet as Pet",
    "types/pet.py": """
from __future__ import annotations
from typing import TypedDict
__all__ = ["Pet"]
class Pet(TypedDict, total=False):
    id: Required[str]
    age: int
""",
    "resources/__init__.py": "",
    "pagination.py": "",
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    root = tmp_path_factory.mktemp("packages")
    for name, text in FILES.items():
        file = root / "zoo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    shown = subprocess.run(
        [sys.executable, SCRIPT, "zoo"], cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True
    )
    assert shown.returncode == 0, shown.stderr.decode()
    return json.loads(shown.stdout)


def test_client_resources_methods_and_parameters(facts: dict[str, dict[str, str]]) -> None:
    assert set(facts["resources"]) == {"OpenAI.pets", "AsyncOpenAI.pets"}
    sync = {name: value for name, value in facts["other methods"].items() if name.startswith("OpenAI")}
    assert sync == {"OpenAI.pets.feed": "call", "OpenAI.pets.wait": "coroutine"}
    assert facts["REST methods"]["OpenAI.pets.count"] == "call"
    assert facts["other parameters"]["OpenAI.pets.feed(name)"] == "positional, required"
    assert facts["other parameters"]["OpenAI.pets.feed(food)"] == "keyword, optional"
    assert facts["other parameters"]["OpenAI(api_key)"] == "keyword, required"
    assert not [name for name in facts["other parameters"] if "private" in name]


def test_types_and_fields(facts: dict[str, dict[str, str]]) -> None:
    assert facts["types"] == {"types.pet:Pet": ""}
    assert facts["request fields"] == {"types.pet:Pet.id": "required", "types.pet:Pet.age": "optional"}


def test_exports_and_exceptions(facts: dict[str, dict[str, str]]) -> None:
    assert {"openai:Sad", "openai:api_key", "openai.types:Pet", "openai.pagination"} <= set(facts["exports"])
    assert "openai:typing" not in facts["exports"]
    assert facts["exceptions"] == {"Sad": "Exception", "Sadder": "Sad < Exception"}
