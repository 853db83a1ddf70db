"""Names resolve when they are first used, and reading an answer loads neither `typing` nor pydantic."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import openai_oxide
from openai_oxide import resources, types

READ = """
import sys
from openai_oxide._models import construct
response = construct("responses.response:Response", {"model": "m", "metadata": {}, "output": [
    {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}]})
assert response.output_text == "hi" and response.model == "m" and response.service_tier is None
chunk = construct("chat.chat_completion_chunk:ChatCompletionChunk", {"choices": [{"delta": {"content": "x"}}]})
assert chunk.choices[0].delta.content == "x" and chunk.usage is None
import openai_oxide.resources.chat.completions.completions, openai_oxide.resources.responses.responses
import openai_oxide.resources.embeddings, openai_oxide.pagination
print(*sorted({"typing", "typing_extensions", "pydantic", "functools", "asyncio", "inspect"} & set(sys.modules)))
print(sum(name.startswith("openai_oxide.types.responses.") for name in sys.modules))
"""


def test_reading_answers_loads_no_typing() -> None:
    # -S: `site` of some environments imports typing itself.
    path = str(Path(openai_oxide.__file__).parents[1])
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {path!r})\n{READ}"]
    loaded, modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert loaded == ""
    assert int(modules) < 10  # of 250: only what the answer holds


def test_every_name_resolves() -> None:
    for package in (types, resources):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name in getattr(module, "__all__", dir(module)):
                assert getattr(module, name) is not None, f"{found.name}.{name}"


def test_packages_give_names_and_submodules() -> None:
    assert openai_oxide.types.chat.ChatCompletion is openai_oxide.types.chat.chat_completion.ChatCompletion
    assert openai_oxide.types.Metadata is openai_oxide.types.shared.Metadata
    assert "ChatCompletion" in dir(openai_oxide.types.chat)
    assert "gpt-4o" in typing.get_args(openai_oxide.types.ChatModel)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        openai_oxide.types.Nonsense  # noqa: B018
    with pytest.raises(ImportError):
        from openai_oxide.types import Nonsense  # noqa: F401


def test_a_lazy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lazy_package_of_this_test"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from openai_oxide._models_support import lazy_names\n"
        "__getattr__, __dir__ = lazy_names(__name__, {'Thing': 'thing'})\n"
    )
    (package / "thing.py").write_text("class Thing: ...\n")
    (package / "broken.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    lazy = importlib.import_module(package.name)
    assert "Thing" in dir(lazy) and "Thing" not in vars(lazy)
    assert lazy.Thing is lazy.thing.Thing and "Thing" in vars(lazy)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        lazy.broken  # noqa: B018  # the missing module is another one: not "no attribute"
