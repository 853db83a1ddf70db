"""The declarations of two made-up packages, read by the compiler as the real ones are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parents[1] / "node"
CORE = "export declare class APIResource {}\n"
PETS = """import { APIResource } from "../core.js";
export interface Pet { id: string; age?: number }
export interface PetParams { name: string; food?: FOOD }
export declare class Pets extends APIResource {
  feed(body: PetParams, options?: object): Promise<Pet>;
  count(options?: object): Promise<number>;
}
"""
CLIENT = 'import { Pets } from "PETS";\nexport declare class OpenAI { pets: Pets }\nexport declare class Sad extends Error {}\n'
CODE = "export class Pets { feed() { return this._client.post('/pets') } count() { return 1 } }\n"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    root = tmp_path_factory.mktemp("node")
    files = {
        "official/core.d.ts": CORE,
        "official/resources/pets.d.ts": PETS.replace("FOOD", "'hay' | 'corn'"),
        "official/resources/pets.js": CODE,
        "official/index.d.ts": CLIENT.replace("PETS", "./resources/pets.js"),
        "ours/dist/generated/core.d.ts": CORE,
        "ours/dist/generated/resources/pets.d.ts": PETS.replace("FOOD", "'hay'").replace("age?", "years?"),
        "ours/dist/compat/index.d.ts": CLIENT.replace("PETS", "../generated/resources/pets.js"),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root / "official", root / "ours", root


def node(script: str, *args: str | Path) -> dict[str, dict[str, str]]:
    shown = subprocess.run(["node", NODE / script, *args], capture_output=True, check=False, text=True)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


def test_names_and_shapes(packages: tuple[Path, Path, Path]) -> None:
    official = node("dump.mjs", packages[0], "official")
    assert set(official["resources"]) == {"OpenAI.pets"}
    assert (set(official["REST methods"]), set(official["other methods"])) == (
        {"OpenAI.pets.feed"},
        {"OpenAI.pets.count"},
    )
    assert official["REST parameters"] == {"OpenAI.pets.feed(1)": "required", "OpenAI.pets.feed(2)": "optional"}
    assert official["fields"]["resources/pets:Pet.age"] == "optional"
    assert official["exceptions"] == {"Sad": "Error"}
    file = packages[2] / "official.json"
    file.write_text(json.dumps(official))
    ours = node("dump.mjs", packages[1], "ours", file)
    assert set(official["fields"]) - set(ours["fields"]) == {"resources/pets:Pet.age"}
    assert ours["REST methods"] == official["REST methods"]


def test_narrower_request_is_not_assignable(packages: tuple[Path, Path, Path]) -> None:
    facts = node("assignable.mjs", *packages)
    assert "corn" in facts["requests"]["OpenAI.pets.feed(1)"]
    assert facts["results"]["OpenAI.pets.count"] == "assignable"
