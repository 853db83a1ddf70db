"""Embeddings: asked for as base64 unless the caller says otherwise, read as lists of floats."""

from __future__ import annotations

import base64
import struct

import pytest

from openai_oxide import NOT_GIVEN, omit
from openai_oxide._models import _constructors, construct
from openai_oxide._models_embeddings import base64_unless_given, decoded_unless_given
from openai_oxide._native import floats
from openai_oxide.types import CreateEmbeddingResponse

RESULT = "create_embedding_response:CreateEmbeddingResponse"
NUMBERS = [0.5, -1.25, 3.0]
TEXT = base64.b64encode(struct.pack("<3f", *NUMBERS)).decode()


def test_base64_becomes_floats() -> None:
    assert floats(TEXT) == NUMBERS
    assert floats("") == []
    for odd in ("AAA=", "no base64"):
        with pytest.raises(ValueError, match="an embedding"):
            floats(odd)


@pytest.mark.parametrize("unset", [omit, NOT_GIVEN])
def test_left_open_the_format_is_ours_to_choose(unset: object) -> None:
    assert base64_unless_given(unset) == "base64"
    answer = construct(decoded_unless_given(RESULT, unset), {"data": [{"embedding": TEXT}, {"embedding": NUMBERS}]})
    assert isinstance(answer, CreateEmbeddingResponse)
    assert [item.embedding for item in answer.data] == [NUMBERS, NUMBERS]  # servers without base64 send numbers


@pytest.mark.parametrize("given", ["float", "base64"])
def test_a_given_format_is_left_alone(given: str) -> None:
    assert base64_unless_given(given) == given
    answer = construct(decoded_unless_given(RESULT, given), {"data": [{"embedding": TEXT}]})
    assert answer.data[0].embedding == TEXT


def test_odd_answers_do_not_fail() -> None:
    for odd in ({}, {"data": None}, {"data": ["x"]}, [], "x"):
        construct(decoded_unless_given(RESULT, omit), odd)


def test_result_types_made_per_call_are_not_kept() -> None:
    before = len(_constructors)
    for _ in range(10):
        construct(decoded_unless_given(RESULT, omit), {"data": []})
    assert len(_constructors) <= before + 1  # that of the class itself
