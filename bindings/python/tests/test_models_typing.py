"""The package's types as pyright sees them: the checks in `typing/`, and the generated code itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyright", reason="pyright is not installed")

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "python"


@pytest.mark.parametrize(
    ("paths", "mode"),
    [
        pytest.param([HERE / "typing"], "strict", id="users"),
        pytest.param(
            [PACKAGE / "openai_oxide" / name for name in ("types", "resources", "pagination.py", "_models*.py")],
            "standard",
            id="package",
        ),
    ],
)
def test_pyright_finds_nothing(paths: list[Path], mode: str, tmp_path: Path) -> None:
    settings = {
        "include": [os.path.relpath(path, tmp_path) for path in paths],  # pyright takes no absolute ones
        "extraPaths": [str(PACKAGE)],
        "typeCheckingMode": mode,
        "pythonVersion": "3.11" if mode == "strict" else "3.10",
        "reportUnnecessaryTypeIgnoreComment": True,
        "reportMissingModuleSource": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "-p", str(tmp_path), "--outputjson"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    problems = [f"{d['file']}:{d['range']['start']['line'] + 1}: {d['message']}" for d in found["generalDiagnostics"]]
    assert found["summary"]["filesAnalyzed"] > 0
    assert not problems, "\n".join(problems)
