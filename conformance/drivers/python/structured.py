"""Structured output and tools: `parse`, `run_tools`, and `strict_schema`, which needs no client.

`run` and `run_async` get the surface, a maker of clients, the case's call, and the answer to fill: `result`, `parsed`, `events`,
or `unsupported` with the reason where the package has no such helper. What they raise is reported as the case's error.
"""

from __future__ import annotations

import asyncio
import copy
import json
import time
from collections.abc import Callable
from typing import Any, Literal

import pydantic
from calls import Surface, dump
from streaming import final as final_of
from streaming import is_chat, unparsed

Answer = dict[str, Any]


class Step(pydantic.BaseModel):
    explanation: str
    output: str


class MathAnswer(pydantic.BaseModel):
    steps: list[Step]
    final_answer: str


class Person(pydantic.BaseModel):
    name: str
    age: int
    email: str | None


class Circle(pydantic.BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(pydantic.BaseModel):
    kind: Literal["square"]
    side: float


class Drawing(pydantic.BaseModel):
    shapes: list[Circle | Square]


class Tree(pydantic.BaseModel):
    value: int
    children: list[Tree]


class Mood(pydantic.BaseModel):
    mood: Literal["happy", "sad"]
    score: float


SHAPES = {shape.__name__: shape for shape in (MathAnswer, Person, Drawing, Tree, Mood)}


def get_weather(city: str, unit: Literal["celsius", "fahrenheit"]) -> dict[str, Any]:
    """The weather in a city."""
    return {"city": city, "temperature": 21, "unit": unit}


def add(a: int, b: int) -> dict[str, int]:
    """The sum of two numbers."""
    return {"sum": a + b}


def sleep(seconds: float) -> dict[str, float]:
    """Waits."""
    time.sleep(seconds)
    return {"slept": seconds}


async def async_sleep(seconds: float) -> dict[str, float]:
    """Waits."""
    await asyncio.sleep(seconds)
    return {"slept": seconds}


def fail(reason: str) -> None:
    """Fails."""
    raise RuntimeError(reason)


TOOLS: dict[str, Any] = {"get_weather": get_weather, "add": add, "sleep": sleep, "fail": fail}


def run(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    if call["helper"] == "strict_schema":
        return strict_schema(surface, call, answer)
    with make_client() as client:
        method, arguments = bound(surface, client, call)
        if method is None:
            answer["unsupported"] = "the package has no tool loop"
        elif call["helper"] == "run_tools":
            note_steps(answer, method(**arguments))
        elif call.get("stream"):
            with method(**arguments) as stream:
                for _event in stream:
                    pass
                note_parsed(answer, final_of(stream, call)(), call)
        else:
            note_parsed(answer, method(**arguments), call)
    return None


async def run_async(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    if call["helper"] == "strict_schema":
        return strict_schema(surface, call, answer)
    async with make_client() as client:
        method, arguments = bound(surface, client, call)
        if method is None:
            answer["unsupported"] = "the package has no tool loop"
        elif call["helper"] == "run_tools":
            note_steps(answer, await method(**arguments))
        elif call.get("stream"):
            async with method(**arguments) as stream:
                async for _event in stream:
                    pass
                note_parsed(answer, await final_of(stream, call)(), call)
        else:
            note_parsed(answer, await method(**arguments), call)
    return None


def bound(surface: Surface, client: Any, call: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The helper's method, and its keyword arguments."""
    name = "run_tools" if call["helper"] == "run_tools" else "stream" if call.get("stream") else "parse"
    resource = call["operation"].rpartition(".")[0]
    if name == "run_tools" and not surface.is_ours:
        return None, {}
    method, arguments = surface.bound(client, {**call, "operation": f"{resource}.{name}", "stream": False})
    if "format" in call:
        arguments["response_format" if is_chat(call) else "text_format"] = SHAPES[call["format"]]
    if name == "run_tools":
        tools = {**TOOLS, "sleep": async_sleep} if surface.is_async else TOOLS
        functions = []
        for tool in call["tools"]:
            function = copy.copy(tools[tool])
            function.__name__ = tool
            functions.append(surface.package.tool(function))
        arguments["tools"] = functions
        if "max_rounds" in call:
            arguments["max_rounds"] = call["max_rounds"]
    return method, arguments


def note_parsed(answer: Answer, result: Any, call: dict[str, Any]) -> None:
    answer["parsed"] = dump_value(result.choices[0].message.parsed if is_chat(call) else result.output_parsed)
    answer["result"] = unparsed(dump(result))


def dump_value(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, pydantic.BaseModel) else value


def note_steps(answer: Answer, done: Any) -> None:
    answer["events"] = [dump(step) for step in done.steps]
    answer["result"] = unparsed(dump(done.completion if hasattr(done, "completion") else done.response))


def strict_schema(surface: Surface, call: dict[str, Any], answer: Answer) -> None:
    schema = call["params"]["schema"]
    if surface.is_ours:
        from openai_oxide._native import encode
        from openai_oxide._native import strict_schema as convert

        answer["result"] = json.loads(convert(encode(schema)))
    else:
        from openai.lib._pydantic import _ensure_strict_json_schema

        answer["result"] = _ensure_strict_json_schema(schema, path=(), root=schema)
