"""Faults in spec/ are refused, with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import made_up
import pytest

from openai_oxide_codegen.load import load
from openai_oxide_codegen.model import Alias, Const, Nullable, Object, Ref, Scalar, Union
from openai_oxide_codegen.yamlfile import SpecError

REPOSITORY = Path(__file__).parents[2]

FAULTS = {
    "an unknown key of a method": ("resources/zoo.yaml", "result: Empty", "reslut: Empty", 1, "reslut"),
    "an unknown type": ("resources/zoo.yaml", "result: Empty", "result: Emtpy", 1, "no type Emtpy"),
    "an unknown type of a field": ("types/zoo.yaml", "toys?: Toy[]", "toys?: Joy[]", 1, "no type Joy"),
    "a type that is none": ("types/zoo.yaml", "toys?: Toy[]", "toys?: Toy[", 1, "cannot read"),
    "a field that stands twice": ("types/zoo.yaml", "copy?: string", "self?: string", 1, "stands here twice"),
    "two fields of one name": ("types/zoo.yaml", "copy?: string", "cp as self?: string", None, "called self"),
    "a stream with no end": ("resources/zoo.yaml", "      ends: response_event\n", "", None, "say how the stream ends"),
    "an unknown page": ("resources/zoo.yaml", "CursorPage of", "TurnPage of", 1, "no page TurnPage"),
    "an unknown verb": ("resources/zoo.yaml", "call: DELETE", "call: REMOVE", 1, "REMOVE"),
    "a parameter that is not there": (
        "resources/zoo.yaml",
        "{betas: header}",
        "{bets: header}",
        None,
        "no parameter bets",
    ),
    "an incomplete order": ("resources/zoo.yaml", "[file, zoo_id, purpose]", "[file, zoo_id]", 1, "purpose missing"),
    "an export of nothing": ("types/zoo.yaml", "AnimalUnion: zoo.animal\n", "Animals: zoo.animal\n", 1, "no type"),
    "a misspelt default": ("defaults.yaml", "max_retries", "max_retires", None, "max_retires"),
    "a fact of no call": ("calls.yaml", "zoo.photos.upload", "zoo.photos.uplaod", 1, "no method zoo.photos.uplaod"),
    "a part of no parameter": ("calls.yaml", "purpose", "porpoise", 1, "no parameter porpoise"),
    "a resource below nothing": ("resources/zoo.yaml", "zoo:\n", "zu:\n", None, "its parent zoo is missing"),
    "broken YAML": ("errors.yaml", "kinds:", "kinds: [", None, "errors.yaml:"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_and_line(fault: str, tmp_path: Path) -> None:
    file, right, wrong, offset, message = FAULTS[fault]
    folder = tmp_path / "spec"
    shutil.copytree(made_up.FOLDER, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(right) >= 1
    (folder / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        load(folder)
    assert message in str(raised.value)
    assert f"spec/{file}:" in str(raised.value)
    if offset == 1:
        line = text[: text.index(right)].count("\n") + 1
        assert f"spec/{file}:{line}: " in str(raised.value)


def test_names_are_looked_for_from_the_inside_out() -> None:
    spec = made_up.spec()
    dog = spec.declaration(Ref("zoo.dog", "Dog"))
    assert isinstance(dog, Object)
    assert dog.fields[1].type == Nullable(Ref("zoo.dog", "Toy"))
    assert spec.packages[""]["Cat"] == Ref("zoo.cat", "Cat")


def test_a_variant_union_gives_one_signature() -> None:
    create = next(m for _, m in made_up.spec().all_methods() if m.name == "create")
    stream = next(p for p in create.params if p.name == "stream")
    assert stream.type == Nullable(Const((False, True)))
    assert not stream.required
    assert [p.name for p in create.params if p.required] == ["name", "in_"]


def test_declarations_stand_before_their_users() -> None:
    module = made_up.spec().modules["zoo.animal_create_params"]
    order = [d.name for d in module.declarations]
    assert (
        order.index("AnimalCreateParamsBase")
        < order.index("AnimalCreateParamsStreaming")
        < order.index("AnimalCreateParams")
    )
    assert order.index("Toy") < order.index("AnimalCreateParamsBase")
    assert module.exports[0] == "AnimalCreateParamsBase"


def test_aliases_resolve_to_what_they_name() -> None:
    spec = made_up.spec()
    union = spec.resolve(Ref("zoo.animal", "AnimalUnion"))
    assert union == Union((Ref("zoo.animal", "Animal"), Scalar("string")))
    assert isinstance(spec.declaration(Ref("zoo.animal", "AnimalUnion")), Alias)


def test_the_real_spec_loads_and_every_reference_resolves() -> None:
    from openai_oxide_codegen.load import references

    spec = load(REPOSITORY / "spec")
    for module in spec.modules.values():
        for declaration in module.declarations:
            for ref in references(declaration):
                spec.declaration(ref)
    assert {m.id for _, m in spec.all_methods()} >= {"responses.create", "chat.completions.create", "embeddings.create"}
