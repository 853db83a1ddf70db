"""What `sync` tells of a release: the made-up spec against itself with a few facts changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import made_up
import pytest

from openai_oxide_codegen.load import load
from openai_oxide_codegen.sync.summary import summary

CHANGES = {
    "nothing": ("resources/zoo.yaml", "", "", []),
    "a method": (
        "resources/zoo.yaml",
        "    delete:\n      call: DELETE /zoo/animals/{animal_id}\n",
        "    feed:\n      call: POST /zoo/animals/{animal_id}/feed\n",
        [
            "new methods (1):",
            "  zoo.animals.feed  POST /zoo/animals/{animal_id}/feed",
            "methods that are gone (1):",
            "  zoo.animals.delete  DELETE /zoo/animals/{animal_id}",
        ],
    ),
    "a result": (
        "resources/zoo.yaml",
        "      result: zoo.AnimalUnion\n",
        "      result: Empty\n",
        ["methods that changed (1):", "  zoo.animals.retrieve: result: AnimalUnion → Empty"],
    ),
    "a field": (
        "types/zoo.yaml",
        "toys?: Toy[]",
        "games: Toy[]",
        ["types that changed (1):", "  zoo.cat.Cat: new field games; gone field toys"],
    ),
    "a literal": (
        "types/zoo.yaml",
        "order?: =asc | =desc",
        "order?: =asc | =random",
        [
            "methods that changed (1):",
            "  zoo.animals.list: order: +random -desc",
            "types that changed (1):",
            "  zoo.animal_list_params.AnimalListParams: order: +random -desc",
        ],
    ),
    "a type": (
        "types/zoo.yaml",
        "order?: =asc | =desc",
        "order?: =asc | integer",
        [
            "methods that changed (1):",
            "  zoo.animals.list: order: =asc | =desc → =asc | integer",
            "types that changed (1):",
            "  zoo.animal_list_params.AnimalListParams: order: =asc | =desc → =asc | integer",
        ],
    ),
    "a requirement": (
        "types/zoo.yaml",
        "toys?: Toy[]",
        "toys: Toy[]",
        ["types that changed (1):", "  zoo.cat.Cat: toys is required now"],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_told(change: str, tmp_path: Path) -> None:
    file, old, new, lines = CHANGES[change]
    shutil.copytree(made_up.FOLDER, tmp_path / "spec")
    path = tmp_path / "spec" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert list(summary(made_up.spec(), load(tmp_path / "spec"))) == lines
