"""What importing costs."""

from __future__ import annotations

import subprocess
import sys

from conftest import run_python

import openai_oxide

HEAVY = ("typing", "asyncio", "json", "pydantic", "httpx", "httpx2", "openai", "functools", "inspect", "dataclasses")


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in an interpreter without site packages' start-up hooks."""
    code = (
        "import sys\n"
        f"sys.path[:0] = {[str(openai_oxide.__path__[0]).rpartition('/')[0]]!r}\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_loads_nothing() -> None:
    assert loaded_by("import openai_oxide") == {"openai_oxide", "__future__"}


def test_a_synchronous_client_loads_nothing_heavy() -> None:
    loaded = loaded_by("from openai_oxide import OpenAI; OpenAI(api_key='k').chat.completions")
    assert not loaded & set(HEAVY)
    assert len(loaded) < 40


def test_import_takes_little_time() -> None:
    code = (
        "import time\n"
        "start = time.process_time()\n"
        "from openai_oxide import OpenAI\n"
        "print(time.process_time() - start)\n"
    )
    best = min(float(run_python(code).stdout) for _ in range(5))
    assert best < 0.030  # goal 10 ms on a quiet machine; `import openai` takes above 800


def test_every_public_name_exists() -> None:
    for name in openai_oxide.__all__:
        assert getattr(openai_oxide, name) is not None
    assert set(openai_oxide.__all__) <= set(dir(openai_oxide))
