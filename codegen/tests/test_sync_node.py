"""The import of the official npm package: how its names are matched with those of the spec, and what becomes a fact."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import made_up
import pytest

from openai_oxide_codegen.sync.node.facts import facts
from openai_oxide_codegen.sync.node.official import READER, Official, Unresolved

ZOO = "zoo/zoo"
CAT = {"ref": f"{ZOO}:Cat"}


def field(type: Any, optional: bool = False) -> dict[str, Any]:
    return {"optional": optional, "type": type}


def interface(**fields: Any) -> dict[str, Any]:
    return {
        "extends": [],
        "fields": {wire: told if "optional" in told else field(told) for wire, told in fields.items()},
    }


def found(types: dict[str, Any], module: str = ZOO, **others: dict[str, Any]) -> dict[str, Any]:
    """The facts of an official package that has these types, beside the two resources of the made-up spec."""
    spec = replace(made_up.spec(), names=MappingProxyType({**made_up.spec().names, "node_official": {"release": "1"}}))
    zoo = {
        "resource": True,
        "children": {"animals": "zoo/animals:Animals"},
        "pages": {},
        "names": others.get("names", {}),
    }
    animals = {"resource": True, "children": {}, "pages": others.get("pages", {})}
    modules: dict[str, Any] = {
        ZOO: {"types": {}, "classes": {"Zoo": zoo}},
        "zoo/animals": {"types": {}, "classes": {"Animals": animals}},
    }
    modules[module]["types"].update(types)
    modules["zoo/animals"]["types"].update(others.get("animals", {}))
    return facts(spec, Official({"release": "2", "client": {"zoo": f"{ZOO}:Zoo"}, "modules": modules}))


TOY = interface(name="string")
CAT_WITH = lambda toy: interface(type={"const": "cat"}, toys=field({"array": {"ref": f"{ZOO}:{toy}"}}, True))  # noqa: E731


def test_what_the_rules_say_is_no_fact() -> None:
    told = found({"Cat": CAT_WITH("Cat.Toy"), "Cat.Toy": TOY})
    assert not told["types"] and not told["declarations"] and not told["fields"] and not told["values"]


def test_the_type_of_a_field_is_called_as_there() -> None:
    told = found({"Cat": CAT_WITH("Cat.Plaything"), "Cat.Plaything": TOY})
    assert told["types"] == {"zoo.cat.Toy": "Cat.Plaything"}
    assert not told["declarations"]


def test_a_member_of_a_union_is_found_by_its_literals_and_fields() -> None:
    born = interface(type={"const": "animal.born"}, animal={"ref": f"{ZOO}:Animal"})
    delta = interface(type={"const": "animal.delta"}, delta="string")
    union = {"type": {"union": [{"ref": f"{ZOO}:AnimalEvent.Delta"}, {"ref": f"{ZOO}:AnimalEvent.Born"}]}}
    told = found({"AnimalEvent": union, "AnimalEvent.Born": born, "AnimalEvent.Delta": delta})
    assert told["types"] == {
        "zoo.animal_event.AnimalBornEvent": "AnimalEvent.Born",
        "zoo.animal_event.AnimalDeltaEvent": "AnimalEvent.Delta",
    }


def test_a_member_with_another_literal_is_another_type() -> None:
    lost = interface(type={"const": "animal.lost"}, delta="string")
    told = found({"AnimalEvent": {"type": {"union": [{"ref": f"{ZOO}:AnimalEvent.Lost"}]}}, "AnimalEvent.Lost": lost})
    assert not told["types"]
    assert told["declarations"]["zoo"]["AnimalEvent.Lost"] == {"type": "=animal.lost", "delta": "string"}


def test_a_type_that_has_its_name_keeps_it_where_another_place_calls_it_otherwise() -> None:
    cat = interface(type={"const": "cat"}, kittens=field({"array": {"ref": f"{ZOO}:Cat.Kitten"}}, True))
    told = found({"Cat": cat, "Cat.Kitten": interface(type={"const": "cat"})})
    assert not told["types"]
    assert told["declarations"]["zoo"]["Cat.Kitten"] == "zoo.cat.Cat"


def test_a_type_with_two_official_names_gets_the_other_beside_its_own() -> None:
    told = found({"Cat": CAT_WITH("Cat.Toy"), "Cat.Toy": TOY, "Litter": interface(first=CAT), "Litter.Toy": TOY})
    assert told["declarations"]["zoo"]["Litter.Toy"] == "zoo.cat.Toy"
    assert not told["types"]


def test_a_type_that_only_node_has_is_said_with_what_it_holds() -> None:
    litter = interface(cats={"array": CAT}, size={"union": ["number", "null"]}, of=field({"const": "x"}, True))
    told = found({"Cat": CAT_WITH("Cat.Toy"), "Cat.Toy": TOY, "Litter": {**litter, "extra": "string"}})
    assert told["declarations"] == {
        "zoo": {"Litter": {"cats": "zoo.cat.Cat[]", "size": "number?", "of?": "=x", "extra()": "string"}}
    }


def test_fields_and_constants_that_only_node_knows_are_added() -> None:
    cat = interface(type={"union": [{"const": "cat"}, {"const": "lion"}]}, claws=field("boolean", True))
    told = found({"Cat": cat})
    assert told["fields"] == {"zoo.cat.Cat": {"claws?": "boolean"}}
    assert told["values"] == {"zoo.cat.Cat": {"type": ["lion"]}}


def test_a_field_that_must_not_be_given_is_none() -> None:
    assert not found({"Cat": interface(type={"const": "cat"}, claws=field("never", True))})["fields"]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (field("string", True), "optional"),
        (field({"union": ["string", "null"]}), "nullable"),
        (field("string"), "always"),
        (field({"union": ["string", "null"]}, True), None),
    ],
)
def test_presence_is_what_the_declaration_says(told: dict[str, Any], what: str | None) -> None:
    listed = found({"Cat": interface(type={"const": "cat"}, match=told)})["presence"]
    assert {key for key, types in listed.items() if types} == ({what} if what else set())


def test_pages_are_facts_where_the_rule_gives_another_name() -> None:
    page = {"Beasts": {"type": {"generic": "CursorPage", "of": [{"ref": f"{ZOO}:Animal"}]}}}
    told = found({}, animals=page, pages={"list": "zoo/animals:Beasts"})
    assert told["pages"] == {"zoo.animals": {"Beasts": "CursorPage of zoo.animal.Animal"}}
    page = {"AnimalsPage": page["Beasts"]}
    assert not found({}, animals=page, pages={"list": "zoo/animals:AnimalsPage"})["pages"]


def test_a_namespace_gets_what_it_offers_there_and_the_rules_do_not_put_into_it() -> None:
    anything = {"EveryType": {"type": "any"}}
    assert not found(anything)["exports"]
    told = found({"Cat": CAT_WITH("Cat.Toy"), "Cat.Toy": TOY}, names={"Cat": f"{ZOO}:Cat"})
    assert not told["exports"]
    litter = {"Litter": interface(first="string")}
    told = found({}, animals=litter, names={"Litter": "zoo/animals:Litter"})
    assert "Litter" in told["declarations"]["zoo"] and not told["exports"]
    with pytest.raises(Unresolved, match="Cub"):
        found({}, animals={"Cat.Cub": interface(x="string")}, names={"Cub": "zoo/animals:Cat.Cub"})


def test_it_stops_on_what_the_notation_cannot_say_and_names_all_of_it() -> None:
    odd = {"unknown": "() => void"}
    with pytest.raises(Unresolved) as stopped:
        found({"Litter": interface(call=odd), "Den": interface(call=odd)})
    assert f"{ZOO}:Litter: " in str(stopped.value) and f"{ZOO}:Den: " in str(stopped.value)


PACKAGE = {
    "package.json": '{"version": "7.0.0"}',
    "index.d.ts": "export {};",
    "client.d.ts": 'import * as Z from "./resources/zoo.js";\nexport declare class OpenAI { zoo: Z.Zoo; }',
    "core/pagination.d.ts": "export interface CursorPageParams { after?: string; }\nexport declare class CursorPage<T> { data: T[]; }\n"
    "export declare class PagePromise<P, T> { page: P; item: T; }",
    "lib/helper.d.ts": "export type Loud = { roar: true };",
    "resources/zoo.d.ts": """
        import { APIResource } from "../core/resource.js";
        import { CursorPage, PagePromise, type CursorPageParams } from "../core/pagination.js";
        import { Loud } from "../lib/helper.js";
        export declare class Zoo extends APIResource { list(): PagePromise<CatsPage, Cat>; }
        export type CatsPage = CursorPage<Cat>;
        export interface Cat { type: 'cat'; mood?: 'happy' | (string & {}) | null; toys: Array<Cat.Toy>; "self-harm"?: boolean }
        export declare namespace Cat { interface Toy { [key: string]: number } namespace Toy { type Part = Toy['x'] } }
        export interface ListParams extends CursorPageParams { loud?: Loud }
        interface Hidden { x: 1 }
    """,
}


def test_the_reader_resolves_names_and_inlines_what_helpers_call_a_type(tmp_path: Path) -> None:
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    compiler = READER.parents[5] / "parity/node/node_modules/typescript"
    if not compiler.exists():
        pytest.skip("npm ci in parity/node")
    official = Official.read(tmp_path)
    assert official.release == "7.0.0"
    assert list(official.resources()) == [(("zoo",), "zoo", "Zoo")]
    assert official.pages() == {"zoo:CatsPage": ("zoo", "list")}
    assert set(official.types) == {"zoo:CatsPage", "zoo:Cat", "zoo:Cat.Toy", "zoo:Cat.Toy.Part", "zoo:ListParams"}
    cat = official.fields({"ref": "zoo:Cat"})
    assert cat is not None and cat["self-harm"] == (True, "boolean")
    assert cat["toys"] == (False, {"array": {"ref": "zoo:Cat.Toy"}})
    params = official.fields({"ref": "zoo:ListParams"})
    assert params is not None and params["after"] == (True, "string")
    assert params["loud"] == (True, {"fields": {"roar": field({"const": True})}})


def test_the_reader_fails_loudly_where_there_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        Official.read(tmp_path)
