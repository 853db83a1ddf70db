"""Answers as the caller's types: which types, what is sent for them, what comes back, and what is an error."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import gc
import json
import re
import subprocess
import weakref
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import pydantic
import pytest
from conftest import KEY, Received, Server, run_python
from typing_extensions import TypedDict

import openai_oxide
from openai_oxide import AsyncOpenAI, OpenAI, compat, pydantic_function_tool, pydantic_responses_function_tool
from openai_oxide.lib._parsing._completions import type_to_response_format_param
from openai_oxide.lib._pydantic import to_strict_json_schema
from openai_oxide.types.chat import ParsedChatCompletion, ParsedFunctionToolCall
from openai_oxide.types.responses import ParsedResponse

T = TypeVar("T")
SAY: Any = [{"role": "user", "content": "x"}]


class Address(pydantic.BaseModel):
    street: str


class Person(pydantic.BaseModel):
    name: str
    address: Address | None = None


class Page(pydantic.BaseModel, Generic[T]):
    items: list[T]


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@dataclasses.dataclass
class Item:
    size: Size
    price: Annotated[float, pydantic.Field(gt=0, description="in euros")]


@pydantic.dataclasses.dataclass
class Checked:
    item: Item


class Bought(pydantic.BaseModel):
    size: Size
    price: float


class Point(TypedDict):
    x: int
    y: int


def message(content: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}
        ],
    }


def response(*output: Any) -> dict[str, Any]:
    return {"id": "r1", "object": "response", "created_at": 1, "model": "m", "output": list(output), "tools": []}


def text(content: str, **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "annotations": [], "text": content}
    return {"type": "message", "id": "m1", "role": "assistant", "content": [part], **more}


def answering(body: Any) -> Any:
    return lambda request: request.connection.reply(body, x_request_id="req_1")


@pytest.mark.parametrize(
    ("type_", "content", "value"),
    [
        (Person, '{"name":"A","address":{"street":"S"}}', Person(name="A", address=Address(street="S"))),
        (Page[Person], '{"items":[{"name":"A","address":null}]}', Page[Person](items=[Person(name="A")])),
        (Item, '{"size":"s","price":1.5}', Item(Size.SMALL, 1.5)),
        (Checked, '{"item":{"size":"l","price":2}}', Checked(Item(Size.LARGE, 2.0))),
        (Point, '{"x":1,"y":2}', {"x": 1, "y": 2}),
        (Annotated[Item, pydantic.Field(title="T")], '{"size":"s","price":1}', Item(Size.SMALL, 1.0)),
    ],
    ids=["model", "generic", "dataclass", "pydantic-dataclass", "typeddict", "annotated"],
)
def test_types(server: Server, client: OpenAI, aclient: AsyncOpenAI, type_: Any, content: str, value: Any) -> None:
    server.handler = answering(message(content))
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=type_)
    assert completion.choices[0].message.parsed == value
    assert isinstance(completion, ParsedChatCompletion)
    assert completion._request_id == "req_1"
    sent = server.requests[-1].json["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["name"] != "Annotated"
    assert sent["json_schema"]["strict"] is True
    assert sent["json_schema"]["name"].replace("_", "").isalnum()
    assert sent["json_schema"]["schema"]["additionalProperties"] is False
    server.handler = answering(response(text(content)))
    asked = {"type": "json_schema", **sent["json_schema"]}

    async def ask() -> Any:
        return await aclient.responses.parse(model="m", input="x", text_format=type_)

    for answer in (client.responses.parse(model="m", input="x", text_format=type_), asyncio.run(ask())):
        assert answer.output_parsed == value
        assert isinstance(answer, ParsedResponse)
        assert server.requests[-1].json["text"]["format"] == asked


def test_the_schema_is_the_official_one() -> None:
    class Line(pydantic.BaseModel):
        """A line."""

        person: Person = pydantic.Field(description="who")
        count: int = 1
        note: str | None = None

    closed = {"title": "Address", "type": "object", "additionalProperties": False}
    address = {"properties": {"street": {"title": "Street", "type": "string"}}, "required": ["street"], **closed}
    members = {"name": {"title": "Name", "type": "string"}}
    members |= {"address": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]}}
    person = {"properties": members, "required": ["name", "address"], **closed, "title": "Person"}
    assert to_strict_json_schema(Line) == {  # as openai 3.54.0 makes it
        "$defs": {"Address": address, "Person": person},
        "description": "A line.",
        "properties": {
            "person": {**person, "description": "who"},
            "count": {"default": 1, "title": "Count", "type": "integer"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Note"},
        },
        "required": ["person", "count", "note"],
        "title": "Line",
        "type": "object",
        "additionalProperties": False,
    }


def test_a_schema_without_strict_form_is_refused_before_sending(server: Server, client: OpenAI) -> None:
    class Tagged(pydantic.BaseModel):
        tags: dict[str, int]

    with pytest.raises(ValueError, match=r"Tagged: .*#/properties/tags.*additionalProperties"):
        client.chat.completions.parse(model="m", messages=SAY, response_format=Tagged)
    with pytest.raises(ValueError, match="#/properties/tags"):
        client.responses.parse(model="m", input="x", text_format=Tagged)
    assert not server.requests
    # The drop-in client sends what the official one sends; another server than OpenAI's may take it.
    server.handler = answering(message('{"tags":{"a":1}}'))
    drop_in = compat.OpenAI(api_key=KEY, base_url=server.url, max_retries=0)
    completion = drop_in.chat.completions.parse(model="m", messages=SAY, response_format=Tagged)
    assert completion.choices[0].message.parsed == Tagged(tags={"a": 1})
    sent = server.requests[-1].json["response_format"]["json_schema"]["schema"]
    assert sent["properties"]["tags"]["additionalProperties"] == {"type": "integer"}


@pytest.mark.parametrize("type_", [int, list[Person], "Person", Person | None], ids=str)
def test_what_is_no_object_is_refused(client: OpenAI, type_: Any) -> None:
    with pytest.raises(TypeError, match="Unsupported response_format type"):
        client.chat.completions.parse(model="m", messages=SAY, response_format=type_)


@pytest.mark.parametrize("type_", [None, {"type": "json_object"}], ids=str)
def test_what_is_no_type_is_no_text_format(client: OpenAI, type_: Any) -> None:
    with pytest.raises(TypeError, match="Unsupported text_format type"):
        client.responses.parse(model="m", input="x", text_format=type_)


@pytest.mark.parametrize("type_", [Item, Bought], ids=["dataclass", "model"])
def test_parsed_values_are_dumped_with_the_answer(server: Server, client: OpenAI, type_: Any) -> None:
    server.handler = answering(message('{"size":"s","price":1.5}'))
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=type_)
    as_it_is = {"size": Size.SMALL, "price": 1.5}
    for dumped in (completion.model_dump(), completion.to_dict()):
        assert dumped["choices"][0]["message"]["parsed"] == as_it_is
    for dumped in (completion.model_dump(mode="json"), json.loads(completion.to_json())):
        assert dumped["choices"][0]["message"]["parsed"] == {"size": "s", "price": 1.5}


def test_a_dict_passes_through(server: Server, client: OpenAI) -> None:
    server.handler = answering(message('{"a":1}'))
    asked: Any = {"type": "json_object"}
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=asked)
    assert server.requests[-1].json == {"model": "m", "messages": SAY, "response_format": asked, "stream": False}
    assert completion.choices[0].message.parsed is None
    client.chat.completions.parse(model="m", messages=SAY)
    assert "response_format" not in server.requests[-1].json


def test_an_answer_that_does_not_fit_is_pydantics_error(server: Server, client: OpenAI) -> None:
    server.handler = answering(message('{"name":1}'))
    with pytest.raises(pydantic.ValidationError, match="name"):
        client.chat.completions.parse(model="m", messages=SAY, response_format=Person)
    server.handler = answering(response(text("{")))
    with pytest.raises(pydantic.ValidationError, match="JSON"):
        client.responses.parse(model="m", input="x", text_format=Person)


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("length", openai_oxide.LengthFinishReasonError),
        ("content_filter", openai_oxide.ContentFilterFinishReasonError),
    ],
)
def test_a_cut_off_answer_comes_with_its_error(server: Server, client: OpenAI, reason: str, error: Any) -> None:
    body = message('{"name":"A')
    body["choices"][0]["finish_reason"] = reason
    body["usage"] = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    server.handler = answering(body)
    with pytest.raises(error) as caught:
        client.chat.completions.parse(model="m", messages=SAY, response_format=Person)
    assert caught.value.completion.choices[0].message.content == '{"name":"A'
    assert caught.value.completion.usage.total_tokens == 3


def test_calls_of_strict_tools_are_parsed(server: Server, client: OpenAI) -> None:
    class Query(pydantic.BaseModel):
        """Asks."""

        sql: str

    plain: Any = {"type": "function", "function": {"name": "plain", "strict": True, "parameters": {"type": "object"}}}
    calls = [
        {"id": "1", "type": "function", "function": {"name": "Query", "arguments": '{"sql":"s"}'}},
        {"id": "2", "type": "function", "function": {"name": "plain", "arguments": '{"a":[1]}'}},
        {"id": "3", "type": "function", "function": {"name": "other", "arguments": "?"}},
    ]
    server.handler = answering(message(None, tool_calls=calls))
    tools = [pydantic_function_tool(Query), plain]
    completion = client.chat.completions.parse(model="m", messages=SAY, tools=iter(tools))
    found = completion.choices[0].message.tool_calls or []
    assert [call.function.parsed_arguments for call in found] == [Query(sql="s"), {"a": [1]}, None]
    assert isinstance(found[0], ParsedFunctionToolCall)
    assert server.requests[-1].json["tools"][0] == {
        "type": "function",
        "function": {
            "name": "Query",
            "strict": True,
            "parameters": to_strict_json_schema(Query),
            "description": "Asks.",
        },
    }
    output = [{"type": "function_call", "call_id": c["id"], **c["function"]} for c in calls]
    server.handler = answering(response(*output))
    loose: Any = {"type": "function", "name": "plain", "strict": False, "parameters": {}}
    answer = client.responses.parse(model="m", input="x", tools=[pydantic_function_tool(Query), loose])
    assert [getattr(item, "parsed_arguments", 0) for item in answer.output] == [Query(sql="s"), None, None]
    assert server.requests[-1].json["tools"][0] == {
        "type": "function",
        "name": "Query",
        "description": "Asks.",
        "parameters": to_strict_json_schema(Query),
        "strict": True,
    }
    tool = pydantic_responses_function_tool(Query, name="q", description="d", defer_loading=True)
    assert dict(tool) == {
        "type": "function",
        "name": "q",
        "strict": True,
        "parameters": to_strict_json_schema(Query),
        "description": "d",
        "defer_loading": True,
    }


def test_tools_that_cannot_be_parsed_are_refused(client: OpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
    with pytest.raises(ValueError, match="`f` is not strict"):
        client.chat.completions.parse(model="m", messages=SAY, tools=[tool])
    with pytest.raises(ValueError, match="`custom`"):
        client.chat.completions.parse(model="m", messages=SAY, tools=[{"type": "custom", "custom": {"name": "c"}}])
    with pytest.raises(TypeError, match="pydantic_function_tool"):
        client.responses.parse(model="m", input="x", tools=[tool])


def test_a_format_is_asked_for_once(client: OpenAI) -> None:
    with pytest.raises(TypeError, match=r"text\.format"):
        client.responses.parse(model="m", input="x", text={"format": {"type": "text"}}, text_format=Person)


def test_parse_as_reads_another_type(server: Server, client: OpenAI) -> None:
    server.handler = answering(response(text('{"x":1,"y":2}')))
    answer = client.responses.parse(model="m", input="x", text_format=Person, parse_as=Point)
    assert answer.output_parsed == {"x": 1, "y": 2}
    assert server.requests[-1].json["text"]["format"]["name"] == "Person"
    assert client.responses.parse(model="m", input="x", text_format=Person, parse_as=None).output_parsed is None
    update: Any = {
        "type": "configuration_update",
        "text": {"format": {"type": "json_schema", "name": "P", "schema": {}}},
    }
    with pytest.raises(TypeError, match="parse_as"):
        client.responses.parse(model="m", input=[update], text_format=Person)
    update["text"]["format"] = {"type": "text"}
    assert client.responses.parse(model="m", input=[update], text_format=Person).output_parsed is None


def test_comments_on_the_way_are_not_the_answer(server: Server, client: OpenAI) -> None:
    comment = text("Let me see.", phase="commentary")
    server.handler = answering(response(comment, text('{"name":"A"}', phase="final_answer")))
    assert client.responses.parse(model="m", input="x", text_format=Person).output_parsed == Person(name="A")


def test_parsed_answers_go_back_as_they_came(server: Server, client: OpenAI) -> None:
    server.handler = answering(message('{"name":"A"}'))
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=Person)
    assert completion.model_dump()["choices"][0]["message"]["parsed"] == {"name": "A", "address": None}
    assert completion.model_dump(mode="json")["choices"][0]["message"]["parsed"] == {"name": "A", "address": None}
    said: Any = completion.choices[0].message
    client.chat.completions.create(model="m", messages=[said])
    assert server.requests[-1].json["messages"] == [{"role": "assistant", "content": '{"name":"A"}'}]
    output = text('{"name":"A"}')
    server.handler = answering(response(output))
    items: Any = client.responses.parse(model="m", input="x", text_format=Person).output
    client.responses.create(model="m", input=items)
    assert server.requests[-1].json["input"] == [output]


def test_raw_answers_parse(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = answering(message('{"name":"A"}'))
    raw = client.chat.completions.with_raw_response.parse(model="m", messages=SAY, response_format=Person)
    assert raw.headers["x-request-id"] == "req_1"
    assert raw.parse().choices[0].message.parsed == Person(name="A")

    async def ask() -> Any:
        return await aclient.chat.completions.with_raw_response.parse(model="m", messages=SAY, response_format=Person)

    assert asyncio.run(ask()).parse().choices[0].message.parsed == Person(name="A")


def test_schemas_are_made_once_and_go_away_with_their_type(monkeypatch: pytest.MonkeyPatch) -> None:
    from openai_oxide.lib import _pydantic

    made = []
    original = _pydantic.json_schema
    monkeypatch.setattr(_pydantic, "json_schema", lambda type_: made.append(type_) or original(type_))

    def use() -> weakref.ref[Any]:
        class Mine(pydantic.BaseModel):
            a: int

        first: Any = type_to_response_format_param(Mine)
        first["json_schema"]["schema"].clear()  # a copy: the caller may change it
        second: Any = type_to_response_format_param(Mine)
        assert second["json_schema"]["schema"]["required"] == ["a"]
        assert made == [Mine]
        made.clear()
        return weakref.ref(Mine)

    gone = use()
    gc.collect()
    assert gone() is None


def test_without_pydantic_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pydantic'] = None\n"
        "from openai_oxide import OpenAI\n"
        "class A: pass\n"
        "OpenAI(api_key='k').chat.completions.parse(model='m', messages=[], response_format=A)\n"
    )
    assert (
        "ImportError: Types as schemas need pydantic: pip install 'openai-oxide[structured]'" in run_python(code).stderr
    )


def test_pydantic_is_loaded_only_for_types(server: Server) -> None:
    server.handler = answering(message("{}"))
    code = (
        "import sys\n"
        "from openai_oxide import OpenAI\n"
        "OpenAI(base_url=sys.argv[1]).chat.completions.parse(model='m', messages=[], response_format={'type': 'text'})\n"
        "print(sorted(sys.modules.keys() & {'pydantic', 'typing', 'dataclasses', 'inspect'}))\n"
    )
    done: subprocess.CompletedProcess[str] = run_python(code, server.url)
    assert "pydantic" not in done.stdout, done
    assert done.returncode == 0, done.stderr


def test_the_official_names_are_there() -> None:
    code = (
        "from openai_oxide import compat; compat.install()\n"
        "import openai, pydantic\n"
        "from openai.lib._parsing import type_to_response_format_param, parse_chat_completion\n"
        "from openai.lib._parsing._completions import type_to_response_format_param as same\n"
        "from openai.lib._parsing._responses import type_to_text_format_param\n"
        "from openai.lib._pydantic import to_strict_json_schema\n"
        "from openai.types.chat import ParsedChatCompletion, ParsedChatCompletionMessage, ParsedChoice\n"
        "from openai.types.chat.parsed_function_tool_call import ParsedFunction\n"
        "from openai.types.responses.parsed_response import ParsedResponse, ParsedResponseOutputText\n"
        "class A(pydantic.BaseModel):\n    x: int\n"
        "print(type_to_text_format_param(A)['name'], openai.pydantic_function_tool(A)['function']['name'])\n"
        "done = openai.types.chat.ChatCompletion.model_validate({'choices': [{'finish_reason': 'stop', 'message':"
        " {'content': '{\"x\":1}'}}]})\n"
        "print(parse_chat_completion(response_format=A, input_tools=[], chat_completion=done).choices[0].message.parsed)\n"
    )
    done = run_python(code)
    assert done.stdout == "A A\nx=1\n", done.stderr


def test_literals_stay_json(server: Server, client: OpenAI) -> None:
    class Choice(pydantic.BaseModel):
        kind: Literal["a", "b"]

    def handler(request: Received) -> None:
        schema = request.json["response_format"]["json_schema"]["schema"]
        request.connection.reply(message(json.dumps({"kind": schema["properties"]["kind"]["enum"][1]})))

    server.handler = handler
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=Choice)
    parsed = completion.choices[0].message.parsed
    assert parsed is not None
    assert parsed.kind == "b"


def test_a_discriminated_union_is_sent_as_strict_mode_takes_it(server: Server, client: OpenAI) -> None:
    class Cat(pydantic.BaseModel):
        kind: Literal["cat"]

    class Dog(pydantic.BaseModel):
        kind: Literal["dog"]

    class Pet(pydantic.BaseModel):
        pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]

    server.handler = answering(message('{"pet":{"kind":"dog"}}'))
    branches = [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]
    completion = client.chat.completions.parse(model="m", messages=SAY, response_format=Pet)
    assert completion.choices[0].message.parsed == Pet(pet=Dog(kind="dog"))
    sent = server.requests[-1].json["response_format"]["json_schema"]["schema"]["properties"]["pet"]
    assert sent == {"anyOf": branches, "title": "Pet"}
    assert to_strict_json_schema(Pet)["properties"]["pet"]["oneOf"] == branches  # the official form


def test_parsed_items_are_all_items() -> None:
    """The type of parsed items is written by hand; a kind of item that comes later must not be left out."""
    source = Path(openai_oxide.__file__).parent / "types/responses"

    def members(file: str, name: str) -> set[str]:
        declared = (source / file).read_text().split(f"{name}: TypeAlias = (")[1].split(")")[0]
        return set(re.findall(r"[A-Z]\w+", declared)) - {"ContentType"}

    parsed = {"ParsedResponseOutputMessage", "ParsedResponseFunctionToolCall"}
    every = members("response_output_item.py", "ResponseOutputItem")
    plain = every - {"ResponseOutputMessage", "ResponseFunctionToolCall"}
    assert members("parsed_response.py", "ParsedResponseOutputItem") == parsed | plain
