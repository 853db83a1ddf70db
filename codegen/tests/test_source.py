"""Names of one generated Python file: what clashes is imported under a name that says where it comes from."""

from __future__ import annotations

import made_up

from openai_oxide_codegen.emit.python.source import Source
from openai_oxide_codegen.model import ListOf, Scalar


def test_a_name_that_is_taken_gets_its_modules_name() -> None:
    source = Source(made_up.spec(), "resources.zoo.animals", own_names=frozenset({"Animals"}))
    assert source.use(".types.zoo.cat", "Cat") == "Cat"
    assert source.use(".types.other_cats", "Cat") == "OtherCatsCat"
    assert source.use(".types.zoo.animals", "Animals") == "AnimalsAnimals"
    assert source.use(".types.zoo.cat", "Cat") == "Cat"
    assert source.imports(runtime=False) == [
        "from ...types.other_cats import Cat as OtherCatsCat",
        "from ...types.zoo.animals import Animals as AnimalsAnimals",
        "from ...types.zoo.cat import Cat",
    ]


def test_a_method_does_not_hide_a_builtin_from_annotations() -> None:
    source = Source(made_up.spec(), "resources.zoo.animals")
    text = source.type(ListOf(Scalar("string")), request=False, shadowed=frozenset({"list"}))
    assert text == "builtins.list[str]"
    assert source.imports(runtime=False) == ["import builtins"]
