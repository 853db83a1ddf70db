"""Request bytes: canonical, the same for the same values, and every refusal names its place."""

from __future__ import annotations

import enum
import json
import math
from collections import OrderedDict
from datetime import date, datetime, timezone
from types import MappingProxyType
from typing import Any

import pydantic
import pytest

from openai_oxide import BaseModel, not_given, omit
from openai_oxide._native import decode, encode


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Shape(enum.Enum):
    ROUND = "round"


class Thing(pydantic.BaseModel):
    name: str
    size: int = 1
    when: datetime | None = None


class Answer(BaseModel):
    text: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": 2}, '{"b":1,"a":2}'),
        ("é€😀\u2028", '"é€😀\u2028"'),
        ('"\\\n\r\t\b\f\x01\x7f', '"\\"\\\\\\n\\r\\t\\b\\f\\u0001\x7f"'),
        (10**30, "1" + "0" * 30),
        (-(2**63), "-9223372036854775808"),
        ([True, False, None], "[true,false,null]"),
        ((1, 2), "[1,2]"),
        ((item for item in (1, 2)), "[1,2]"),
        ({"a": not_given, "b": {"c": omit, "d": 1}}, '{"b":{"d":1}}'),
        ([{"a": omit}], "[{}]"),
        (Colour.RED, '"red"'),
        (Level.HIGH, "3"),
        (Shape.ROUND, '"round"'),
        ({Colour.RED: 1, 2: 3}, '{"red":1,"2":3}'),
        (date(2026, 11, 22), '"2026-11-22"'),
        (datetime(2026, 11, 22, 1, 2, 3, tzinfo=timezone.utc), '"2026-11-22T01:02:03+00:00"'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (OrderedDict(a=1), '{"a":1}'),
        (Thing(name="x"), '{"name":"x"}'),
        (Thing(name="x", when=datetime(2026, 1, 1)), '{"name":"x","when":"2026-01-01T00:00:00"}'),
        ([Answer(text="x")], '[{"text":"x"}]'),
    ],
)
def test_values(value: Any, expected: str) -> None:
    assert encode(value).decode() == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
    ],
)
def test_numbers_are_printed_as_ecmascript_prints_them(number: float, expected: str) -> None:
    assert encode(number).decode() == expected


def circular() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


class Opaque: ...


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ({"messages": [{"content": Opaque()}]}, TypeError, r"^messages\[0\]\.content: .*Opaque"),
        ({"messages": [{"content": b"x"}]}, TypeError, r"^messages\[0\]\.content: bytes"),
        ({"temperature": math.nan}, ValueError, r"^temperature: .*NaN"),
        ({"temperature": math.inf}, ValueError, r"^temperature: .*inf"),
        ({"input": "a\ud800b"}, ValueError, r"^input: .*surrogate"),
        ({"a": {("x",): 1}}, TypeError, r"^a: keys must be text"),
        ([not_given], TypeError, r"^\[0\]: .*NotGiven.*outside a mapping"),
        (circular(), ValueError, "circular"),
        ({"tools": [Thing]}, TypeError, r"^tools\[0\]: "),
    ],
)
def test_refusals_name_the_place(value: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        encode(value)


def test_an_error_of_the_users_own_object_passes_unchanged() -> None:
    def items() -> Any:
        yield 1
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        encode({"input": items()})


@pytest.mark.parametrize(
    "text", ['{"a":[1,2.5,"x",null,true,{"b":123456789012345678901234567890}]}', '"\\ud83d\\ude00"']
)
def test_decoding_agrees_with_the_standard_library(text: str) -> None:
    assert decode(text.encode()) == json.loads(text)


def test_what_the_fast_parser_refuses_is_not_lost() -> None:
    deep = "[" * 300 + "]" * 300
    assert decode(deep.encode()) == json.loads(deep)
    assert decode(b'"\\ud800"') == "\ud800"


def test_text_that_is_not_json_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        decode(b"<html>")
