"""What a type checker must see of structured output and tools. Nothing here runs, see `check_models.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_type

from pydantic import BaseModel
from typing_extensions import TypedDict

from openai_oxide import AsyncOpenAI, FunctionTool, OpenAI, pydantic_function_tool, tool
from openai_oxide.lib._tool_runs import ChatToolRun, ResponseToolRun
from openai_oxide.types.chat import ParsedChatCompletion
from openai_oxide.types.responses import ParsedResponse


class Model(BaseModel):
    x: int


@dataclass
class Data:
    x: int


class Typed(TypedDict):
    x: int


def chat(client: OpenAI) -> None:
    completion = client.chat.completions.parse(model="m", messages=[], response_format=Model)
    assert_type(completion, ParsedChatCompletion[Model])
    assert_type(completion.choices[0].message.parsed, Model | None)
    for call in completion.choices[0].message.tool_calls or []:
        assert_type(call.function.parsed_arguments, object)
    data = client.chat.completions.parse(model="m", messages=[], response_format=Data)
    assert_type(data.choices[0].message.parsed, Data | None)
    typed = client.chat.completions.parse(model="m", messages=[], response_format=Typed)
    assert_type(typed.choices[0].message.parsed, Typed | None)
    plain = client.chat.completions.parse(model="m", messages=[], response_format={"type": "json_object"})
    assert_type(plain.choices[0].message.parsed, None)
    client.chat.completions.parse(model="m", messages=[], tools=[pydantic_function_tool(Model)])


def responses(client: OpenAI) -> None:
    response = client.responses.parse(model="m", input="x", text_format=Model)
    assert_type(response, ParsedResponse[Model])
    assert_type(response.output_parsed, Model | None)
    for item in response.output:
        if item.type == "message":
            for part in item.content:
                if part.type == "output_text":
                    assert_type(part.parsed, Model | None)
    assert_type(client.responses.parse(model="m", text_format=Model, parse_as=Data).output_parsed, Data | None)
    client.responses.parse(model="m", input="x", tools=[pydantic_function_tool(Model)])


async def asynchronous(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.parse(model="m", messages=[], response_format=Model)
    assert_type(completion.choices[0].message.parsed, Model | None)
    response = await client.responses.parse(model="m", input="x", text_format=Data)
    assert_type(response.output_parsed, Data | None)
    assert_type(await client.chat.completions.run_tools(model="m", messages=[], tools=[add]), ChatToolRun)


@tool
def add(a: int, b: int = 1) -> int:
    return a + b


@tool(name="later", strict=False)
async def later(a: int) -> str:
    return str(a)


class Shop:
    @tool
    def price(self, item: str) -> int:
        return len(item)


def tools(client: OpenAI) -> None:
    assert_type(Shop().price("x"), int)
    assert_type(add(1, 2), int)
    named: FunctionTool[[int], object] = later
    run = client.responses.run_tools(model="m", input="x", tools=[add, named, {"type": "web_search"}], max_rounds=3)
    assert_type(run, ResponseToolRun)
    assert_type(run.output_text, str)
    for step in run.steps:
        if step.type == "tool":
            assert_type(step.output, str)
        else:
            assert_type(step.calls[0].arguments, str)
