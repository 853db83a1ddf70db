"""The helpers over streams: `stream`, `fc`, and `partial_json`, which needs no client.

`run` and `run_async` get the surface, a maker of clients, the case's call, and the answer to fill: `events`, `result`, `lead`,
or `unsupported` with the reason where the package has no such helper. What they raise is reported as the case's error.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from calls import Surface, dump

Answer = dict[str, Any]

# The fields of the events of a chat stream that every language tells. Chunks are not compared, nor what was parsed.
CHAT_EVENTS = {
    "content.delta": ("delta", "snapshot"),
    "content.done": ("content",),
    "refusal.delta": ("delta", "snapshot"),
    "refusal.done": ("refusal",),
    "tool_calls.function.arguments.delta": ("index", "name", "arguments", "arguments_delta"),
    "tool_calls.function.arguments.done": ("index", "name", "arguments"),
    "logprobs.content.delta": ("content", "snapshot"),
    "logprobs.content.done": ("content",),
    "logprobs.refusal.delta": ("refusal", "snapshot"),
    "logprobs.refusal.done": ("refusal",),
}
PARSED = ("parsed", "parsed_arguments", "output_parsed")


def run(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    if call["helper"] == "partial_json":
        return partial_json(surface, call, answer)
    with make_client() as client:
        if call["helper"] == "stream":
            with streaming(surface, client, call, answer) as stream:
                for event in stream:
                    if note(answer, event, call):
                        return
                answer["result"] = unparsed(dump(final(stream, call)()))
        elif begin := early(client, call, answer):
            with begin() as stream:
                handed_over = None
                for found in stream:
                    handed_over = time.monotonic()
                    answer["events"].append(function_call(found))
                    if len(answer["events"]) == call.get("take"):
                        return
                answer["lead"] = handed_over and time.monotonic() - handed_over
                answer["result"] = unparsed(dump(final(stream, call)()))
    return None


async def run_async(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    if call["helper"] == "partial_json":
        return partial_json(surface, call, answer)
    async with make_client() as client:
        if call["helper"] == "stream":
            async with streaming(surface, client, call, answer) as stream:
                async for event in stream:
                    if note(answer, event, call):
                        return
                answer["result"] = unparsed(dump(await final(stream, call)()))
        elif begin := early(client, call, answer):
            async with await begin() as stream:
                handed_over = None
                async for found in stream:
                    handed_over = time.monotonic()
                    answer["events"].append(function_call(found))
                    if len(answer["events"]) == call.get("take"):
                        return
                answer["lead"] = handed_over and time.monotonic() - handed_over
                answer["result"] = unparsed(dump(await final(stream, call)()))
    return None


def is_chat(call: dict[str, Any]) -> bool:
    return call["operation"].startswith("chat.")


def streaming(surface: Surface, client: Any, call: dict[str, Any], answer: Answer) -> Any:
    """The context manager that `stream` of the operation's resource gives."""
    resource = call["operation"].rpartition(".")[0]
    answer["events"] = []
    method, arguments = surface.bound(client, {**call, "operation": f"{resource}.stream", "stream": False})
    return method(**arguments)


def note(answer: Answer, event: Any, call: dict[str, Any]) -> bool:
    """Adds the event in the form that all languages tell it; true when no more are wanted."""
    if not is_chat(call):
        data = unparsed(dump(event))
        data.pop("snapshot", None)
        answer["events"].append(data)
    elif event.type != "chunk":
        fields = {name: dump(getattr(event, name)) for name in CHAT_EVENTS[event.type]}
        answer["events"].append({"type": event.type, **fields})
    return len(answer["events"]) == call.get("take")


def final(stream: Any, call: dict[str, Any]) -> Callable[[], Any]:
    return stream.get_final_completion if is_chat(call) else stream.get_final_response


def unparsed(value: Any) -> Any:
    if isinstance(value, list):
        return [unparsed(item) for item in value]
    if isinstance(value, dict):
        return {name: unparsed(item) for name, item in value.items() if name not in PARSED}
    return value


def early(client: Any, call: dict[str, Any], answer: Answer) -> Callable[[], Any] | None:
    """The call of `create_stream_fc`, if the package has it."""
    resource = client
    for name in call["operation"].split(".")[:-1]:
        resource = getattr(resource, name)
    if not hasattr(resource, "create_stream_fc"):
        answer["unsupported"] = "the package does not hand over calls early"
        return None
    answer["events"] = []
    arguments = {**(call.get("params") or {}), **(call.get("options") or {})}
    return lambda: resource.create_stream_fc(**arguments)


def function_call(found: Any) -> dict[str, Any]:
    return {"name": found.name, "call_id": found.call_id, "arguments": found.arguments}


def partial_json(surface: Surface, call: dict[str, Any], answer: Answer) -> None:
    if not surface.is_ours:
        answer["unsupported"] = "the package parses no partial JSON in public"
        return
    from openai_oxide import PartialJson

    partial = PartialJson()
    events = answer["events"] = []
    for piece in call["params"]["pieces"]:
        partial.push(piece)
        found = {"value": copy.deepcopy(partial.value)} if partial.started else {}
        events.append({**found, "complete": partial.complete})
