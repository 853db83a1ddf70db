"""Compares emitted files with tests/golden/<emitter>/; `pytest codegen/tests --update-golden` writes them.

Golden files are the formatted output, as a reviewer and a compiler would see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from openai_oxide_codegen.generate import formatted

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]


def compare(name: str, emitted: Iterator[tuple[Path, str]], update: bool) -> None:
    """Fails with the names of the files that differ, are missing, or should not be there."""
    files = formatted(dict(emitted), ROOT)
    folder = GOLDEN / name
    if update:
        for path in _there(folder) - set(files):
            (folder / path).unlink()
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
        return
    assert _there(folder) == set(files), "other files than in tests/golden; look, then --update-golden"
    for path, text in files.items():
        assert (folder / path).read_text(encoding="utf-8") == text, f"{name}: {path}"


def _there(folder: Path) -> set[Path]:
    return {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
