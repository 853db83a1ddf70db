"""Which Rust types become one: those that say the same, in reach of at least the same endpoint features."""

from __future__ import annotations

from openai_oxide_codegen.emit.rust.shapes import Alias, Arm, Enum, RustModule, Struct, UnionOf
from openai_oxide_codegen.emit.rust.sharing import share


def module(path: str, *declarations: Struct | Enum | UnionOf, features: set[str]) -> RustModule:
    return RustModule(path, [((0, index), d) for index, d in enumerate(declarations)], features=features)


def kinds(*modules: RustModule) -> dict[str, str]:
    """What became of each declaration: itself, or an alias of another."""
    share(modules)
    return {d.name: d.type if isinstance(d, Alias) else "" for m in modules for _, d in m.declarations}


def test_what_says_the_same_becomes_an_alias_of_the_widest() -> None:
    one = module("one", Enum("Status", ["a", "b"]), features={"chat", "files"})
    two = module("two", Enum("State", ["a", "b"]), Enum("Other", ["a"]), features={"chat"})
    assert kinds(two, one) == {"Status": "", "State": "⟦one⟧Status", "Other": ""}


def test_nothing_refers_to_a_type_that_a_build_may_lack() -> None:
    one = module("one", Enum("Status", ["a"]), features={"files"})
    two = module("two", Enum("State", ["a"]), features={"chat"})
    assert kinds(one, two) == {"Status": "", "State": ""}


def test_arms_that_came_to_hold_one_type_are_told() -> None:
    """Then a value converts into the first of them only, and the printer must see it."""
    union = UnionOf("Either", None, [Arm("A", (), "⟦one⟧Status"), Arm("B", (), "⟦one⟧State"), Arm("C", (), "String")])
    whole = module("one", Enum("Status", ["a"]), Enum("State", ["a"]), union, features={"chat"})
    share([whole])
    settled = whole.declarations[2][1]
    assert isinstance(settled, UnionOf)
    held = [arm.holds for arm in settled.arms]
    assert held[0] == held[1] != "String" == held[2]
