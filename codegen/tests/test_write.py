"""What `sync` writes reads back as the same model, and what people wrote is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import made_up

from openai_oxide_codegen.load import load
from openai_oxide_codegen.sync.run import handwritten
from openai_oxide_codegen.sync.write import resources_files, types_files


def rewritten(folder: Path) -> Path:
    """The made-up spec, written anew by the importer's printer."""
    spec = load(made_up.FOLDER)
    shutil.copytree(made_up.FOLDER, folder, ignore=shutil.ignore_patterns("types", "resources"))
    docs, kept = handwritten(made_up.FOLDER)
    files = dict(types_files(spec.modules, spec.packages, docs))
    files.update(resources_files(spec.resources, spec.modules, spec.packages, kept))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_written_files_load_back_as_they_were(tmp_path: Path) -> None:
    back = load(rewritten(tmp_path / "spec"))
    assert back.resources == made_up.spec().resources
    assert dict(back.modules) == dict(made_up.spec().modules)
    assert back.packages == made_up.spec().packages


def test_what_people_wrote_is_kept(tmp_path: Path) -> None:
    docs, kept = handwritten(rewritten(tmp_path / "spec"))
    assert docs["error.Error"] == "Called like a class every language already has."
    assert docs["error.Error.message"] == "What happened."
    assert kept["zoo.animals"] == {"doc": "Those who live there."}
    assert kept["zoo.animals.create"] == {"doc": "Makes an animal.", "ends": "response_event"}
