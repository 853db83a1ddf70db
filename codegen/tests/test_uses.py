"""What is said of a type: its calls, or else its places."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import made_up

from openai_oxide_codegen.emit.rust.describing import describe
from openai_oxide_codegen.emit.rust.shapes import Alias, Arm, RustField, RustModule, Struct, UnionOf
from openai_oxide_codegen.emit.uses import Uses, methods, of_spec
from openai_oxide_codegen.load import load


def said(*, taken: str = "", given: str = "", streamed: str = "", places: tuple[str, ...] = ()) -> str:
    lists = (dict.fromkeys(ids.split()) for ids in (taken, given, streamed))
    return Uses(*lists, dict.fromkeys(places)).sentence()


def test_calls_come_before_places() -> None:
    assert said(given="a.b", places=("`x` of `Y`",)) == "What `a.b` gives."
    assert said(given="a.b c.d") == "What `a.b` and `c.d` give."
    assert said(given="a.b c.d e.f") == "What `a.b` and 2 other calls give."
    assert said(taken="a.b", given="c.d") == "What `a.b` takes."
    assert said(streamed="a.b") == "An event of `a.b`."


def test_places() -> None:
    assert said(places=("one of `Y`",)) == "One of `Y`."
    assert said(places=("`x` of `Y`", "one of `Z`")) == "`x` of `Y`, and one of `Z`."
    assert said(places=("`x` of `Y`", "one of `Z`", "one of `A`")) == "`x` of `Y`, and in 2 other places."
    assert said() == ""


def test_the_made_up_types_say_where_they_belong() -> None:
    sentences = {ref.name: uses.sentence() for ref, uses in of_spec(made_up.spec()).items()}
    assert sentences["AnimalCreateParams"] == "What `zoo.animals.create` takes."
    assert sentences["AnimalEvent"] == "An event of `zoo.animals.create` and `zoo.photos.watch`."
    assert sentences["Option"] == "`option` of `Error`."


def test_a_call_with_two_names_is_told_by_the_shorter() -> None:
    told = {method.id for method in methods(load(Path(__file__).parents[2] / "spec"))}
    assert "chat.completions.create" in told
    assert "beta.chat.completions.create" not in told
    assert "beta.responses.create" in told


def test_rust_types_are_told_in_their_own_names() -> None:
    """Names differ from the official ones, and one type may stand for several."""
    field = RustField("inner", "inner", "⟦m⟧Inner", "list", False)
    again = RustField("again", "again", "⟦m⟧Again", "value", True)
    held = Arm("Holder", (), "⟦m⟧Holder")
    declarations = [
        Struct("Inner", [], []),
        Alias("Again", "⟦m⟧Inner"),
        Alias("Unused", "⟦m⟧Inner"),
        Struct("Holder", [], [field, again]),
        UnionOf("Whole", None, [held]),
        Struct("ByHand", [], [], doc="Kept."),
    ]
    called = defaultdict(Uses, {"⟦m⟧Whole": Uses(given={"a.b": None})})
    describe([RustModule("m", [((0, 0), declaration) for declaration in declarations])], called)
    assert {declaration.name: declaration.doc for declaration in declarations} == {
        "Inner": "`inner` of `Holder`.",
        "Again": "`again` of `Holder`. The same as `Inner`.",
        "Unused": "The same as `Inner`.",
        "Holder": "One of `Whole`.",
        "Whole": "What `a.b` gives.",
        "ByHand": "Kept.",
    }
