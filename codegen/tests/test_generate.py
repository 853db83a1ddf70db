"""The driver: stamps, finds what is stale, deletes what nobody emits, and leaves the rest alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import made_up
import pytest

from openai_oxide_codegen.generate import STAMP, FormatError, formatted, generate

TABLE = Path("docs/reference/endpoints.md")


@pytest.fixture
def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A repository with the made-up spec and up-to-date docs."""
    shutil.copytree(made_up.FOLDER, tmp_path / "spec")
    shutil.copy(Path(__file__).parents[2] / "rustfmt.toml", tmp_path)
    assert generate(tmp_path / "spec", tmp_path, settings=tmp_path, check=False, only="docs") == 0
    capsys.readouterr()
    return tmp_path


def test_a_fresh_tree_passes_and_nothing_is_written(tree: Path) -> None:
    before = (tree / TABLE).stat().st_mtime_ns
    assert generate(tree / "spec", tree, settings=tree, check=True, only="docs") == 0
    assert generate(tree / "spec", tree, settings=tree, check=False, only="docs") == 0
    assert (tree / TABLE).stat().st_mtime_ns == before


def test_the_first_line_says_who_wrote_it(tree: Path) -> None:
    assert STAMP in (tree / TABLE).read_text(encoding="utf-8").splitlines()[0]


def test_check_names_a_stale_file_and_leaves_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / TABLE).write_text("edited\n", encoding="utf-8")
    assert generate(tree / "spec", tree, settings=tree, check=True, only="docs") == 1
    assert str(TABLE) in capsys.readouterr().out
    assert (tree / TABLE).read_text(encoding="utf-8") == "edited\n"


def test_a_file_no_emitter_makes_any_more_is_stale_then_deleted(tree: Path) -> None:
    left = tree / "docs/reference/old.md"
    left.write_text(f"<!-- {STAMP} -->\n", encoding="utf-8")
    ours = tree / "docs/reference/guide.md"
    ours.write_text("by hand\n", encoding="utf-8")
    assert generate(tree / "spec", tree, settings=tree, check=True, only="docs") == 1
    assert left.exists()
    assert generate(tree / "spec", tree, settings=tree, check=False, only="docs") == 0
    assert not left.exists()
    assert ours.exists()


def test_code_that_does_not_parse_is_refused_by_the_formatter(tree: Path) -> None:
    with pytest.raises(FormatError, match="rustfmt"):
        formatted({Path("core/src/generated/x.rs"): "fn {"}, tree)


def test_another_version_of_a_formatter_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It might format otherwise, and then nothing generated would be fresh."""
    monkeypatch.setattr("openai_oxide_codegen.generate.RUFF", "0.0.1")
    with pytest.raises(FormatError, match=r"ruff 0\.0\.1 is needed"):
        formatted({Path("x.py"): "x = 1\n"}, tree)


def test_two_emitters_must_not_write_one_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [(name, lambda spec: iter([(TABLE, "text")])) for name in ("docs", "docs2")]
    monkeypatch.setattr("openai_oxide_codegen.generate.emitters", lambda only: iter(twice))
    with pytest.raises(ValueError, match=r"endpoints\.md"):
        generate(tree / "spec", tree, settings=tree, check=True, only="docs")
