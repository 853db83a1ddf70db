"""The type notation: what it means, and that printing and reading are inverse."""

from __future__ import annotations

import pytest

from openai_oxide_codegen.model import Const, ListOf, MapOf, Nullable, Ref, Scalar, Type, Union
from openai_oxide_codegen.notation import NotationError, parse, show

STRING, INTEGER, CAT, DOG = Scalar("string"), Scalar("integer"), Ref("", "Cat"), Ref("", "Dog")

MEANINGS: dict[str, Type] = {
    "string": STRING,
    "string?": Nullable(STRING),
    "integer[][]": ListOf(ListOf(INTEGER)),
    "string[*]": ListOf(STRING, iterable=True, sequence=True),
    "Cat[*]": ListOf(CAT, iterable=True),
    "(string | integer)[*]": ListOf(Union((STRING, INTEGER)), iterable=True, sequence=True),
    "map<Cat[]>": MapOf(ListOf(CAT)),
    "=chat.completion": Const(("chat.completion",)),
    "=1 | =2": Const((1, 2)),
    '="1" | ="true" | ="two words" | =""': Const(("1", "true", "two words", "")),
    "=true": Const((True,)),
    "=a | =b | string": Const(("a", "b"), open=True),
    "=a | null": Nullable(Const(("a",))),
    "=a | =b | string | null": Nullable(Const(("a", "b"), open=True)),
    "string | =a | Cat": Union((STRING, Const(("a",)), CAT)),
    "Cat | Dog by type": Union((CAT, DOG), "type"),
    "Cat | Dog | null by type": Nullable(Union((CAT, DOG), "type")),
    "(Cat | Dog)[]": ListOf(Union((CAT, DOG))),
    "=a | (=b | =c)": Union((Const(("a",)), Const(("b", "c")))),
    "(=a | string | null)[]": ListOf(Nullable(Const(("a",), open=True))),
}


def name(text: str) -> Ref:
    return Ref("", text)


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_means_one_type(text: str) -> None:
    assert parse(text, name) == MEANINGS[text]


@pytest.mark.parametrize("text", MEANINGS)
def test_what_is_printed_reads_back(text: str) -> None:
    assert parse(show(MEANINGS[text], lambda ref: ref.name), name) == MEANINGS[text]


@pytest.mark.parametrize("text", ["", "Cat |", "Cat Dog", "(Cat", "map<Cat", "map", "Cat by type", "Cat?!", "=", "[]"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(NotationError):
        parse(text, name)
