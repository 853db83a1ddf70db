"""Typed functions as tools: names, descriptions and schemas."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

import pydantic
import pytest

from openai_oxide import tool
from openai_oxide.lib._function_tools import error_text


@tool
def add(a: int, b: int = 1) -> dict[str, int]:
    """The sum of two numbers."""
    return {"sum": a + b}


def test_the_schema_comes_from_the_signature_and_the_docstring() -> None:
    class Options(pydantic.BaseModel):
        deep: bool

    @tool
    def search(
        query: str,
        kind: Literal["a", "b"] = "a",
        limit: int | None = None,
        tags: Annotated[list[str], pydantic.Field(description="from the annotation")] = [],  # noqa: B006
        options: Options | None = None,
    ) -> str:
        """Finds things,
        wherever they are.

        Args:
            query: what to find,
                in words
            kind (str): where: here or there
            tags: from the docstring

        Returns:
            something: not an argument
        """
        return query

    assert search.name == "search"
    assert search.description == "Finds things,\nwherever they are."
    schema = search.parameters
    assert schema["required"] == ["query", "kind", "limit", "tags", "options"]
    assert schema["additionalProperties"] is False
    properties = schema["properties"]
    assert properties["query"]["description"] == "what to find, in words"
    assert properties["kind"]["description"] == "where: here or there"
    assert properties["kind"]["enum"] == ["a", "b"]
    assert properties["tags"]["description"] == "from the annotation"
    assert {"type": "null"} in properties["limit"]["anyOf"]
    assert schema["$defs"]["Options"]["required"] == ["deep"]
    assert search("q") == "q"
    assert search.chat_param() == {
        "type": "function",
        "function": {
            "name": "search",
            "parameters": schema,
            "strict": True,
            "description": "Finds things,\nwherever they are.",
        },
    }
    assert search.response_param()["name"] == "search"


def test_objects_and_partials_are_tools() -> None:
    class Counter:
        """Counts."""

        def __call__(self, step: int) -> int:
            return step

    assert tool(Counter()).name == "Counter"
    assert tool(Counter()).invoke('{"step":2}') == 2
    some = tool(functools.partial(add.function, 1))
    assert (some.name, some.description) == ("add", "The sum of two numbers.")
    assert list(some.parameters["properties"]) == ["b"]
    assert some.invoke('{"b":4}') == {"sum": 5}


def test_methods_are_tools() -> None:
    class Shop:
        def price(self, item: str) -> "Nowhere":  # noqa: F821, UP037  # pyright: ignore[reportUndefinedVariable]
            """The price."""
            return item

    method = tool(Shop().price)
    assert list(method.parameters["properties"]) == ["item"]
    assert method.invoke('{"item":"x"}') == "x"
    assert method.description == "The price."


def test_decorated_methods_are_tools_of_their_objects() -> None:
    class Shop:
        def __init__(self, currency: str) -> None:
            self.currency = currency

        @tool(name="price_of", strict=False)
        def price(self, item: str) -> str:
            """The price."""
            return f"{item} in {self.currency}"

        @staticmethod
        @tool
        def greet(name: str) -> str:
            return f"Hello {name}"

    method = Shop("NOK").price
    assert method("x") == "x in NOK"
    assert (method.name, method.description, method.strict) == ("price_of", "The price.", False)
    assert list(method.parameters["properties"]) == ["item"]
    assert Shop("SEK").price.invoke('{"item":"y"}') == "y in SEK"
    assert Shop("SEK").greet.invoke('{"name":"A"}') == "Hello A"


def test_names_and_sphinx_docstrings() -> None:
    @tool(name="other", description="does it")
    async def function(first: int, second: str) -> None:
        """Long.

        :param first: the first
        :param str second: the second,
            continued
        """

    assert (function.name, function.description) == ("other", "does it")
    assert function.parameters["properties"]["first"]["description"] == "the first"
    assert function.parameters["properties"]["second"]["description"] == "the second, continued"


def test_a_signature_without_strict_form_is_refused() -> None:
    def counts(words: dict[str, int]) -> int:
        return len(words)

    with pytest.raises(ValueError, match=r"tool counts: .*#/properties/words.*strict=False"):
        _ = tool(counts).parameters
    loose = tool(strict=False)(counts)
    assert loose.response_param()["strict"] is False
    assert loose.parameters["properties"]["words"]["additionalProperties"] == {"type": "integer"}


def test_what_the_model_is_told_of_arguments_that_do_not_fit() -> None:
    for arguments, told in (
        ("oops", "Invalid JSON: expected value at line 1 column 1"),
        ('{"a":"x"}', "a: Input should be a valid integer, unable to parse string as an integer"),
    ):
        with pytest.raises(pydantic.ValidationError) as caught:
            add.invoke(arguments)
        assert error_text(caught.value) == told
