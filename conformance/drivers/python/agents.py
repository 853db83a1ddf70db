"""Helpers of hosted agents: `agent_turn`, one turn with its handlers and its result, and `agent_files`.

`run` and `run_async` get the surface, a maker of clients, the case's call, and the answer to fill: `events`, `result`, `parsed`,
`bytes`. What they raise is reported as the case's error, with `reason` or `uploaded` noted beside it.
"""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable
from typing import Any

from calls import Surface, describe, dump, with_files
from structured import SHAPES, TOOLS, async_sleep, dump_value

Answer = dict[str, Any]

# What one language tells apart and others do not: the events ended, or broke off, before the turn was over.
REASONS = {"incomplete": "observation", "observation_failed": "observation"}


def run(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    with make_client() as client:
        try:
            if call["helper"] == "agent_files":
                note_files(answer, call, files_call(surface, client, call)())
                return
            with turn(surface, client, call)() as stream:
                events = answer["events"] = []
                stream.with_result_collection()
                try:
                    for event in stream:
                        events.append(dump(event))
                        if len(events) == call.get("take"):
                            return
                except Exception:
                    pass  # told by the result
                note_turn(answer, stream.get_final_result())
        except Exception as error:
            answer["error"] = told(error)


async def run_async(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    async with make_client() as client:
        try:
            if call["helper"] == "agent_files":
                note_files(answer, call, await files_call(surface, client, call)())
                return
            begun = turn(surface, client, call)()
            async with await begun if hasattr(begun, "__await__") else begun as stream:
                events = answer["events"] = []
                stream.with_result_collection()
                try:
                    async for event in stream:
                        events.append(dump(event))
                        if len(events) == call.get("take"):
                            return
                except Exception:
                    pass  # told by the result
                note_turn(answer, await stream.get_final_result())
        except Exception as error:
            answer["error"] = told(error)


def turn(surface: Surface, client: Any, call: dict[str, Any]) -> Callable[[], Any]:
    """What opens the stream of the turn."""
    method, arguments = surface.bound(client, call)
    if "tools" in call:
        arguments["tool_handlers"] = {name: handler(name, surface.is_async) for name in call["tools"]}
    if "format" in call:
        arguments["output_type"] = SHAPES[call["format"]]
    return lambda: method(**arguments)


def handler(name: str, is_async: bool) -> Callable[[dict[str, Any]], Any]:
    """The tool as a handler: of the arguments as one dict."""
    tool = async_sleep if name == "sleep" and is_async else TOOLS[name]
    return lambda arguments: tool(**arguments)


def note_turn(answer: Answer, result: Any) -> None:
    answer["result"] = {
        "turn": dump(result.turn),
        "messages": dump(result.messages),
        "output_text": result.output_text,
    }
    answer["parsed"] = dump_value(result.output_parsed)


def files_call(surface: Surface, client: Any, call: dict[str, Any]) -> Callable[[], Any]:
    """What makes the calls of a helper over files."""
    params = with_files(call["params"])
    if call["operation"].endswith(".for_result"):
        package = surface.package.__name__.partition(".")[0]
        types = importlib.import_module(f"{package}.types.beta.agents.sessions")
        helpers = importlib.import_module(f"{package}.lib.beta.agents")
        turn = types.Turn.construct(id=params["turn_id"], session_id=params["session_id"])
        result = helpers.AgentTurnResult(turn=turn, messages=[])
        found = client.beta.agents.sessions.artifacts.for_result(result)
        return lambda: found.content(params["path"])
    method, arguments = surface.bound(client, call)
    return lambda: method(**arguments)


def note_files(answer: Answer, call: dict[str, Any], done: Any) -> None:
    if call["operation"].endswith(".for_result"):
        answer["bytes"] = base64.b64encode(done.content).decode()
    elif call["operation"].endswith(".prepare"):
        answer["result"] = {"files": dump(done.files), "uploaded": done.uploaded_file_ids}
    else:
        answer["result"] = {"uploaded": [done.uploaded_file_id], "file": dump(done.file)}


def told(error: Exception) -> dict[str, Any]:
    """The error, with what those of agents say beside it."""
    found = describe(error)
    if (reason := getattr(error, "reason", None)) is not None:
        found["reason"] = REASONS.get(reason, reason)
    if (prepared := getattr(error, "prepared", None)) is not None:
        found["uploaded"] = prepared.uploaded_file_ids
    elif (uploaded := getattr(error, "uploaded_file_id", None)) is not None:
        found["uploaded"] = [uploaded]
    return found
