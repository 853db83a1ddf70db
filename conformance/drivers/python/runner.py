"""The runner of tools over Responses, `tool_runner`: turn by turn.

`run` and `run_async` get the surface, a maker of clients, the case's call, and the answer to fill: `events`, `result`. What they
raise is reported as the case's error.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

from calls import Surface, dump
from structured import TOOLS, async_sleep, unparsed

Answer = dict[str, Any]


def run(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    answer["events"] = []
    with make_client() as client:
        for turn in turns(surface, client, call):
            note(answer, turn)


async def run_async(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    answer["events"] = []
    async with make_client() as client:
        async for turn in turns(surface, client, call):
            note(answer, turn)


def turns(surface: Surface, client: Any, call: dict[str, Any]) -> Any:
    package = surface.package.__name__.partition(".")[0]
    module = importlib.import_module(f"{package}.lib.responses_tool_runner")
    prefix = "Async" if surface.is_async else ""
    registered = getattr(module, f"{prefix}RegisteredFunction")
    functions = [registered(declared(name), executor(name, surface.is_async)) for name in call["tools"]]
    runner = getattr(module, f"{prefix}ResponsesToolRunner")(functions=functions)
    bound = {"max_steps": call["max_rounds"]} if "max_rounds" in call else {}
    return runner.iterate(client, call["params"], stream=call.get("stream", False), **bound)


def declared(name: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "strict": False, "parameters": {"type": "object"}}


def executor(name: str, is_async: bool) -> Callable[[dict[str, Any]], Any]:
    """The tool as the runner takes it: of one dict, giving text."""

    def execute(arguments: dict[str, Any]) -> str:
        return json.dumps(TOOLS[name](**arguments), separators=(",", ":"))

    async def execute_async(arguments: dict[str, Any]) -> str:
        if name == "sleep":
            return json.dumps(await async_sleep(**arguments), separators=(",", ":"))
        return execute(arguments)

    return execute_async if is_async else execute


def note(answer: Answer, turn: Any) -> None:
    answer["events"].append(
        {
            "step": turn.step,
            "final": turn.final,
            "attempted": list(turn.attempted_call_ids),
            "completed": list(turn.completed_call_ids),
        }
    )
    if turn.final:
        answer["result"] = unparsed(dump(turn.response))
